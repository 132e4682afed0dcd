// Which version of a package is installed here.

import { readFileSync } from 'node:fs';

/** @param folder of whose node_modules, where not this package's */
export function versionOf(name, folder = new URL('../../', import.meta.url)) {
  return JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, folder), 'utf8')).version;
}
