// The gateway of sample/echo in this process, with the environment given, whose clients a test can get hold of.

import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type OnGatewayConnection, WebSocketGateway } from '@nestjs/websockets';
import { WireAdapter, type WireSocket } from 'nestwire';
import { EchoGateway } from '../../sample/echo/echo.gateway.js';
import { readEnvironment } from '../../sample/echo/environment.js';
import { within } from '../support/bounded-wait.js';

@WebSocketGateway({ path: '/' })
class ServedEchoGateway extends EchoGateway implements OnGatewayConnection {
  private readonly arrivals = new Map<string, PromiseWithResolver>();

  handleConnection(client: WireSocket, request: IncomingMessage): void {
    this.arrival(request.url!).resolve(client);
  }

  /** The client that asked for this URL. */
  served(url: string): Promise<WireSocket> {
    return within(this.arrival(url).promise, `a client of ${url}`);
  }

  private arrival(url: string): PromiseWithResolver {
    const present = this.arrivals.get(url);
    if (present !== undefined) return present;
    let resolve: (client: WireSocket) => void = () => undefined;
    const promise = new Promise<WireSocket>((fulfill) => {
      resolve = fulfill;
    });
    const arrival = { promise, resolve };
    this.arrivals.set(url, arrival);
    return arrival;
  }
}

interface PromiseWithResolver {
  readonly promise: Promise<WireSocket>;
  readonly resolve: (client: WireSocket) => void;
}

export class ServedEcho {
  private constructor(
    private readonly app: INestApplication,
    readonly port: number,
  ) {}

  static async start(env: NodeJS.ProcessEnv): Promise<ServedEcho> {
    class ServedEchoModule {}
    const app = await NestFactory.create(
      { module: ServedEchoModule, providers: [ServedEchoGateway] },
      { logger: ['error', 'warn'] },
    );
    const { options } = readEnvironment(env);
    app.useWebSocketAdapter(new WireAdapter(app, { ...options, subprotocols: ['echo.v1'] }));
    await app.listen(0, '127.0.0.1');
    return new ServedEcho(app, ((app.getHttpServer() as Server).address() as AddressInfo).port);
  }

  served(url: string): Promise<WireSocket> {
    return this.app.get(ServedEchoGateway).served(url);
  }

  close(): Promise<void> {
    return this.app.close();
  }
}
