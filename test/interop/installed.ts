// Python's libraries as Debian has them. Where one is not installed, what needs it is skipped with a word, and with CI=true
// that is a failure.

import { spawnSync } from 'node:child_process';
import { describe, it } from '@jest/globals';

/** Debian's own Python, which sees Debian's packages. */
export const PYTHON = '/usr/bin/python3';

/** `describe` for tests that need a module of Python. */
export function describeWithPython(module: string): (name: string, tests: () => void) => void {
  if (spawnSync(PYTHON, ['-c', `import ${module}`]).status === 0) return describe;
  const sentence = `Python's ${module} is not installed: apt-get install python3-${module}`;
  return (name, tests) => {
    if (process.env['CI'] === 'true') {
      it(name, () => {
        throw new Error(`${sentence} (with CI=true nothing is skipped)`);
      });
      return;
    }
    console.warn(`${name}: skipped, ${sentence}`);
    const { skip } = describe;
    skip(name, tests);
  };
}
