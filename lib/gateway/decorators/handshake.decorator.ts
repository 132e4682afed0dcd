import type { WireHandshake } from '../handshake/handshake.js';
import { createHandshakeDecorator, type ParameterPipe } from '../handshake/handshake-parameter.js';

const wholeHandshake = createHandshakeDecorator((handshake) => handshake);

/** Path, parameters, query, headers and address of the request with which the client connected. */
export type Handshake = WireHandshake;

/** The request with which the client connected, taken apart: `@Handshake() handshake: Handshake`. */
export function Handshake(...pipes: ParameterPipe[]): ParameterDecorator {
  return wholeHandshake(...pipes);
}
