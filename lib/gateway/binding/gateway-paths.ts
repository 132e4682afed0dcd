// Which gateways share a path, and what then holds for it: their options laid together, and the checks of all before the 101.

import type { DeclaredGateway } from './declared-gateway.js';
import { checkString, type WireGatewayOptions } from '../options/gateway-options.js';
import { GatewayChecks } from '../handshake/gateway-checks.js';
import { HandshakeGate } from '../handshake/handshake-gate.js';
import { mergeGatewayOptions, type NamedOptions } from './merge-gateway-options.js';
import type { ResolvedAdapterOptions } from '../options/adapter-options.js';

/** The port by which Nest says: the application's own HTTP server. */
export const APPLICATION_PORT = 0;

/** Exactly one slash in front and none behind, as Nest compares paths; without one, a port of its own serves every path. */
export function pathOf(path: string | undefined, port: number): string | undefined {
  checkString('path', path);
  if (!path) return port === APPLICATION_PORT ? '/' : undefined;
  return `/${path.replace(/^\/+|\/+$/g, '')}`;
}

export class GatewayPaths {
  private readonly gateways: readonly DeclaredGateway[];
  private readonly options: ResolvedAdapterOptions;

  constructor(gateways: readonly DeclaredGateway[], options: ResolvedAdapterOptions) {
    this.gateways = gateways;
    this.options = options;
  }

  /**
   * @param given the options of the gateway that Nest happens to connect first: under `platform-ws` they hold for all
   * @throws InvalidOptionError where two gateways say different things
   */
  optionsOf(port: number, path: string | undefined, given: WireGatewayOptions): WireGatewayOptions {
    if (this.options.compatibility === 'platform-ws') return given;
    const { host } = this.hostOf(port);
    const merged = mergeGatewayOptions(this.at(port, path).map(named), `the path ${JSON.stringify(path ?? 'every')}`);
    return { ...given, ...merged, ...(host !== undefined && { host }) };
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

  private at(port: number, path: string | undefined): DeclaredGateway[] {
    return this.gateways.filter((gateway) => gateway.port === port && pathOf(gateway.options.path, port) === path);
  }

  /** A port is listened on once, at the address that its gateways agree on. */
  private hostOf(port: number): WireGatewayOptions {
    if (port === APPLICATION_PORT) return {};
    const ofPort = this.gateways.filter((gateway) => gateway.port === port);
    const hosts = ofPort.map(({ type, options: { host } }) => ({
      name: type.name,
      options: host === undefined ? {} : { host },
    }));
    return mergeGatewayOptions(hosts, `the port ${port}`);
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
