// What `nestwire` exports, and nothing else.

export { BufferOverflowError } from './connection/buffer-overflow.error.js';
export type { CloseDiagnostics, FrameDiagnostics, HandshakeDiagnostics } from './connection/diagnostics.js';
export type { HeartbeatOptions } from './connection/heartbeat.js';
export type { SendCallback } from './connection/outbox.js';
export type { ErrorBody } from './envelope/json-envelope.js';
export { CloseCode } from './frame/close-code.js';
export { ProtocolError, type Violation } from './frame/protocol-error.js';
export { Backpressure, type BackpressureOptions } from './gateway/decorators/backpressure.decorator.js';
export { CancelSignal } from './gateway/decorators/cancel-signal.decorator.js';
export { ClientStream } from './gateway/decorators/client-stream.decorator.js';
export { Handshake } from './gateway/decorators/handshake.decorator.js';
export { HandshakeHeader } from './gateway/decorators/handshake-header.decorator.js';
export { OnBinary } from './gateway/decorators/on-binary.decorator.js';
export { OnText } from './gateway/decorators/on-text.decorator.js';
export { Ordered } from './gateway/decorators/ordered.decorator.js';
export { PathParam } from './gateway/decorators/path-param.decorator.js';
export { QueryParam } from './gateway/decorators/query-param.decorator.js';
export { UseHandshakeFilters } from './gateway/decorators/use-handshake-filters.decorator.js';
export { UseHandshakeGuards } from './gateway/decorators/use-handshake-guards.decorator.js';
export type { WebSocketEvent, WebSocketListener } from './gateway/socket/event-listeners.js';
export type { PerMessageDeflateOptions, WireGatewayOptions } from './gateway/gateway-options.js';
export type { PathParams } from './gateway/handshake/handshake.js';
export type { HandshakeFilter, HandshakeGuard } from './gateway/handshake/handshake-enhancers.js';
export type { ParameterPipe } from './gateway/handshake/handshake-parameter.js';
export type { DropDiagnostics } from './gateway/dispatch/drop-diagnostics.js';
export type { DrainOptions } from './gateway/shutdown/drain-options.js';
export { ClientStreamError } from './gateway/dispatch/incoming-stream.js';
export type { OnWireDisconnect } from './gateway/binding/lifecycle-hooks.js';
export {
  type CompressionOptions,
  type HandleProtocols,
  InvalidOptionError,
  type MessageParser,
  type PathOptions,
  type VerifyClient,
  type VerifyClientCallback,
  type VerifyClientInfo,
  type WireAdapterOptions,
  type WireLimits,
} from './gateway/options.js';
export { type ConfiguredGatewayOptions, type WireGatewayAsyncOptions, WireModule } from './gateway/wire.module.js';
export type { OverflowStrategy } from './gateway/dispatch/overflow-buffer.js';
export { WireAdapter } from './gateway/wire.adapter.js';
export { WireServer } from './gateway/wire-server.js';
export type { BinaryType, WireData } from './gateway/socket/send-data.js';
export { type SendOptions, WireSocket } from './gateway/socket/wire-socket.js';
