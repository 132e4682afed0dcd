// What `nestwire/testing` exports, and nothing else.

export { HandshakeRefusedError } from '../client/handshake-refused.error.js';
export type { TopicPosition } from '../envelope/json-envelope.js';
export type { AnswerStream } from './answer-stream.js';
export { connectTo, type ConnectTarget, type ConnectToOptions } from './connect-to.js';
export { RequestFailedError } from './request-failed.error.js';
export type { Ending, RequestOptions, StreamOptions, TestClient } from './test-client.js';
export type { ReceivedMessage, SubscribeOptions, TopicStream } from './topic-stream.js';
export type { ValueSource } from './value-sender.js';
