// Python's libraries as Debian has them. Where one is not installed, what needs it is skipped with a word, and with CI=true
// that is a failure.

import { spawnSync } from 'node:child_process';
import { describeInstalled } from '../support/describe-installed.js';

/** Debian's own Python, which sees Debian's packages. */
export const PYTHON = '/usr/bin/python3';

/** `describe` for tests that need a module of Python. */
export function describeWithPython(module: string): (name: string, tests: () => void) => void {
  const isInstalled = spawnSync(PYTHON, ['-c', `import ${module}`]).status === 0;
  return describeInstalled(isInstalled, `Python's ${module}`, `python3-${module}`);
}
