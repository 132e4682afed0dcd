import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { WireRequest } from '../dispatch/wire-request.js';
import { WireSocket } from '../socket/wire-socket.js';

/**
 * An `AbortSignal` that fires when nobody wants the answer any more: the client has cancelled its request, or is leaving. To be
 * passed to whatever takes one: `fetch`, database drivers, timers.
 * @throws Error under an adapter that is not `WireAdapter`
 */
export const CancelSignal: () => ParameterDecorator = createParamDecorator(
  (_data: unknown, context: ExecutionContext): AbortSignal => {
    const args = context.getArgs<unknown[]>();
    const request = args.find((one) => one instanceof WireRequest);
    if (request !== undefined) return request.signal;
    const [client] = args;
    if (client instanceof WireSocket) return client.leaving;
    throw new Error('@CancelSignal() needs WireAdapter: app.useWebSocketAdapter(new WireAdapter(app))');
  },
);
