// What keeps a process alive. The test runner has timers of its own, so what is open is compared with what was.

import { settled } from '../support/scripted-duplex.js';

/** Whatever was closed has its turns of the event loop to go; what only a timer would end has not. */
const MOST_TURNS = 500;
const KINDS = /Timeout|Immediate|TCP|TLS|Connect|Zlib/;

export class OpenHandles {
  private constructor(private readonly before: readonly string[]) {}

  static async now(): Promise<OpenHandles> {
    return new OpenHandles(await openHandles());
  }

  /** Timers, sockets, servers and zlib's work, by kind, that were not open then and do not go away by themselves. */
  async added(): Promise<string[]> {
    for (let turn = 0; ; turn++) {
      const added = await openHandles();
      for (const kind of this.before) {
        const place = added.indexOf(kind);
        if (place >= 0) added.splice(place, 1);
      }
      if (added.length === 0 || turn === MOST_TURNS) return added;
    }
  }
}

async function openHandles(): Promise<string[]> {
  await settled();
  return process.getActiveResourcesInfo().filter((kind) => KINDS.test(kind));
}
