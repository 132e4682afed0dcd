// Cases in which nestwire answers differently from platform-ws on purpose: two bodies side by side, with the reason in the
// title. Each reason is a row of docs/migration.md: of its first table what `compatibility: 'platform-ws'` turns off
// (`itDiffers`), of its second what holds in every mode (`itDiffersInEveryMode`).

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

interface DifferenceInEveryMode {
  /** What nestwire does instead, and why. */
  reason: string;
  platformWs: Body;
  nestwire: Body;
}

/** Registers the one of the two bodies that `adapter` has to satisfy. */
export function itDiffers(adapter: AdapterUnderTest, title: string, difference: Difference): void {
  if (adapter.identical) {
    it(title, difference.identical);
  } else if (difference.better !== undefined) {
    it(`${title} (better by default: ${difference.reason})`, difference.better);
  }
}

/** Registers the one of the two bodies that `adapter` has to satisfy, whatever its compatibility. */
export function itDiffersInEveryMode(
  adapter: AdapterUnderTest,
  title: string,
  difference: DifferenceInEveryMode,
): void {
  if (adapter.isNestwire) {
    it(`${title} (in every mode: ${difference.reason})`, difference.nestwire);
  } else {
    it(title, difference.platformWs);
  }
}
