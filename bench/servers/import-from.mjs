// A package as a given module would import it: a build and its application must share one Nest.

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

export const importFrom = (module, name) => import(pathToFileURL(createRequire(module).resolve(name)).href);
