// A sample as a person runs it: the built file, as a process of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { within } from './bounded-wait.js';

const START_LIMIT_MS = 60_000;

export class SampleProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  /** Resolves when it listens. @param settings go into its environment */
  static async start(name: string, port: number, settings?: Record<string, string>): Promise<SampleProcess> {
    // From elsewhere than the package, which a sample must not need.
    const child = spawn(process.execPath, [resolve(`build/sample/${name}/main.js`)], {
      cwd: tmpdir(),
      env: { ...process.env, ...settings, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const sample = new SampleProcess(child, port);
    try {
      await within(listening(child.stdout, port), `"listening on ${port}" from ${name}`, START_LIMIT_MS);
    } catch (error) {
      await sample.kill('SIGKILL');
      throw error;
    }
    return sample;
  }

  /** @returns the exit code, or null where the signal itself was the end */
  async kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exit = once(child, 'exit');
    child.kill(signal);
    const [code] = (await within(exit, `the end after ${signal}`, START_LIMIT_MS)) as [number | null];
    return code;
  }
}

async function listening(output: Readable, port: number): Promise<void> {
  const lines = createInterface({ input: output });
  return new Promise((fulfill, reject) => {
    lines.on('line', (line) => {
      if (line === `listening on ${port}`) fulfill();
    });
    lines.on('close', () => reject(new Error('it ended before it listened')));
  });
}
