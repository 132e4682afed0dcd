// What stands in `@WebSocketGateway({ … })`: our options for one path, the options of `ws` that existing gateways use, and
// those of Socket.IO that are found there without effect. A name that is none of these is a mistake and fails.

import { type CompressionOptions, resolveCompression } from './compression-options.js';
import { InvalidOptionError } from './invalid-option.error.js';
import { checkBoolean, checkObject, checkOptionalFunction } from './option-checks.js';
import { type PathOptions, type ResolvedPathOptions, resolvePathOptions } from './path-options.js';
import type { HandleProtocols, VerifyClient } from './ws-options.js';

/** The options that `@WebSocketGateway` may carry under {@link WireAdapter}. */
export interface WireGatewayOptions extends PathOptions {
  /** The path, compared exactly. @default '/', or every path on a port of the gateway's own */
  readonly path?: string;
  /** The address to listen on, for a gateway on a port of its own. @default all */
  readonly host?: string;
  /** The option of `ws` for {@link WireLimits.maxMessageBytes}. */
  readonly maxPayload?: number;
  readonly verifyClient?: VerifyClient;
  readonly handleProtocols?: HandleProtocols;
  /** As in `ws`: with `false`, pings are left to the listeners of `ping`. @default true */
  readonly autoPong?: boolean;
  /** The option of `ws` for {@link PathOptions.compression}. */
  readonly perMessageDeflate?: boolean | PerMessageDeflateOptions;
}

/** The options of `ws`, as far as they mean something here. */
export interface PerMessageDeflateOptions {
  readonly threshold?: number;
  readonly concurrencyLimit?: number;
  readonly serverNoContextTakeover?: boolean;
  readonly clientNoContextTakeover?: boolean;
  readonly serverMaxWindowBits?: number;
  readonly zlibDeflateOptions?: { readonly level?: number; readonly memLevel?: number };
}

const OWN = [
  'limits',
  'heartbeat',
  'connectGate',
  'drain',
  'compression',
  'origins',
  'subprotocols',
  'path',
  'host',
  'maxPayload',
  'verifyClient',
  'handleProtocols',
  'autoPong',
  'perMessageDeflate',
];

/** Options that other adapters read, and what takes their place; a gateway that carries them starts, with a warning. */
const WITHOUT_EFFECT = new Map([
  ['cors', 'origins'],
  ['clientTracking', 'nothing: clients are always tracked'],
  ['skipUTF8Validation', 'nothing: text is always validated'],
  ['allowSynchronousEvents', 'nothing: every message has its own event'],
  ['closeTimeout', 'limits.closeTimeoutMs'],
  ['maxBufferedChunks', 'nothing: memory is bounded without it'],
  ['maxFragments', 'limits.maxFragments'],
  ['backlog', 'nothing'],
  ['noServer', 'nothing'],
  ['transports', 'nothing: WebSocket is the only transport'],
  ['allowUpgrades', 'nothing: WebSocket is the only transport'],
  ['upgradeTimeout', 'limits.handshakeTimeoutMs'],
  ['connectTimeout', 'limits.handshakeTimeoutMs'],
  ['pingInterval', 'heartbeat.intervalMs'],
  ['pingTimeout', 'heartbeat.timeoutMs'],
  ['maxHttpBufferSize', 'limits.maxMessageBytes'],
  ['allowRequest', 'verifyClient'],
  ['serveClient', 'nothing: browsers bring their own client'],
  ['adapter', 'nothing'],
  ['parser', 'the messageParser of WireAdapter'],
  ['httpCompression', 'nothing'],
  ['wsEngine', 'nothing: the engine is nestwire'],
  ['initialPacket', 'handleConnection'],
  ['cookie', 'nothing'],
  ['allowEIO3', 'nothing'],
  ['destroyUpgrade', 'the unmatchedUpgrade of WireAdapter'],
  ['destroyUpgradeTimeout', 'the unmatchedUpgrade of WireAdapter'],
]);

/**
 * @param warn told of options without effect, and of what takes their place
 * @throws InvalidOptionError
 */
export function resolveGatewayOptions(
  options: WireGatewayOptions,
  base: ResolvedPathOptions,
  warn: (option: string, replacement: string) => void,
): ResolvedPathOptions {
  checkObject('@WebSocketGateway', options, [...OWN, ...WITHOUT_EFFECT.keys()]);
  for (const name of Object.keys(options)) {
    const replacement = WITHOUT_EFFECT.get(name);
    if (replacement !== undefined) warn(name, replacement);
  }
  checkString('host', options.host);
  const { maxPayload, perMessageDeflate } = options;
  const resolved = resolvePathOptions(options, base);
  return {
    ...resolved,
    limits: maxPayload === undefined ? resolved.limits : { ...resolved.limits, maxMessageBytes: checkSize(maxPayload) },
    compression: perMessageDeflate === undefined ? resolved.compression : translateDeflate(perMessageDeflate),
    verifyClient: checkOptionalFunction('verifyClient', options.verifyClient),
    handleProtocols: checkOptionalFunction('handleProtocols', options.handleProtocols),
    autoPong: checkBoolean('autoPong', options.autoPong ?? base.autoPong),
  };
}

export function checkString(option: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'string') throw new InvalidOptionError(option, value, 'a string');
}

/** `ws` keeps windows unless told otherwise. */
function translateDeflate(given: boolean | PerMessageDeflateOptions): ResolvedPathOptions['compression'] {
  if (given === false) return undefined;
  const { serverNoContextTakeover, clientNoContextTakeover, zlibDeflateOptions, ...rest } = given === true ? {} : given;
  const translated: { [K in keyof CompressionOptions]: CompressionOptions[K] | undefined } = {
    takeover: !serverNoContextTakeover && !clientNoContextTakeover,
    thresholdBytes: rest.threshold,
    level: zlibDeflateOptions?.level,
    memoryLevel: zlibDeflateOptions?.memLevel,
    windowBits: rest.serverMaxWindowBits,
    maxJobs: rest.concurrencyLimit,
  };
  return resolveCompression(translated as CompressionOptions);
}

function checkSize(maxPayload: unknown): number {
  if (Number.isSafeInteger(maxPayload) && (maxPayload as number) >= 0) return maxPayload as number;
  throw new InvalidOptionError('maxPayload', maxPayload, 'a number of bytes, 0 for no limit');
}
