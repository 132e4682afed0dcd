// The files of a target: its corpus, which is kept, and its crashes, which are not until they are fixed.

import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Tests and `npm run fuzz` both run at the root of the repository. */
const FOLDER = 'test/fuzz';

/** Names and inputs of a target's corpus. */
export function readCorpus(target: string): [name: string, input: Uint8Array][] {
  const folder = join(FOLDER, 'corpus', target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => [name, readFileSync(join(folder, name))]);
}

/** @returns the path of the file */
export function writeCrash(target: string, input: Uint8Array): string {
  const folder = join(FOLDER, 'crashes', target);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, createHash('sha1').update(input).digest('hex').slice(0, 12));
  writeFileSync(path, Buffer.from(input));
  return path;
}
