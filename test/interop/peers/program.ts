// A peer that is a program: to a client, an order goes in as a line of JSON and a report comes back as one; a server tells
// its port in its first line.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Inbox, within } from '../../support/bounded-wait.js';
import { PYTHON } from '../installed.js';
import type { Order, Report } from '../order.js';

export class PythonProgram {
  private readonly lines: Inbox<string>;
  private readonly ending: Promise<unknown>;

  private constructor(private readonly child: ReturnType<typeof spawnPython>) {
    this.lines = new Inbox('a line from the program');
    this.ending = once(child, 'exit');
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => this.lines.push(line));
    lines.on('close', () => this.lines.close('it has ended'));
    // It may have ended already.
    child.stdin.on('error', () => undefined);
  }

  static start(script: string, ...values: string[]): PythonProgram {
    return new PythonProgram(spawnPython(script, values));
  }

  nextLine(): Promise<string> {
    return this.lines.next();
  }

  carryOut(order: Order): Promise<Report> {
    return this.ask<Report>(order);
  }

  /** A line of JSON for a line of JSON. */
  async ask<Answer extends object>(question: object): Promise<Answer> {
    this.child.stdin.write(`${JSON.stringify(question)}\n`);
    const answer = JSON.parse(await this.lines.next()) as Answer | { readonly error: string };
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  }

  /** It ends when there is nothing more to read. */
  async stop(): Promise<void> {
    this.child.stdin.end();
    try {
      await within(this.ending, 'the end of the program');
    } finally {
      this.child.kill('SIGKILL');
    }
  }
}

function spawnPython(script: string, values: readonly string[]) {
  return spawn(PYTHON, ['-B', resolve('test/interop/python', script), ...values], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}
