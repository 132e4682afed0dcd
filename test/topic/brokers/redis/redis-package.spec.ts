// The package as it is built, in an application that has not installed ioredis, by both of its builds.

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const START = `await new RedisBroker({ url: 'redis://127.0.0.1:1' }).start({}).catch((error) => console.log(error.message));`;

describe('the package ioredis', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'without-ioredis-'));
    await mkdir(join(folder, 'node_modules/nestwire'), { recursive: true });
    await cp('dist', join(folder, 'node_modules/nestwire/dist'), { recursive: true });
    await cp('package.json', join(folder, 'node_modules/nestwire/package.json'));
    for (const name of ['rxjs', 'tslib'])
      await symlink(resolve('node_modules', name), join(folder, 'node_modules', name));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ['import', 'app.mjs', `import { RedisBroker } from 'nestwire/redis';\n${START}`],
    ['require', 'app.cjs', `const { RedisBroker } = require('nestwire/redis');\n(async () => { ${START} })();`],
    [
      'require by its CommonJS build',
      'cjs.cjs',
      `const { RedisBroker } = require('./node_modules/nestwire/dist/cjs/topic/brokers/redis/index.js');\n(async () => { ${START} })();`,
    ],
  ])('is asked for where it is missing, with %s', async (_, file, text) => {
    await writeFile(join(folder, file), text);
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, file)]);
    expect(stdout).toBe('RedisBroker needs the package ioredis: npm install ioredis\n');
  });
});
