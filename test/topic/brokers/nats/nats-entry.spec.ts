// `nestwire/nats` as the package gives it: to import and to require, and where its optional peers are not installed. Processes of
// their own, over what was built.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describeWithNats, NatsServer } from '../../../support/nats-server.js';

const run = promisify(execFile);
const require = createRequire(resolve('package.json'));

/** Says what becomes of a broker that is started. */
const STARTING = `
  const url = process.argv[2];
  const sink = { deliver() {}, interrupted() {}, membersOf: () => [], failed() {} };
  const starts = async (jetstream) => {
    const broker = new NatsBroker({ servers: url, jetstream });
    try {
      await broker.start(sink);
      return 'started';
    } catch (error) {
      return error.message;
    } finally {
      await broker.close();
    }
  };
  starts(false).then(async (live) => console.log(JSON.stringify([live, await starts(true)])));
`;

describe('nestwire/nats', () => {
  let folder: string;

  /** An application with the package, and with packages that are installed here. */
  async function install(name: string, packages: readonly string[]): Promise<string> {
    const application = join(folder, name);
    const modules = join(application, 'node_modules');
    await cp('dist', join(modules, 'nestwire/dist'), { recursive: true });
    await cp('package.json', join(modules, 'nestwire/package.json'));
    for (const each of packages) {
      await mkdir(dirname(join(modules, each)), { recursive: true });
      await symlink(resolve('node_modules', each), join(modules, each));
    }
    await writeFile(join(application, 'main.mjs'), `import { NatsBroker } from 'nestwire/nats';${STARTING}`);
    await writeFile(join(application, 'main.cjs'), `const { NatsBroker } = require('nestwire/nats');${STARTING}`);
    const build = `const { NatsBroker } = require(${JSON.stringify('./node_modules/nestwire/dist/cjs/topic/brokers/nats/index.js')});`;
    await writeFile(join(application, 'build.cjs'), `${build}${STARTING}`);
    return application;
  }

  async function outcome(application: string, file: string, url: string): Promise<unknown> {
    const { stdout } = await run(process.execPath, [join(application, file), url]);
    return JSON.parse(stdout);
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nestwire-entry-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('exports the broker', () => {
    expect(Object.keys(require('nestwire/nats') as object)).toEqual(['NatsBroker']);
  });

  it('says which package is missing', async () => {
    const application = await install('without', ['rxjs', 'tslib']);
    for (const file of ['main.mjs', 'main.cjs', 'build.cjs']) {
      const missing = expect.stringContaining('npm install @nats-io/transport-node');
      expect(await outcome(application, file, 'nats://127.0.0.1:1')).toEqual([missing, missing]);
    }
  });

  describeWithNats('with a server', () => {
    let server: NatsServer;

    beforeAll(async () => {
      server = await NatsServer.start();
    });
    afterAll(() => server.close());

    it.each(['main.mjs', 'main.cjs', 'build.cjs'])('starts: %s', async (file) => {
      const application = await install(file, ['rxjs', 'tslib', '@nats-io/transport-node', '@nats-io/jetstream']);
      expect(await outcome(application, file, server.url)).toEqual(['started', 'started']);
    });

    it('says that JetStream needs a package of its own', async () => {
      const application = await install('live', ['rxjs', 'tslib', '@nats-io/transport-node']);
      for (const file of ['main.mjs', 'main.cjs', 'build.cjs']) {
        const missing = expect.stringContaining('npm install @nats-io/jetstream');
        expect(await outcome(application, file, server.url)).toEqual(['started', missing]);
      }
    });
  });
});
