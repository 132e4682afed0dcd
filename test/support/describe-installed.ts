// Tests that need a program which may not be installed: then they are skipped with a word, and with CI=true that is a failure.

import { describe, it } from '@jest/globals';

type Describe = (name: string, tests: () => void) => void;

/** `describe` where the program is installed. @param packageName what installs it on Debian */
export function describeInstalled(isInstalled: boolean, program: string, packageName: string): Describe {
  if (isInstalled) return describe;
  const sentence = `${program} is not installed: apt-get install ${packageName}`;
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
