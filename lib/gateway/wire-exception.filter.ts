// The last resort among exception filters: it gets what no filter of the user's took, and ties it to the request that it
// belongs to. For messages without an id, and for clients of other adapters, it is Nest's own filter.

import { type ArgumentsHost, Catch } from '@nestjs/common';
import { BaseWsExceptionFilter } from '@nestjs/websockets';
import { WireRequest } from './wire-request.js';

@Catch()
export class WireExceptionFilter extends BaseWsExceptionFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    const request = host.getArgs<unknown[]>().find((argument) => argument instanceof WireRequest);
    if (request === undefined) super.catch(exception, host);
    else request.error(exception);
  }
}
