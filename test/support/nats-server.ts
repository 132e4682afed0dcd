// Real NATS servers for specs, each a process on a port of its own with a folder of its own, both kept when it is killed and started
// again. Where nats-server is not installed, what needs it is skipped with a word, and with CI=true that is a failure.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { within } from './bounded-wait.js';
import { describeInstalled } from './describe-installed.js';
import { freePort } from './free-port.js';

const PROGRAM = 'nats-server';

/** `describe` for what needs a NATS server. */
export const describeWithNats = describeInstalled(spawnSync(PROGRAM, ['--version']).status === 0, PROGRAM, PROGRAM);

export interface NatsServerOptions {
  /** @default true */
  readonly jetstream?: boolean;
  /** What else its configuration says. */
  readonly settings?: string;
}

export class NatsServer {
  readonly port: number;
  private readonly folder: string;
  private child: ChildProcess | undefined;

  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const server = new NatsServer(await freePort(), await mkdtemp(join(tmpdir(), 'nestwire-nats-')));
    const { jetstream = true, settings = '' } = options;
    const storing = jetstream ? `jetstream: { store_dir: "${server.folder}" }\n` : '';
    await writeFile(server.settings, `listen: "127.0.0.1:${server.port}"\n${storing}${settings}`);
    await server.run();
    return server;
  }

  private constructor(port: number, folder: string) {
    this.port = port;
    this.folder = folder;
    this.child = undefined;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Again, where it was killed. Resolves when it takes connections. */
  async run(): Promise<void> {
    const child = spawn(PROGRAM, ['--config', this.settings], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child = child;
    await within(ready(child), `${PROGRAM} to be ready`);
  }

  /** Nothing is said goodbye to. What it stored stays. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    this.child = undefined;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await within(exit, `the end of ${PROGRAM}`);
  }

  /** It stays connected and does nothing, until `resume`. */
  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  /** What it stored is gone. Only while it is not running. */
  async forget(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Notes what it has stored. Only while it is not running. */
  async save(): Promise<void> {
    await cp(this.folder, this.saved, { recursive: true });
  }

  /** It has stored what it had when that was noted. Only while it is not running. */
  async restore(): Promise<void> {
    await this.forget();
    await cp(this.saved, this.folder, { recursive: true });
  }

  async close(): Promise<void> {
    await this.kill();
    await this.forget();
    await rm(this.saved, { recursive: true, force: true });
    await rm(this.settings, { force: true });
  }

  private get settings(): string {
    return `${this.folder}.conf`;
  }

  private get saved(): string {
    return `${this.folder}-saved`;
  }
}

async function ready(child: ChildProcess): Promise<void> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stderr! })) {
    lines.push(line);
    if (!line.endsWith('Server is ready')) continue;
    // Unread, its log would stop it.
    child.stderr!.resume();
    return;
  }
  throw new Error(`${PROGRAM} ended: ${lines.join('\n')}`);
}
