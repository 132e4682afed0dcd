// What `nestwire/nats` exports, and nothing else.

export type { NatsBrokerOptions, NatsStreamOptions } from './nats-options.js';
export { NatsBroker } from './nats.broker.js';
