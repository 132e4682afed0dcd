import { createHandshakeDecorator, type ParameterPipe } from '../handshake/handshake-parameter.js';

const queryParam = createHandshakeDecorator(({ query }, name) =>
  name === undefined ? query : (query.get(name) ?? undefined),
);

/**
 * A value of the query with which the client connected, decoded; the first where there are several, `undefined` where there
 * is none. Without a name, all of it as `URLSearchParams`. Its pipes judge it before the 101 already, so that a client that
 * asks for what they do not take is refused with their HTTP status; they run again for each message.
 */
export function QueryParam(name?: string | ParameterPipe, ...pipes: ParameterPipe[]): ParameterDecorator {
  return queryParam(name, ...pipes);
}
