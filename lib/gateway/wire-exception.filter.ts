// The last resort among exception filters: it gets what no filter of the user's took, and ties it to the request that it
// belongs to. For messages without an id, and for clients of other adapters, it is Nest's own filter. What comes with an
// HTTP request is no message but a connection for which Nest could not make the gateway.

import { IncomingMessage } from 'node:http';
import { type ArgumentsHost, Catch } from '@nestjs/common';
import { BaseWsExceptionFilter } from '@nestjs/websockets';
import { CloseCode } from '../frame/close-code.js';
import { logUnhandled } from './answer-channel.js';
import { WireRequest } from './wire-request.js';
import { WireSocket } from './wire-socket.js';

@Catch()
export class WireExceptionFilter extends BaseWsExceptionFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    const request = host.getArgs<unknown[]>().find((argument) => argument instanceof WireRequest);
    if (request !== undefined) request.error(exception);
    else if (host.getArgByIndex(1) instanceof IncomingMessage) refuseConnection(exception, host);
    else super.catch(exception, host);
  }
}

function refuseConnection(exception: unknown, host: ArgumentsHost): void {
  const client: unknown = host.getArgByIndex(0);
  logUnhandled('A gateway could not be made for a connection', exception);
  if (client instanceof WireSocket) client.close(CloseCode.INTERNAL_ERROR);
}
