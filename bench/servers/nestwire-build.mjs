// Which build of nestwire is measured, and its options: what its two servers have in common.

import { readFileSync } from 'node:fs';

/** The build of this repository. */
export const distOf = () => new URL('../../dist/', import.meta.url).href;

export const versionOfDist = (dist) => JSON.parse(readFileSync(new URL('../package.json', dist), 'utf8')).version;

/** @param compression absent for none; `default`, `takeover` or `no-takeover`, which is the default */
export function compressionOptions(compression) {
  return compression === 'takeover' ? { takeover: true } : compression !== undefined;
}
