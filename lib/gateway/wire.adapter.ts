// What an application registers: Nest's adapter contract, answered by our servers, sockets and dispatchers.

import { createServer, type Server } from 'node:http';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { AbstractWsAdapter } from '@nestjs/websockets';
import { zlibJobs } from '../connection/zlib/zlib-jobs.js';
import { CloseCode } from '../frame/close-code.js';
import { type BoundGateway, takeInitialised } from './binding/bound-gateway.js';
import { configuredAdapterOptions, declareGateways } from './binding/declared-gateway.js';
import { Dispatcher, type DispatcherOptions } from './dispatch/dispatcher.js';
import { putGlobalGate } from './binding/error-gate.js';
import { drainBeforeClose } from './shutdown/drain-hooks.js';
import { prepareGateways } from './binding/gateway-explorer.js';
import { useGlobalFiltersFor } from './binding/global-filters.js';
import type { WireGatewayOptions } from './options/gateway-options.js';
import { InvalidOptionError } from './options/invalid-option.error.js';
import { GatewayHandlers, type MessageHandler } from './binding/handler-table.js';
import { APPLICATION_PORT, GatewayPaths, pathOf } from './binding/gateway-paths.js';
import {
  type MessageParser,
  type ResolvedAdapterOptions,
  resolveAdapterOptions,
  type WireAdapterOptions,
} from './options/adapter-options.js';
import { checkOptionalFunction } from './options/option-checks.js';
import { judgeHandlers } from './binding/plain-method.js';
import { UpgradeRouter } from './handshake/upgrade-router.js';
import { Topics } from './topic/topics.js';
import { WireServer } from './wire-server.js';
import type { WireSocket } from './socket/wire-socket.js';

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
  private readonly servers = new Set<WireServer>();
  private readonly applicationConfig: ApplicationConfig;
  private readonly dispatching: DispatcherOptions;
  private readonly app: INestApplicationContext;
  private gateways: GatewayPaths;
  /** Those of `TopicsModule`, or of this adapter's own, in memory. */
  readonly topics: Topics;
  private readonly ownTopics: Topics | undefined;
  private messageParser: MessageParser | undefined;
  /** Those that Nest is binding to a client at this moment. */
  private handlers: GatewayHandlers | undefined;

  constructor(app: INestApplicationContext, options?: WireAdapterOptions) {
    if (typeof app?.get !== 'function') {
      throw new TypeError('WireAdapter needs the Nest application: new WireAdapter(app)');
    }
    super(app);
    this.app = app;
    const modules = app.get(ModulesContainer, { strict: false });
    const configured = configuredAdapterOptions(modules);
    this.options = resolveAdapterOptions(mergeOptions(configured, options));
    this.applicationConfig = app.get(ApplicationConfig, { strict: false });
    this.messageParser = this.options.messageParser;
    this.dispatching = {
      isPlatformWsCompatible: this.options.compatibility === 'platform-ws',
      messageParser: () => this.messageParser,
    };
    const provided = providedTopics(modules);
    this.ownTopics = provided === undefined ? new Topics() : undefined;
    this.topics = provided ?? this.ownTopics!;
    void this.ownTopics?.start();
    this.handlers = undefined;
    this.gateways = this.findGateways();
    // With platform-ws, clients are cut off where Nest closes the adapter.
    if (this.options.compatibility !== 'platform-ws') drainBeforeClose(app, () => this.drain());
  }

  override get forceCloseConnections(): boolean {
    return super.forceCloseConnections;
  }

  /** Nest says it right before it connects the gateways; modules may have been loaded, and guards added, since. */
  override set forceCloseConnections(value: boolean) {
    super.forceCloseConnections = value;
    this.gateways = this.findGateways();
    putGlobalGate(this.applicationConfig);
  }

  /** Replaces the parser of messages, for the clients that are connected too. */
  setMessageParser(parser: MessageParser): void {
    this.messageParser = checkOptionalFunction('messageParser', parser);
  }

  /**
   * The HTTP server behind a gateway's own port, which specs connect to (`nestwire/testing`).
   * @throws RangeError where no gateway has this port, or the application is not initialised
   */
  httpServerOf(port: number): Server {
    const router = this.routers.get(port);
    if (router === undefined) throw new RangeError(`No gateway of this application has the port ${port}`);
    return router.httpServer;
  }

  create(port: number, options: CreateOptions = {}): WireServer {
    const { namespace, server, ...gatewayOptions } = options;
    const path = pathOf(options.path, port);
    if (namespace) {
      const gateways = this.gateways.namesOf(port, path);
      throw new Error(`${gateways}: WireAdapter has no namespaces; give each gateway a path of its own`);
    }
    if (server !== undefined) return server;
    const isPlatformWs = this.options.compatibility === 'platform-ws';
    // Nest compares paths as they are written: `chat` and `/chat` are one path, and two gateways there share its server.
    const present = isPlatformWs ? undefined : this.routers.get(port)?.serverOf(path);
    if (present !== undefined) return present;
    const resolved = this.gateways.optionsOf(port, path, gatewayOptions, (message) => this.logger.warn(message));
    const gate = this.gateways.gateOf(port, path);
    if (resolved.compression !== undefined) zlibJobs.limitTo(resolved.compression.maxJobs);
    const router = this.routerOf(port, this.gateways.hostOf(port, gatewayOptions));
    const wireServer = new WireServer(router.httpServer, path, resolved, { topics: this.topics, gate });
    InvalidOptionError.naming(this.gateways.namesOf(port, path), () =>
      router.add(wireServer, this.gateways.rankOf(port, path)),
    );
    this.servers.add(wireServer);
    return wireServer;
  }

  /**
   * Nest calls it once for each gateway, as soon as it has bound the gateway's handlers. It passes the request to
   * `handleConnection` and to nobody else.
   */
  override bindClientConnect(server: WireServer, callback: (...args: unknown[]) => void): void {
    const gateway = takeInitialised(server);
    const options = { callsDirectly: this.options.directCalls };
    const methods = gateway === undefined ? [] : judgeHandlers(gateway, this.applicationConfig, options);
    const handlers = new GatewayHandlers(methods);
    server.onSocket((...args: unknown[]) => {
      this.handlers = handlers;
      if (gateway?.isStatic === false) expectHook(args[0] as WireSocket, gateway);
      try {
        callback(...args);
      } finally {
        this.handlers = undefined;
      }
    });
  }

  bindMessageHandlers(client: WireSocket, handlers: MessageHandler[]): void {
    // Nest binds once for each gateway on the path, and one dispatcher serves all.
    let dispatcher = client.work as Dispatcher | undefined;
    if (dispatcher === undefined) {
      dispatcher = new Dispatcher(client, this.dispatching);
      client.attach(dispatcher);
      if (this.options.useGlobalFilters) useGlobalFiltersFor(client, this.applicationConfig);
    }
    dispatcher.add(handlers, this.handlers ?? new GatewayHandlers([]));
  }

  override bindClientDisconnect(client: WireSocket, callback: (code: number, reason: Buffer) => void): void {
    // One for each gateway on the path is no leak.
    client.setMaxListeners(client.getMaxListeners() + 1);
    // It comes once, and `once` would cost each client a wrapper.
    client.on('close', callback);
  }

  /** Drops a client that came before the application was ready. */
  closeClient(client: WireSocket): void {
    client.close(CloseCode.TRY_AGAIN_LATER, 'The server is starting');
  }

  /**
   * Sends every client away, as the option `drain` says, and lets no more in; `app.close()` begins with it. Resolves when the
   * last has gone and every `handleDisconnect` has come to rest, or the time is up.
   */
  async drain(): Promise<void> {
    await Promise.all([...this.servers].map((server) => this.close(server)));
  }

  /** Sends the clients of one path away; resolves when the last is gone. */
  override async close(server: WireServer): Promise<void> {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  override async dispose(): Promise<void> {
    const routers = [...this.routers];
    this.routers.clear();
    this.servers.clear();
    await this.ownTopics?.close();
    await Promise.all(
      routers.map(async ([port, router]) => {
        router.detach();
        if (port !== APPLICATION_PORT || this.httpServer === undefined) await closeHttpServer(router.httpServer);
      }),
    );
  }

  private findGateways(): GatewayPaths {
    prepareGateways(this.app);
    return new GatewayPaths(declareGateways(this.app.get(ModulesContainer, { strict: false })), this.options);
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
    if (this.options.listen) httpServer.listen(port, host);
    return httpServer;
  }
}

/** Nest calls the hook of a request-scoped gateway when it has made the instance: the client's messages and request wait. */
function expectHook(client: WireSocket, { type, hasConnectionHook }: BoundGateway): void {
  client.keepRequest();
  if (hasConnectionHook) client.expectConnecting(type.name);
}

/** Not by `app.get`: where no module provides them, that would end the process, unless the application has `abortOnError: false`. */
function providedTopics(modules: ModulesContainer): Topics | undefined {
  for (const { providers } of modules.values()) {
    const topics: unknown = providers.get(Topics)?.instance;
    if (topics instanceof Topics) return topics;
  }
  return undefined;
}

/** What the constructor is given goes before what is configured, one by one in each group. */
function mergeOptions(configured: WireAdapterOptions = {}, given: WireAdapterOptions = {}): WireAdapterOptions {
  const merged: Record<string, unknown> = { ...configured, ...given };
  for (const group of ['limits', 'heartbeat', 'drain'] as const) {
    const [below, above] = [configured[group], given[group]];
    if (isObject(below) && isObject(above)) merged[group] = { ...below, ...above };
  }
  return merged;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function closeHttpServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
