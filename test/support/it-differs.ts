// Cases in which nestwire's defaults answer better than platform-ws on purpose: one body for the adapters that must be
// identical, one for the default, side by side, with the reason in the title. Each reason is a row of docs/migration.md.

import { it } from '@jest/globals';
import type { AdapterUnderTest } from './adapters.js';

type Body = () => void | Promise<void>;

interface Difference {
  /** What the default does instead, and why. */
  reason: string;
  identical: Body;
  /** Left out when the default is specified elsewhere. */
  better?: Body;
}

/** Registers the one of the two bodies that `adapter` has to satisfy. */
export function itDiffers(adapter: AdapterUnderTest, title: string, difference: Difference): void {
  if (adapter.identical) {
    it(title, difference.identical);
  } else if (difference.better !== undefined) {
    it(`${title} (better by default: ${difference.reason})`, difference.better);
  }
}
