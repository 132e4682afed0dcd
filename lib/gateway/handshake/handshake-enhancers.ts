// The guards and filters that decorators put before a gateway's handshake. Those that Nest shall make are also left on a
// method that nobody calls: there Nest's scanner finds them, makes them like every enhancer, runs their lifecycle hooks and
// lets tests override them; and none of them is asked about messages.

import {
  type CanActivate,
  type ExceptionFilter,
  Scope,
  type ScopeOptions,
  type Type,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { SCOPE_METADATA } from '../binding/nest-metadata.js';

export type HandshakeGuard = CanActivate | Type<CanActivate>;
export type HandshakeFilter = ExceptionFilter | Type<ExceptionFilter>;

export interface HandshakeEnhancers {
  readonly guards: readonly HandshakeGuard[];
  readonly filters: readonly HandshakeFilter[];
}

const HANDSHAKE_ENHANCERS = 'nestwire:handshake_enhancers';
/** A text, since the scanner looks at no symbols. */
const SCANNED_METHOD = 'nestwire:handshake';
const NONE: HandshakeEnhancers = { guards: [], filters: [] };

/** What was put before the handshakes of a gateway; of its ancestors too, as with Nest's own decorators. */
export function handshakeEnhancersOf(type: object): HandshakeEnhancers {
  return (Reflect.getMetadata(HANDSHAKE_ENHANCERS, type) as HandshakeEnhancers | undefined) ?? NONE;
}

export function addHandshakeEnhancers(type: { prototype: object }, added: Partial<HandshakeEnhancers>): void {
  const present = handshakeEnhancersOf(type);
  const enhancers: HandshakeEnhancers = {
    guards: [...present.guards, ...(added.guards ?? [])],
    filters: [...present.filters, ...(added.filters ?? [])],
  };
  Reflect.defineMetadata(HANDSHAKE_ENHANCERS, enhancers, type);
  const scanned = { value: () => undefined, enumerable: false, writable: true, configurable: true };
  Object.defineProperty(type.prototype, SCANNED_METHOD, scanned);
  UseGuards(...enhancers.guards.filter(isForNest))(type.prototype, SCANNED_METHOD, scanned);
  UseFilters(...enhancers.filters.filter(isForNest))(type.prototype, SCANNED_METHOD, scanned);
}

/**
 * Whether a class says of itself that it is made for each request. Nest would then make the whole gateway for each
 * connection (and could not before Nest 12), so such a class is made by the gate.
 */
export function isRequestScoped(enhancer: unknown): enhancer is Type {
  if (typeof enhancer !== 'function') return false;
  const options = Reflect.getMetadata(SCOPE_METADATA, enhancer) as ScopeOptions | undefined;
  return options?.scope === Scope.REQUEST;
}

function isForNest(enhancer: unknown): boolean {
  return !isRequestScoped(enhancer);
}
