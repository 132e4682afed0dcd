// What may be said about topics, and the judgement of it at start-up.

import type { Broker } from '../../topic/broker.js';
import { DEFAULT_PUBLISH_LIMITS, type PublishLimits } from '../../topic/publisher.js';
import { InvalidOptionError } from '../options/invalid-option.error.js';

export interface TopicsOptions extends Partial<PublishLimits> {
  /** What takes messages to all instances of the application. @default new MemoryBroker(), for one instance */
  readonly broker?: Broker;
  /** How long the broker may take to subscribe to a topic, or to say what a client missed, in milliseconds. @default 5000 */
  readonly subscribeTimeoutMs?: number;
}

export interface TopicsLimits extends PublishLimits {
  readonly subscribeTimeoutMs: number;
}

const DEFAULT_TOPICS_LIMITS: TopicsLimits = { ...DEFAULT_PUBLISH_LIMITS, subscribeTimeoutMs: 5_000 };

const LIMIT_NAMES = Object.keys(DEFAULT_TOPICS_LIMITS) as (keyof TopicsLimits)[];
/** The longest delay that a timer of Node keeps. */
const MAX_NUMBER = 2 ** 31 - 1;
/** What every broker has. */
const BROKER_METHODS = ['start', 'subscribe', 'unsubscribe', 'publish', 'history', 'presence', 'close'];

/** @throws InvalidOptionError */
export function resolveTopicsLimits(options: TopicsOptions): TopicsLimits {
  const allowed = ['broker', ...LIMIT_NAMES];
  for (const name of Object.keys(options)) {
    if (!allowed.includes(name)) {
      throw new InvalidOptionError('TopicsModule', `{ ${name} }`, `an object with any of ${allowed.join(', ')}`);
    }
  }
  checkBroker(options.broker);
  const limits = { ...DEFAULT_TOPICS_LIMITS };
  for (const name of LIMIT_NAMES) {
    const value = options[name];
    if (value === undefined) continue;
    if (!Number.isInteger(value) || value < 1 || value > MAX_NUMBER) {
      throw new InvalidOptionError(`TopicsModule ${name}`, value, `an integer from 1 to ${MAX_NUMBER}`);
    }
    limits[name] = value;
  }
  return limits;
}

function checkBroker(broker: unknown): void {
  if (broker === undefined) return;
  const members = broker as Readonly<Record<string, unknown>> | null;
  if (BROKER_METHODS.every((name) => typeof members?.[name] === 'function')) return;
  throw new InvalidOptionError(
    'TopicsModule broker',
    broker,
    'a Broker, such as new MemoryBroker() or new RedisBroker({ url })',
  );
}
