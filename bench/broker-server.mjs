// A real broker's server on a free port with a folder of its own, which can be killed and started again with what it had stored.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const START_LIMIT_MS = 20_000;
const HOST = '127.0.0.1';

const redis = (...settings) => ({
  program: 'redis-server',
  scheme: 'redis',
  ready: 'Ready to accept connections',
  args: (port, folder) => ['--port', port, '--bind', HOST, '--dir', folder, '--save', '', ...settings],
});
const nats = (...storing) => ({
  program: 'nats-server',
  scheme: 'nats',
  ready: 'Server is ready',
  args: (port, folder) => ['--addr', HOST, '--port', port, ...storing, '--store_dir', folder],
});

const KINDS = {
  redis: redis(),
  'redis-appendonly': redis('--appendonly', 'yes'),
  nats: nats(),
  jetstream: nats('--jetstream'),
};

export class BrokerServer {
  /** @param kind redis, redis-appendonly, nats or jetstream */
  static async begin(kind) {
    const server = new BrokerServer(KINDS[kind], await freePort(), await mkdtemp(join(tmpdir(), `nestwire-${kind}-`)));
    await server.start();
    return server;
  }

  constructor(kind, port, folder) {
    this.kind = kind;
    this.port = port;
    this.folder = folder;
    this.process = undefined;
    this.url = `${kind.scheme}://${HOST}:${port}`;
  }

  /** Resolves when it takes connections. */
  async start() {
    const { program, args, ready } = this.kind;
    const child = spawn(program, args(String(this.port), this.folder), { stdio: ['ignore', 'pipe', 'pipe'] });
    this.process = child;
    // However this process ends, none of its servers stays.
    const end = () => {
      child.kill('SIGKILL');
      rmSync(this.folder, { recursive: true, force: true });
    };
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    let log = '';
    await new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`${program} ${why}:\n${log}`));
      const timer = setTimeout(() => fail('was not ready in time'), START_LIMIT_MS);
      child.once('error', reject);
      child.once('exit', () => fail('ended'));
      const read = (chunk) => {
        log += chunk;
        if (!log.includes(ready)) return;
        clearTimeout(timer);
        resolve();
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
    });
    // Unread, its log would stop it.
    for (const stream of [child.stdout, child.stderr]) stream.removeAllListeners('data').resume();
  }

  /** At once, whatever it was doing. What it stored stays. */
  async kill() {
    const child = this.process;
    this.process = undefined;
    if (child === undefined) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  async end() {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** @returns why a kind of server cannot be started here, or undefined where it can */
export function reasonOfAbsence(kind) {
  const { program } = KINDS[kind];
  if (spawnSync(program, ['--version']).status === 0) return undefined;
  return `${program} is not installed: apt-get install ${program}`;
}

async function freePort() {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
