// What an application registers: Nest's adapter contract, answered by our servers, sockets and dispatchers.

import { createServer, type Server } from 'node:http';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { AbstractWsAdapter } from '@nestjs/websockets';
import { zlibJobs } from '../connection/zlib/zlib-jobs.js';
import { CloseCode } from '../frame/close-code.js';
import { configuredAdapterOptions, declareGateways } from './declared-gateway.js';
import { Dispatcher, type MessageHandler } from './dispatcher.js';
import { prepareGateways } from './gateway-explorer.js';
import { resolveGatewayOptions, type WireGatewayOptions } from './gateway-options.js';
import { APPLICATION_PORT, GatewayPaths, pathOf } from './gateway-paths.js';
import {
  checkOptionalFunction,
  type MessageParser,
  type ResolvedAdapterOptions,
  resolveAdapterOptions,
  type WireAdapterOptions,
} from './options.js';
import { UpgradeRouter } from './upgrade-router.js';
import { WireServer } from './wire-server.js';
import type { WireSocket } from './wire-socket.js';

/** What Nest passes to `create`: the gateway's options, and two of Socket.IO's. */
type CreateOptions = WireGatewayOptions & { readonly namespace?: unknown; readonly server?: WireServer };

/**
 * The WebSocket adapter: `app.useWebSocketAdapter(new WireAdapter(app, options))`, before the application is initialised.
 * @throws InvalidOptionError for an option that cannot be meant
 */
export class WireAdapter extends AbstractWsAdapter {
  private readonly logger = new Logger(WireAdapter.name);
  private readonly options: ResolvedAdapterOptions;
  private readonly routers = new Map<number, UpgradeRouter>();
  private readonly dispatchers = new WeakMap<WireSocket, Dispatcher>();
  private readonly gateways: GatewayPaths;
  private messageParser: MessageParser | undefined;

  constructor(app: INestApplicationContext, options?: WireAdapterOptions) {
    if (typeof app?.get !== 'function') {
      throw new TypeError('WireAdapter needs the Nest application: new WireAdapter(app)');
    }
    super(app);
    const modules = app.get(ModulesContainer, { strict: false });
    this.options = resolveAdapterOptions({ ...configuredAdapterOptions(modules), ...options });
    this.messageParser = this.options.messageParser;
    prepareGateways(app);
    this.gateways = new GatewayPaths(declareGateways(modules), this.options);
  }

  /** Replaces the parser of messages, for the clients that are connected too. */
  setMessageParser(parser: MessageParser): void {
    this.messageParser = checkOptionalFunction('messageParser', parser);
  }

  create(port: number, options: CreateOptions = {}): WireServer {
    const { namespace, server, ...gatewayOptions } = options;
    if (namespace) throw new Error('WireAdapter has no namespaces: give each gateway a path of its own');
    if (server !== undefined) return server;
    const path = pathOf(options.path, port);
    const isPlatformWs = this.options.compatibility === 'platform-ws';
    // Nest compares paths as they are written: `chat` and `/chat` are one path, and two gateways there share its server.
    const present = isPlatformWs ? undefined : this.routers.get(port)?.serverOf(path);
    if (present !== undefined) return present;
    const merged = this.gateways.optionsOf(port, path, gatewayOptions);
    const resolved = resolveGatewayOptions(merged, this.options, (message) => this.logger.warn(message));
    const gate = this.gateways.gateOf(port, path);
    if (resolved.compression !== undefined) zlibJobs.limitTo(resolved.compression.maxJobs);
    const router = this.routerOf(port, merged.host);
    const wireServer = new WireServer(router.httpServer, path, resolved, gate);
    router.add(wireServer, this.gateways.rankOf(port, path));
    return wireServer;
  }

  bindMessageHandlers(client: WireSocket, handlers: MessageHandler[]): void {
    // Nest binds once for each gateway on the path, and one dispatcher serves all.
    let dispatcher = this.dispatchers.get(client);
    if (dispatcher === undefined) {
      dispatcher = new Dispatcher(client, {
        maxStreams: client.options.limits.maxStreams,
        isPlatformWsCompatible: this.options.compatibility === 'platform-ws',
        messageParser: () => this.messageParser,
      });
      this.dispatchers.set(client, dispatcher);
      client.attach(dispatcher);
    }
    dispatcher.add(handlers);
  }

  override bindClientDisconnect(client: WireSocket, callback: (code: number, reason: Buffer) => void): void {
    client.once('close', callback);
  }

  /** Drops a client that came before the application was ready. */
  closeClient(client: WireSocket): void {
    client.close(CloseCode.TRY_AGAIN_LATER, 'The server is starting');
  }

  /** Closes the clients of a path with 1001; resolves when the last is gone. */
  override async close(server: WireServer): Promise<void> {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  override async dispose(): Promise<void> {
    const routers = [...this.routers];
    this.routers.clear();
    await Promise.all(
      routers.map(async ([port, router]) => {
        router.detach();
        if (port !== APPLICATION_PORT || this.httpServer === undefined) await closeHttpServer(router.httpServer);
      }),
    );
  }

  private routerOf(port: number, host: string | undefined): UpgradeRouter {
    const present = this.routers.get(port);
    if (present !== undefined) return present;
    const isApplications = port === APPLICATION_PORT && this.httpServer !== undefined;
    const httpServer = isApplications ? (this.httpServer as Server) : this.listen(port, host);
    const router = new UpgradeRouter(httpServer, this.options);
    this.routers.set(port, router);
    return router;
  }

  /** A port of a gateway's own speaks WebSocket only. */
  private listen(port: number, host: string | undefined): Server {
    const httpServer = createServer((_request, response) => {
      response
        .writeHead(426, { Upgrade: 'websocket', Connection: 'Upgrade, close', 'Content-Type': 'text/plain' })
        .end('Upgrade Required');
    });
    httpServer.on('error', (error) =>
      this.logger.error(`Port ${port} cannot be listened on: ${error.message}`, error.stack),
    );
    httpServer.listen(port, host);
    return httpServer;
  }
}

function closeHttpServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
