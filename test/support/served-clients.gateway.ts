// A gateway that hands its clients to the test, so that what a gateway does with a client can be done in the test itself.

import type { IncomingMessage } from 'node:http';
import type { INestApplication, Type } from '@nestjs/common';
import { type OnGatewayConnection, type OnGatewayDisconnect } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import type { AdapterUnderTest } from './adapters.js';
import { Inbox } from './bounded-wait.js';
import { EchoGateway } from './echo.gateway.js';
import { onNest } from './nest-version.js';
import type { ClientSettings, TestClient } from './test-client.js';

export abstract class ServedClientsGateway extends EchoGateway implements OnGatewayConnection, OnGatewayDisconnect {
  readonly served = new Inbox<{ client: WebSocket; request: IncomingMessage }>('a served client');
  private readonly reasons = new Map<WebSocket, Inbox<unknown>>();

  handleConnection(client: WebSocket, request: IncomingMessage): void {
    this.reasons.set(client, new Inbox('a disconnect'));
    this.served.push({ client, request });
  }

  handleDisconnect(client: WebSocket, reason?: unknown): void {
    this.reasons.get(client)?.push(reason);
  }

  /** The reason that handleDisconnect got for `client`. */
  async disconnected(client: WebSocket): Promise<unknown> {
    return this.reasons.get(client)?.next();
  }
}

/** The code that `handleDisconnect` gets: with Nest 11 and platform-ws, none. */
export function codeForHook(adapter: AdapterUnderTest, code: number): number | undefined {
  return onNest({ 11: adapter.identical ? undefined : code, 12: code });
}

interface Pair {
  /** The client's side. */
  client: TestClient;
  /** The object that gateways get for it. */
  served: WebSocket;
  request: IncomingMessage;
}

interface Connecting {
  readonly app: INestApplication;
  connect(target?: string, settings?: ClientSettings): Promise<TestClient>;
  get<T>(provider: Type<T>): T;
}

/** Connects a client and takes the object that `gateway` got for it. */
export async function connectPair(
  app: Connecting,
  gateway: Type<ServedClientsGateway>,
  target?: string,
  settings?: ClientSettings,
): Promise<Pair> {
  const client = await app.connect(target, settings);
  const { client: served, request } = await app.get(gateway).served.next();
  return { client, served, request };
}
