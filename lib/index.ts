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
export { SubscribeTopic } from './gateway/decorators/subscribe-topic.decorator.js';
export { TopicParam } from './gateway/decorators/topic-param.decorator.js';
export { UseHandshakeFilters } from './gateway/decorators/use-handshake-filters.decorator.js';
export { UseHandshakeGuards } from './gateway/decorators/use-handshake-guards.decorator.js';
export type { WebSocketEvent, WebSocketListener } from './gateway/socket/event-listeners.js';
export type { PathParams } from './gateway/handshake/handshake.js';
export type { HandshakeFilter, HandshakeGuard } from './gateway/handshake/handshake-enhancers.js';
export type { ParameterPipe } from './gateway/handshake/handshake-parameter.js';
export type { DropDiagnostics } from './gateway/dispatch/drop-diagnostics.js';
export type { DrainOptions } from './gateway/shutdown/drain-options.js';
export { ClientStreamError } from './gateway/dispatch/incoming-stream.js';
export type { OnWireDisconnect } from './gateway/binding/lifecycle-hooks.js';
export type { MessageParser, WireAdapterOptions } from './gateway/options/adapter-options.js';
export type { CompressionOptions } from './gateway/options/compression-options.js';
export type { PerMessageDeflateOptions, WireGatewayOptions } from './gateway/options/gateway-options.js';
export { InvalidOptionError } from './gateway/options/invalid-option.error.js';
export type { WireLimits } from './gateway/options/limits.js';
export type { PathOptions } from './gateway/options/path-options.js';
export type {
  HandleProtocols,
  VerifyClient,
  VerifyClientCallback,
  VerifyClientInfo,
} from './gateway/options/ws-options.js';
export { type ConfiguredGatewayOptions, type WireGatewayAsyncOptions, WireModule } from './gateway/wire.module.js';
export type { OverflowStrategy } from './gateway/dispatch/overflow-buffer.js';
export { WireAdapter } from './gateway/wire.adapter.js';
export { WireServer } from './gateway/wire-server.js';
export type { BinaryType, WireData } from './gateway/socket/send-data.js';
export type { SendOptions } from './gateway/socket/socket-sending.js';
export { WireSocket } from './gateway/socket/wire-socket.js';
export type { TopicMember, TopicPublisher } from './gateway/topic/client-topics.js';
export { TooManyTopicsError } from './gateway/topic/topic-places.js';
export type { PublishedMessage } from './gateway/topic/observing-subscriber.js';
export type { SubscribedTopic } from './gateway/topic/subscribe-request.js';
export type { TopicParams } from './gateway/topic/topic-pattern.js';
export { type TopicChange, Topics } from './gateway/topic/topics.js';
export { TopicsModule } from './gateway/topic/topics.module.js';
export type { TopicsOptions } from './gateway/topic/topics-options.js';
export {
  type Broker,
  BrokerClosedError,
  type BrokerSink,
  type BrokerStatus,
  BrokerUnavailableError,
  type History,
  type HistoryOptions,
  type Presence,
  type PresentMember,
  type TopicEntry,
} from './topic/broker.js';
export { MemoryBroker, type MemoryBrokerOptions } from './topic/brokers/memory.broker.js';
export type { MemoryHistoryOptions } from './topic/brokers/memory-history.js';
export { InvalidBrokerOptionError } from './topic/history-options.js';
export type { Position } from './topic/position.js';
export { decodeMessage, encodeMessage, type TopicMessage } from './topic/topic-message.js';
export { topicKey, TopicNameError } from './topic/topic-name.js';
