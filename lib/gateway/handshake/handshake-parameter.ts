// Parameters of message handlers that come from the handshake. A decorator's factory is known by what it reads, so that the
// gate can find the parameters of a gateway and have their pipes judge the values before the 101.

import { createParamDecorator, type ExecutionContext, type PipeTransform, type Type } from '@nestjs/common';
import { WireSocket } from '../socket/wire-socket.js';
import type { WireHandshake } from './handshake.js';

/** @param name the first argument of the decorator, where there is one */
export type HandshakeReader = (handshake: WireHandshake, name: string | undefined) => unknown;

export type ParameterPipe = PipeTransform | Type<PipeTransform>;

type Factory = (name: string | undefined, context: ExecutionContext) => unknown;

const readers = new WeakMap<Factory, HandshakeReader>();

/** @returns what makes the parameter decorator of a name and pipes */
export function createHandshakeDecorator(
  read: HandshakeReader,
): (name?: string | ParameterPipe, ...pipes: ParameterPipe[]) => ParameterDecorator {
  const factory: Factory = (name, context) => read(handshakeOfContext(context), name);
  readers.set(factory, read);
  return createParamDecorator(factory);
}

/** @returns undefined for the factory of any other parameter decorator */
export function readerOf(factory: unknown): HandshakeReader | undefined {
  return readers.get(factory as Factory);
}

function handshakeOfContext(context: ExecutionContext): WireHandshake {
  const client = context.getType() === 'ws' ? context.switchToWs().getClient<unknown>() : undefined;
  if (client instanceof WireSocket) return client.handshake;
  throw new TypeError('Parameters of the handshake are for message handlers under WireAdapter');
}
