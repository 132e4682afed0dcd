// Debian's chromium-headless-shell, driven by playwright-core. Where it is not installed, what needs it is skipped with a
// word, and with CI=true that is a failure.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { describeInstalled } from './describe-installed.js';

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
export const describeInChromium = describeInstalled(executablePath !== undefined, PROGRAM, PROGRAM);

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
