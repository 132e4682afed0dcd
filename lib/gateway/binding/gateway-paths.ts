// Which gateways share a path, and what then holds for it: their options laid together, and the checks of all before the 101.

import type { DeclaredGateway } from './declared-gateway.js';
import { checkString, resolveGatewayOptions, type WireGatewayOptions } from '../options/gateway-options.js';
import { GatewayChecks } from '../handshake/gateway-checks.js';
import { HandshakeGate } from '../handshake/handshake-gate.js';
import { mergeGatewayOptions, type NamedOptions } from './merge-gateway-options.js';
import type { ResolvedAdapterOptions } from '../options/adapter-options.js';
import { InvalidOptionError } from '../options/invalid-option.error.js';
import type { ResolvedPathOptions } from '../options/path-options.js';

/** The port by which Nest says: the application's own HTTP server. */
export const APPLICATION_PORT = 0;

/** Exactly one slash in front and none behind, as Nest compares paths; without one, a port of its own serves every path. */
export function pathOf(path: string | undefined, port: number): string | undefined {
  checkString('path', path);
  if (!path) return port === APPLICATION_PORT ? '/' : undefined;
  return `/${path.replace(/^\/+|\/+$/g, '')}`;
}

interface PlacedGateway extends DeclaredGateway {
  readonly path: string | undefined;
}

export class GatewayPaths {
  private readonly gateways: readonly PlacedGateway[];
  private readonly options: ResolvedAdapterOptions;

  /** @throws InvalidOptionError for a path that is none */
  constructor(gateways: readonly DeclaredGateway[], options: ResolvedAdapterOptions) {
    this.gateways = gateways.map((gateway) => ({
      ...gateway,
      path: InvalidOptionError.naming(gateway.type.name, () => pathOf(gateway.options.path, gateway.port)),
    }));
    this.options = options;
  }

  /**
   * @param given the options of the gateway that Nest happens to connect first: under `platform-ws` they hold for all
   * @param warn told of options without effect
   * @throws InvalidOptionError that names the gateway whose option cannot be meant, or two that say different things
   */
  optionsOf(
    port: number,
    path: string | undefined,
    given: WireGatewayOptions,
    warn: (message: string) => void,
  ): ResolvedPathOptions {
    const gateways = this.at(port, path).map(named);
    const isMerged = !this.isPlatformWs && gateways.length > 0;
    const options = isMerged ? mergeGatewayOptions(gateways, `the path ${JSON.stringify(path ?? 'every')}`) : given;
    const note = (option: string, replacement: string): void => {
      const names = gateways.filter((gateway) => option in gateway.options).map(({ name }) => name);
      warn(`${names.join(' and ')}: @WebSocketGateway option "${option}" has no effect; use ${replacement}`);
    };
    try {
      return resolveGatewayOptions(options, this.options, note);
    } catch (error) {
      // Whose mistake it is; what each may say can be wrong together, too.
      for (const { name, options } of gateways) InvalidOptionError.naming(name, () => this.check(options));
      throw error instanceof InvalidOptionError ? error.of(this.namesOf(port, path)) : error;
    }
  }

  /** The address at which a port of gateways is listened on: it is listened on once, where all of them agree. */
  hostOf(port: number, given: WireGatewayOptions): string | undefined {
    if (this.isPlatformWs || port === APPLICATION_PORT) return given.host;
    const ofPort = this.gateways.filter((gateway) => gateway.port === port);
    const hosts = ofPort.map(({ type, options: { host } }) => {
      InvalidOptionError.naming(type.name, () => checkString('host', host));
      return { name: type.name, options: host === undefined ? {} : { host } };
    });
    return mergeGatewayOptions(hosts, `the port ${port}`).host ?? given.host;
  }

  gateOf(port: number, path: string | undefined): HandshakeGate | undefined {
    const { handshakeGuards: guards, handshakeFilters: filters } = this.options;
    const global = { guards, filters };
    return HandshakeGate.of(this.at(port, path).map(({ type, module }) => new GatewayChecks(type, module, global)));
  }

  /** The order of declaration; Nest connects the gateway that is declared first after the others. */
  rankOf(port: number, path: string | undefined): number {
    const [first] = this.at(port, path);
    return first === undefined ? this.gateways.length : this.gateways.indexOf(first);
  }

  /** Who is on a path, for the message of an error. */
  namesOf(port: number, path: string | undefined): string {
    const names = this.at(port, path).map(({ type }) => type.name);
    return names.length === 0 ? '@WebSocketGateway' : names.join(' and ');
  }

  private check(options: WireGatewayOptions): void {
    resolveGatewayOptions(options, this.options, () => undefined);
  }

  private get isPlatformWs(): boolean {
    return this.options.compatibility === 'platform-ws';
  }

  private at(port: number, path: string | undefined): PlacedGateway[] {
    return this.gateways.filter((gateway) => gateway.port === port && gateway.path === path);
  }
}

/** What is compared: the path has been, the host belongs to the port, and what is Socket.IO's is refused elsewhere. */
function named({ type, options }: DeclaredGateway): NamedOptions {
  const {
    path: _path,
    host: _host,
    namespace: _namespace,
    server: _server,
    ...compared
  } = options as WireGatewayOptions & {
    readonly namespace?: unknown;
    readonly server?: unknown;
  };
  return { name: type.name, options: compared };
}
