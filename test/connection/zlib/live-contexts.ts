// Counts the zlib contexts that lib/ holds: made and not closed. Pools keep a few idle ones, so that specs compare with
// what was there before.

import { jest } from '@jest/globals';
import { ZlibContext } from '../../../lib/connection/zlib/zlib-context.js';

export interface LiveContexts {
  readonly made: number;
  readonly live: number;
}

/** Begins to count. */
export function countContexts(): LiveContexts {
  const seen = new Set<ZlibContext>();
  let made = 0;
  for (const kind of ['forInflate', 'forDeflate'] as const) {
    const make = ZlibContext[kind].bind(ZlibContext) as (...args: unknown[]) => ZlibContext;
    jest.spyOn(ZlibContext, kind).mockImplementation((...args: unknown[]) => {
      const context = make(...args);
      seen.add(context);
      made++;
      return context;
    });
  }
  const { close } = ZlibContext.prototype;
  jest.spyOn(ZlibContext.prototype, 'close').mockImplementation(function (this: ZlibContext) {
    seen.delete(this);
    close.call(this);
  });
  return {
    get made() {
      return made;
    },
    get live() {
      return seen.size;
    },
  };
}
