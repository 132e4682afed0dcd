// The connection to NATS: made once, and made again whenever it is lost, without end. Says when it is lost, and when it is there
// again with all its subscriptions; what goes wrong meanwhile is said once.

import type { Msg, NatsConnection, NodeConnectionOptions, Subscription } from '@nats-io/transport-node';
import { Buffer } from 'node:buffer';
import { setTimeout as delay } from 'node:timers/promises';
import { BrokerUnavailableError } from '../../broker.js';
import { loadPeer } from '../peer-package.js';
import type { ResolvedNatsOptions } from './nats-options.js';

type Transport = typeof import('@nats-io/transport-node');

/** The header by which JetStream knows a message that it has taken already. */
export const MESSAGE_ID = 'Nats-Msg-Id';

/** Room for it. */
const MAX_HEADER_BYTES = 256;

/** For what was published last to reach the server. */
const CLOSE_MS = 500;

/** What a link tells. */
export interface LinkEvents {
  lost(): void;
  /** The server has the subscriptions again. */
  restored(): void;
  /** The server did not take a message, since the user of this connection has no permission to publish to its subject. */
  refused(subject: string): void;
  failed(what: string, error: unknown): void;
}

/** What nats.js has inside, and does not show. */
interface Dialling {
  readonly protocol?: { readonly transport?: { discard?(): void } };
}

/** No attempt is the last one, and messages of one's own come back like all others. */
const ALWAYS: NodeConnectionOptions = {
  reconnect: true,
  maxReconnectAttempts: -1,
  ignoreAuthErrorAbort: true,
  noEcho: false,
  waitOnFirstConnect: false,
};

export class NatsLink {
  readonly connection: NatsConnection;
  private readonly transport: Transport;
  private readonly inboxPrefix: string | undefined;
  private readonly events: LinkEvents;
  private isClosed: boolean;
  /** Whether what is published goes out at once, or not at all. */
  private isThere: boolean;
  /** What was said of the present trouble. */
  private lastTrouble: string | undefined;

  /** @throws BrokerUnavailableError */
  static async open({ connection, servers }: ResolvedNatsOptions, events: LinkEvents): Promise<NatsLink> {
    const transport = await loadPeer('NatsBroker', '@nats-io/transport-node', () => import('@nats-io/transport-node'));
    try {
      const connected = await transport.connect({ ...connection, ...ALWAYS, servers: [...servers] });
      return new NatsLink(connected, transport, connection.inboxPrefix, events);
    } catch (error) {
      const { message } = error as Error;
      throw new BrokerUnavailableError(
        `NATS cannot be reached at ${servers.join(', ')} (${message}): is it running there, and is the option "servers" right?`,
        { cause: error },
      );
    }
  }

  private constructor(
    connection: NatsConnection,
    transport: Transport,
    inboxPrefix: string | undefined,
    events: LinkEvents,
  ) {
    this.connection = connection;
    this.transport = transport;
    this.inboxPrefix = inboxPrefix;
    this.events = events;
    this.isClosed = false;
    this.isThere = true;
    this.lastTrouble = undefined;
    void this.watch();
  }

  /** Listens to a subject, also when the connection was lost and is there again. */
  listen(subject: string, receive: (message: Msg) => void): Subscription {
    const callback = (error: Error | null, message: Msg): void => {
      // What ends a subscription is a status, too.
      if (error === null) receive(message);
    };
    return this.connection.subscribe(subject, { callback });
  }

  /**
   * Resolves when the server has taken what was published before, or has refused it.
   * @throws Error where the connection was lost
   */
  async flush(): Promise<void> {
    await this.connection.flush();
    // What was refused is told a little later, though the server says it first.
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** A subject that nobody else listens to. */
  inbox(): string {
    return this.transport.createInbox(this.inboxPrefix);
  }

  /** @throws BrokerUnavailableError while the connection is lost, and for what the server would not take */
  publish(subject: string, payload: string, answered?: { readonly id: string; readonly at: string }): void {
    // The connection would keep it, for longer than whoever publishes it may wait.
    if (!this.isThere) throw new BrokerUnavailableError('The connection to NATS is lost');
    const limit = this.connection.info?.max_payload ?? Infinity;
    const bytes = Buffer.byteLength(payload) + (answered === undefined ? 0 : MAX_HEADER_BYTES);
    if (bytes > limit) {
      throw new BrokerUnavailableError(
        `A message of ${bytes} bytes is too large for this NATS server, whose "max_payload" is ${limit}`,
      );
    }
    if (answered === undefined) return this.connection.publish(subject, payload);
    const headers = this.transport.headers();
    headers.set(MESSAGE_ID, answered.id);
    this.connection.publish(subject, payload, { headers, reply: answered.at });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    // What was said last is on its way.
    if (this.isThere) await Promise.race([this.connection.flush().catch(() => undefined), delay(CLOSE_MS)]);
    await this.connection.close();
    // Nobody else ends a socket that is being connected to a server which does not say a word; it would keep the process alive.
    (this.connection as Dialling).protocol?.transport?.discard?.();
  }

  private async watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (this.isClosed) return;
      if (status.type === 'disconnect') this.lose();
      else if (status.type === 'reconnect') void this.restore();
      else if (status.type === 'error') this.hear(status.error);
    }
    if (this.isClosed) return;
    this.lose();
    this.events.failed(
      'The connection to NATS ended for good: restart the application',
      await this.connection.closed(),
    );
  }

  private lose(): void {
    this.isThere = false;
    this.events.lost();
  }

  private async restore(): Promise<void> {
    this.isThere = true;
    try {
      await this.connection.flush();
    } catch {
      // Lost again, which is said by itself.
      return;
    }
    this.lastTrouble = undefined;
    this.events.restored();
  }

  private hear(error: Error): void {
    const { PermissionViolationError } = this.transport;
    if (error instanceof PermissionViolationError && error.operation === 'publish') this.events.refused(error.subject);
    this.tell(error);
  }

  /** Says what is new: while a server refuses, every attempt brings the same error. */
  private tell(error: Error): void {
    if (error.message === this.lastTrouble) return;
    this.lastTrouble = error.message;
    this.events.failed('NATS says', error);
  }
}

/** Once the server has answered something that was sent behind the subscription. @throws BrokerUnavailableError */
export function checkAllowed(subscription: Subscription): void {
  if (!subscription.isClosed()) return;
  throw new BrokerUnavailableError(
    `NATS refused the subscription to ${subscription.getSubject()}: the user of this connection needs the permission`,
  );
}
