// The last resort among exception filters: it gets what no filter of the gateway took, gives it to the global
// ones where the adapter uses them, or ties it to the request that it
// belongs to. For messages without an id, and for clients of other adapters, it is Nest's own filter. What comes with an
// HTTP request is no message but a connection for which Nest could not make the gateway.

import { IncomingMessage } from 'node:http';
import { type ArgumentsHost, Catch } from '@nestjs/common';
import { BaseWsExceptionFilter, WsException } from '@nestjs/websockets';
import { INTERNAL_ERROR_STATUS } from '../socket/close-status.js';
import { RawMessagePattern } from '../decorators/raw-message.js';
import { globalFilterFor } from './global-filters.js';
import { logUnhandled } from '../log-unhandled.js';
import { WireRequest } from '../dispatch/wire-request.js';
import { WireSocket } from '../socket/wire-socket.js';

@Catch()
export class WireExceptionFilter extends BaseWsExceptionFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    const globalFilter = globalFilterFor(exception, host);
    if (globalFilter !== undefined) {
      globalFilter.catch(exception, host);
      return;
    }
    const [client, data] = host.getArgs<unknown[]>();
    const request = host.getArgs<unknown[]>().find((argument) => argument instanceof WireRequest);
    if (request !== undefined) {
      request.error(exception);
    } else if (client instanceof WireSocket && data instanceof IncomingMessage) {
      this.catchConnection(exception, client);
    } else if (
      client instanceof WireSocket &&
      host.getArgs<unknown[]>().some((one) => one instanceof RawMessagePattern)
    ) {
      // The cause would be the client's own message, four times as long where it is bytes.
      this.handleError(client, exception, undefined);
    } else {
      super.catch(exception, host);
    }
  }

  /** The cause would be the HTTP request, which is no client's business and cannot be written as JSON. */
  private catchConnection(exception: unknown, client: WireSocket): void {
    if (exception instanceof WsException) {
      this.handleError(client, exception, undefined);
      client.abandonConnecting();
    } else {
      logUnhandled('A gateway could not be made for a connection', exception);
      client.turnAway(INTERNAL_ERROR_STATUS);
    }
  }
}
