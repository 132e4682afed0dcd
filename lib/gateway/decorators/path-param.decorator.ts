import { createHandshakeDecorator, type ParameterPipe } from '../handshake/handshake-parameter.js';

const pathParam = createHandshakeDecorator(({ params }, name) => (name === undefined ? params : params[name]));

/**
 * A parameter of the path under which the client connected, decoded: with `path: '/rooms/:room'`, `@PathParam('room')` is
 * what stands for `:room`. Without a name, all of them. Its pipes judge it before the 101 already, so that a client that
 * asks for what they do not take is refused with their HTTP status; they run again for each message.
 */
export function PathParam(name?: string | ParameterPipe, ...pipes: ParameterPipe[]): ParameterDecorator {
  return pathParam(name, ...pipes);
}
