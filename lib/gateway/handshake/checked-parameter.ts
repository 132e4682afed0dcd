// The values of a handshake that a gateway's handlers take through pipes: a client that asks for an address which they cannot
// take is refused when it connects, not with every message.

import type { ArgumentMetadata, PipeTransform, Type } from '@nestjs/common';
import { type ContextId, MetadataScanner } from '@nestjs/core';
import { PARAMETER_TYPES_METADATA, PARAMETERS_METADATA } from '../binding/nest-metadata.js';
import type { EnhancerSource } from './enhancer-source.js';
import type { WireHandshake } from './handshake.js';
import { type HandshakeReader, type ParameterPipe, readerOf } from './handshake-parameter.js';

/** What Nest writes down of a parameter decorator. */
interface ParameterMetadata {
  readonly index: number;
  readonly factory?: unknown;
  readonly data?: string;
  readonly pipes?: readonly ParameterPipe[];
}

export class CheckedParameter {
  constructor(
    private readonly read: HandshakeReader,
    private readonly metadata: ArgumentMetadata,
    private readonly pipes: readonly ParameterPipe[],
  ) {}

  isSameAs(other: CheckedParameter): boolean {
    return (
      this.read === other.read &&
      this.metadata.data === other.metadata.data &&
      this.metadata.metatype === other.metadata.metatype &&
      this.pipes.length === other.pipes.length &&
      this.pipes.every((pipe, index) => pipe === other.pipes[index])
    );
  }

  /** @throws whatever a pipe throws that does not take the value */
  async check(handshake: WireHandshake, source: EnhancerSource, contextId: ContextId): Promise<void> {
    let value = this.read(handshake, this.metadata.data);
    for (const pipe of this.pipes) {
      const instance = await source.resolve<PipeTransform>(pipe, contextId);
      value = await instance.transform(value, this.metadata);
    }
  }
}

/** The parameters with pipes of all methods of a gateway, each once. */
export function checkedParametersOf(type: Type): CheckedParameter[] {
  const checked: CheckedParameter[] = [];
  for (const method of new MetadataScanner().getAllMethodNames(type.prototype as object)) {
    for (const parameter of parametersOf(type, method)) {
      if (!checked.some((present) => present.isSameAs(parameter))) checked.push(parameter);
    }
  }
  return checked;
}

function parametersOf(type: Type, method: string): CheckedParameter[] {
  const parameters = (Reflect.getMetadata(PARAMETERS_METADATA, type, method) ?? {}) as Record<
    string,
    ParameterMetadata
  >;
  const types = (Reflect.getMetadata(PARAMETER_TYPES_METADATA, type.prototype as object, method) ?? []) as Type[];
  return Object.values(parameters).flatMap(({ index, factory, data, pipes = [] }) => {
    const read = readerOf(factory);
    if (read === undefined || pipes.length === 0) return [];
    return new CheckedParameter(read, { type: 'custom', metatype: types[index], data }, pipes);
  });
}
