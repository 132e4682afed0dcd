// Nest makes one server for all gateways on a path, with the options of one of them. Here the options of all are laid
// together: what only one gateway says holds for the path, and where two say different things, nobody can be right.

import { isDeepStrictEqual } from 'node:util';
import type { WireGatewayOptions } from '../options/gateway-options.js';
import { InvalidOptionError } from '../options/invalid-option.error.js';

/** A gateway by its name, and what its options say. */
export interface NamedOptions {
  readonly name: string;
  readonly options: WireGatewayOptions;
}

/** Groups whose members are compared one by one. */
const GROUPS = new Set(['limits', 'heartbeat', 'drain']);

/**
 * @param where what the gateways share, for the message of an error: `the path "/chat"`
 * @throws InvalidOptionError that names two gateways, what they share, and the option in which they differ
 */
export function mergeGatewayOptions(gateways: readonly NamedOptions[], where: string): WireGatewayOptions {
  const merged = new Map<string, unknown>();
  const saidBy = new Map<string, string>();
  for (const { name, options } of gateways) {
    for (const [option, value] of Object.entries(flatten(options))) {
      if (value === undefined) continue;
      const other = saidBy.get(option);
      if (other !== undefined && !isDeepStrictEqual(merged.get(option), value)) {
        throw new InvalidOptionError(
          option,
          { [other]: merged.get(option), [name]: value },
          `the same in ${other} and ${name}, which share ${where}`,
        );
      }
      merged.set(option, value);
      if (other === undefined) saidBy.set(option, name);
    }
  }
  return unflatten(merged);
}

/** `{ limits: { maxStreams: 1 } }` becomes `{ 'limits.maxStreams': 1 }`. */
function flatten(options: WireGatewayOptions): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).flatMap(([key, value]) =>
      GROUPS.has(key) && isObject(value)
        ? Object.entries(value).map(([member, one]) => [`${key}.${member}`, one] as const)
        : [[key, value] as const],
    ),
  );
}

function unflatten(flat: ReadonlyMap<string, unknown>): WireGatewayOptions {
  const options: Record<string, unknown> = {};
  for (const [key, value] of flat) {
    const [group, member] = key.split('.') as [string, string?];
    if (member === undefined) options[key] = value;
    else options[group] = { ...(options[group] as object | undefined), [member]: value };
  }
  return options;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
