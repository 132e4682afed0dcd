// Which path belongs to whom: precise paths first, then paths with parameters such as `/rooms/:room` in order of
// declaration, then whoever takes every path. Paths are compared as they were sent; parameters are decoded.

import { match, type MatchFunction, parse, type Token } from 'path-to-regexp';
import { InvalidOptionError } from '../options/invalid-option.error.js';
import type { PathParams } from './handshake.js';

/** Whose path it is. */
export interface Route<T> {
  readonly target: T;
  /** Absent for a path without parameters. */
  readonly params?: PathParams;
}

/** A parameter that is no percent-encoded UTF-8. */
export const MALFORMED_PATH = Symbol('malformed path');

interface PathPattern<T> {
  readonly target: T;
  readonly rank: number;
  readonly path: string;
  /** The path without the names of its parameters. */
  readonly shape: string;
  readonly match: MatchFunction<Partial<Record<string, string | string[]>>>;
}

/** What makes a path more than a text to be compared. */
const PATTERN = /[:*{]/;

export class PathTable<T> {
  private readonly precise: Map<string, T>;
  private readonly patterns: PathPattern<T>[];
  private catchAll: T | undefined;

  constructor() {
    this.precise = new Map();
    this.patterns = [];
    this.catchAll = undefined;
  }

  /**
   * The first one for a path counts.
   * @param path undefined for every path
   * @param rank of patterns that both match, the one with the lower rank counts
   * @throws InvalidOptionError for a pattern that cannot be meant, or is another with other names
   */
  add(path: string | undefined, target: T, rank: number): void {
    if (path === undefined) {
      this.catchAll ??= target;
    } else if (PATTERN.test(path)) {
      const compiled = compile(path);
      const same = this.patterns.find(({ shape }) => shape === compiled.shape);
      if (same !== undefined) {
        const allowed = `another than ${JSON.stringify(same.path)}, which is for the same requests`;
        throw new InvalidOptionError('path', path, allowed);
      }
      this.patterns.push({ target, rank, path, ...compiled });
      this.patterns.sort((one, other) => one.rank - other.rank);
    } else if (!this.precise.has(path)) {
      this.precise.set(path, target);
    }
  }

  /** @param path undefined for a target that is no path */
  find(path: string | undefined): Route<T> | typeof MALFORMED_PATH | undefined {
    if (path !== undefined) {
      const target = this.precise.get(path);
      if (target !== undefined) return { target };
      const route = this.patterns.length > 0 ? this.findPattern(path) : undefined;
      if (route !== undefined) return route;
    }
    return this.catchAll === undefined ? undefined : { target: this.catchAll };
  }

  private findPattern(path: string): Route<T> | typeof MALFORMED_PATH | undefined {
    try {
      for (const pattern of this.patterns) {
        const found = pattern.match(path);
        if (found !== false) return { target: pattern.target, params: toParams(found.params) };
      }
      return undefined;
    } catch {
      // A part of the path is no percent-encoded UTF-8.
      return MALFORMED_PATH;
    }
  }
}

function compile(path: string): Pick<PathPattern<never>, 'match' | 'shape'> {
  try {
    const tokens = parse(path);
    // With a second part of any length, a hostile path could be tried in as many ways as it has characters.
    if (countWildcards(tokens.tokens) > 1) throw new TypeError('there may be one wildcard');
    const shape = JSON.stringify(tokens.tokens, (key, value: unknown) => (key === 'name' ? undefined : value));
    return { match: match(tokens, { sensitive: true, trailing: false }), shape };
  } catch (error) {
    throw new InvalidOptionError('path', path, `a path of path-to-regexp 8 (${(error as Error).message})`);
  }
}

function countWildcards(tokens: readonly Token[]): number {
  const counts = tokens.map((token) =>
    token.type === 'group' ? countWildcards(token.tokens) : Number(token.type === 'wildcard'),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The segments of a wildcard become one text again. */
function toParams(found: Partial<Record<string, string | string[]>>): PathParams {
  const params = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(found)) {
    if (value !== undefined) params[name] = Array.isArray(value) ? value.join('/') : value;
  }
  return Object.freeze(params);
}
