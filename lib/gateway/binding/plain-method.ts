// Which message handlers ask nothing of Nest's pipeline but to be called: no guard, interceptor or pipe stands before them,
// their own, their class's or a global one, and their parameters are the message's data, a property of it, or the client.
// What they are called with is built here as Nest builds it.

import type { Type } from '@nestjs/common';
import { type ApplicationConfig, MetadataScanner } from '@nestjs/core';
import type { BoundGateway } from './bound-gateway.js';
import { BACKPRESSURE_METADATA, type BackpressurePolicy } from '../decorators/backpressure.decorator.js';
import { ORDERED_METADATA } from '../decorators/ordered.decorator.js';
import { type GateTime, hasOnlyGate, isGateFirst } from './error-gate.js';
import {
  CONNECTED_SOCKET,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  MESSAGE_BODY,
  MESSAGE_MAPPING_METADATA,
  MESSAGE_METADATA,
  PARAMETERS_METADATA,
  PIPES_METADATA,
} from './nest-metadata.js';

/** What the decorators of a handler or its gateway ask for. */
interface HandlerTraits {
  /** Whether a client's messages to it are handled one at a time. */
  readonly isOrdered: boolean;
  /** What happens to an Observable's values while the client is behind; absent where they wait in the send buffer. */
  readonly backpressure: BackpressurePolicy | undefined;
}

/** One message handler of a gateway. */
export interface HandlerMethod {
  readonly pattern: unknown;
  /** Absent where no decorator asks for any. */
  readonly traits: HandlerTraits | undefined;
  /** When Nest asks the gate for errors; absent where it is not the first of the guards. */
  readonly gate: GateTime | undefined;
  /** Absent where the handler needs Nest's pipeline. */
  readonly plain: PlainMethod | undefined;
}

type Method = (this: object, ...args: unknown[]) => unknown;

/** Where an argument comes from. */
type Source = { readonly from: 'client' | 'data' | 'nowhere' } | { readonly from: 'property'; readonly name: string };

interface ParameterMetadata {
  readonly index: number;
  readonly data?: unknown;
  readonly pipes?: readonly unknown[];
}

const CLIENT: Source = { from: 'client' };
const DATA: Source = { from: 'data' };
const NOWHERE: Source = { from: 'nowhere' };
/** What Nest passes to a method without decorated parameters: the client, the data, and no acknowledgement. */
const UNDECORATED: readonly Source[] = [CLIENT, DATA, NOWHERE];

export class PlainMethod {
  constructor(
    private readonly gateway: object,
    private readonly method: Method,
    private readonly sources: readonly Source[],
  ) {}

  call(client: unknown, data: unknown): unknown {
    const args: unknown[] = [];
    for (const source of this.sources) args.push(argumentOf(source, client, data));
    return Reflect.apply(this.method, this.gateway, args);
  }
}

/** The message handlers that a class declares or inherits, in the order in which Nest binds them. */
export function handlerMethodsOf(type: Type): [name: string, method: Method][] {
  const prototype = type.prototype as Record<string, Method>;
  return new MetadataScanner()
    .getAllMethodNames(prototype)
    .map((name): [string, Method] => [name, prototype[name]!])
    .filter(([, method]) => Reflect.hasMetadata(MESSAGE_MAPPING_METADATA, method));
}

/**
 * Judges the handlers of a gateway, with what is global at this moment.
 * @param callsDirectly whether handlers may be called without Nest's pipeline at all
 */
export function judgeHandlers(
  { instance, type, isStatic }: BoundGateway,
  config: ApplicationConfig,
  { callsDirectly }: { readonly callsDirectly: boolean },
): HandlerMethod[] {
  const isPlainClass =
    callsDirectly &&
    isStatic &&
    !hasGlobalEnhancers(config) &&
    !hasEnhancers(type) &&
    !Reflect.hasMetadata(GUARDS_METADATA, type);
  const gateTime = isStatic ? 'at-once' : 'later';
  return handlerMethodsOf(type).map(([name, method]) => {
    const isPlain = isPlainClass && hasOnlyGate(method) && !hasEnhancers(method);
    const sources = isPlain ? sourcesOf(type, name) : undefined;
    return {
      pattern: Reflect.getMetadata(MESSAGE_METADATA, method) as unknown,
      traits: traitsOf(type, method),
      gate: isGateFirst(type, method, config.getGlobalGuards()) ? gateTime : undefined,
      plain: sources && new PlainMethod(instance, method, sources),
    };
  });
}

/** What stands at the method counts more than what stands at the class. */
function traitsOf(type: Type, method: Method): HandlerTraits | undefined {
  const [ordered, backpressure] = [ORDERED_METADATA, BACKPRESSURE_METADATA].map(
    (key) => (Reflect.getMetadata(key, method) ?? Reflect.getMetadata(key, type)) as unknown,
  );
  if (ordered === undefined && backpressure === undefined) return undefined;
  return { isOrdered: ordered === true, backpressure: backpressure as BackpressurePolicy | undefined };
}

function argumentOf(source: Source, client: unknown, data: unknown): unknown {
  if (source === DATA) return data;
  if (source === CLIENT) return client;
  return source.from === 'property' ? (data as Record<string, unknown> | null | undefined)?.[source.name] : undefined;
}

/** @returns undefined where a parameter is of another kind, or is piped */
function sourcesOf(type: Type, methodName: string): readonly Source[] | undefined {
  const parameters = Reflect.getMetadata(PARAMETERS_METADATA, type, methodName) as
    Record<string, ParameterMetadata> | undefined;
  if (parameters === undefined) return UNDECORATED;
  const sources: Source[] = [];
  for (const [key, { index, data, pipes = [] }] of Object.entries(parameters)) {
    const source = pipes.length === 0 ? sourceOf(key.split(':')[0], data) : undefined;
    if (source === undefined) return undefined;
    while (sources.length <= index) sources.push(NOWHERE);
    sources[index] = source;
  }
  return sources;
}

function sourceOf(kind: string | undefined, property: unknown): Source | undefined {
  if (kind === CONNECTED_SOCKET) return CLIENT;
  if (kind !== MESSAGE_BODY) return undefined;
  return typeof property === 'string' && property !== '' ? { from: 'property', name: property } : DATA;
}

function hasEnhancers(target: object): boolean {
  return Reflect.hasMetadata(INTERCEPTORS_METADATA, target) || Reflect.hasMetadata(PIPES_METADATA, target);
}

function hasGlobalEnhancers(config: ApplicationConfig): boolean {
  return [config.getGlobalGuards(), config.getGlobalInterceptors(), config.getGlobalPipes()].some(
    (enhancers) => enhancers.length > 0,
  );
}
