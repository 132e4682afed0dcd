// Debian's chromium-headless-shell, driven by playwright-core. Where it is not installed, what needs it is skipped with a
// word, and with CI=true that is a failure.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';

const PROGRAM = 'chromium-headless-shell';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const executablePath = findInPath(PROGRAM);

/** A browser with a fresh profile; `close()` ends it and throws the profile away. */
export async function launchChromium(): Promise<Browser> {
  if (executablePath === undefined) throw new Error(`${PROGRAM} is not installed`);
  return chromium.launch({ executablePath, args: FLAGS });
}

/** `describe` for tests in a browser. */
export const describeInChromium: (name: string, tests: () => void) => void =
  executablePath === undefined ? describeMissing : describe;

function describeMissing(name: string, tests: () => void): void {
  const sentence = `${PROGRAM} is not installed: apt-get install ${PROGRAM}`;
  if (process.env['CI'] === 'true') {
    it(name, () => {
      throw new Error(`${sentence} (with CI=true nothing is skipped)`);
    });
    return;
  }
  console.warn(`${name}: skipped, ${sentence}`);
  const { skip } = describe;
  skip(name, tests);
}

function findInPath(program: string): string | undefined {
  const candidates = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, program));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
