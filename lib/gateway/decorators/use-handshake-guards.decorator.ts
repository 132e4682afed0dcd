import { addHandshakeEnhancers, type HandshakeGuard } from '../handshake/handshake-enhancers.js';

/**
 * Puts guards before the handshakes of a gateway: ordinary guards of Nest, classes or instances, which run before the 101.
 * Where one says no, or throws an `HttpException`, the client gets that HTTP answer and nothing of the gateway runs. The
 * context's type is `http`, its request the `IncomingMessage`; `request.user` becomes `socket.user`.
 */
export function UseHandshakeGuards(...guards: HandshakeGuard[]): ClassDecorator {
  return (type) => addHandshakeEnhancers(type, { guards });
}
