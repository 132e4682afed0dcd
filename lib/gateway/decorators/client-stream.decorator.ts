import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import type { IncomingStream } from '../dispatch/incoming-stream.js';
import { WireRequest } from '../dispatch/wire-request.js';

/** What a client sends under the id of its request: an Observable and an async iterable, to be consumed once. */
export type ClientStream<T = unknown> = IncomingStream<T>;

/**
 * The values that the client sends under the request's id, bytes as a Buffer. The client may be 16 values ahead: one that is
 * iterated slows it down; an Observable's subscriber takes each value as it comes. It fails with a `ClientStreamError` when the
 * client ends it with an error, cancels or leaves.
 * @throws WsException for a message without an id
 */
export const ClientStream: () => ParameterDecorator = createParamDecorator(
  (_data: unknown, context: ExecutionContext): ClientStream => {
    const request = context.getArgs<unknown[]>().find((one) => one instanceof WireRequest);
    if (request === undefined) throw new WsException('The message needs an id: values are sent under it.');
    return request.incoming.open();
  },
);
