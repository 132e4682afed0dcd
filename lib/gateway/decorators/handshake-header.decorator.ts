import { createHandshakeDecorator, type ParameterPipe } from '../handshake/handshake-parameter.js';

const handshakeHeader = createHandshakeDecorator(({ headers }, name) =>
  name === undefined ? headers : headers[name.toLowerCase()],
);

/**
 * A header field of the request with which the client connected; its name in any case. Without a name, all of them as Node
 * has them. Its pipes judge it before the 101 already, and run again for each message.
 */
export function HandshakeHeader(name?: string | ParameterPipe, ...pipes: ParameterPipe[]): ParameterDecorator {
  return handshakeHeader(name, ...pipes);
}
