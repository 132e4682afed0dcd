// A real Redis server on a port of its own, that a test can kill, stop, start again with or without what it knew, and make the
// replica of another one. Nothing of it remains but what `end` removes.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describeInstalled } from './describe-installed.js';
import { freePort } from './free-port.js';

const PROGRAM = 'redis-server';
/** What a server says, and what a sentinel. */
const READY = /Ready to accept connections|\+monitor master/;
const START_LIMIT_MS = 20_000;

/** `describe` for tests that need the server. */
export const describeWithRedis = describeInstalled(spawnSync(PROGRAM, ['--version']).status === 0, PROGRAM, PROGRAM);

export class RedisServer {
  readonly port: number;
  private readonly folder: string;
  private readonly args: readonly string[];
  private process: ChildProcess | undefined;

  private constructor(port: number, folder: string, args: readonly string[]) {
    this.port = port;
    this.folder = folder;
    this.args = args;
    this.process = undefined;
  }

  /** @param settings as on the command line; nothing is kept on disk unless they say so */
  static async begin(...settings: string[]): Promise<RedisServer> {
    const port = await freePort();
    const folder = await mkdtemp(join(tmpdir(), 'redis-'));
    const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...settings];
    const server = new RedisServer(port, folder, args);
    await server.start();
    return server;
  }

  /** A sentinel that knows a server by the name `main`. */
  static async sentinelOf(master: RedisServer): Promise<RedisServer> {
    const port = await freePort();
    const folder = await mkdtemp(join(tmpdir(), 'redis-sentinel-'));
    const settings = join(folder, 'sentinel.conf');
    const monitor = `sentinel monitor main 127.0.0.1 ${master.port} 1`;
    const soon = `sentinel down-after-milliseconds main 500`;
    await writeFile(settings, `port ${port}\nbind 127.0.0.1\ndir ${folder}\n${monitor}\n${soon}\n`);
    const sentinel = new RedisServer(port, folder, [settings, '--sentinel']);
    await sentinel.start();
    return sentinel;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** On the same port, with what is on disk. */
  async start(): Promise<void> {
    const child = spawn(PROGRAM, this.args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.process = child;
    let log = '';
    await new Promise<void>((resolve, reject) => {
      const give = (why: string): void => reject(new Error(`${PROGRAM} ${why}:\n${log}`));
      const timer = setTimeout(() => give('did not start'), START_LIMIT_MS);
      child.once('error', reject);
      child.once('exit', () => give('ended'));
      child.stdout.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        if (READY.test(log)) {
          clearTimeout(timer);
          resolve();
        }
      });
    });
    child.stdout.removeAllListeners('data').resume();
  }

  /** At once, whatever it was doing. */
  async kill(): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (child === undefined) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** It stays connected and does nothing any more. */
  freeze(): void {
    this.process!.kill('SIGSTOP');
  }

  thaw(): void {
    this.process!.kill('SIGCONT');
  }

  /** One command, over a connection of its own. */
  async ask(command: string, ...args: (string | number)[]): Promise<unknown> {
    const client = new Redis(this.port, '127.0.0.1', { lazyConnect: true });
    try {
      await client.connect();
      return await client.call(command, ...args);
    } finally {
      client.disconnect();
    }
  }

  async end(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
