// A process that answers questions: what `parent` asks it over IPC, and what `child` does with a question. Whoever dies
// unasked fails every question that is open and every one that is asked afterwards.

import { spawn } from 'node:child_process';

/** Longer than any question takes; whoever does not answer by then has lost something. */
const PATIENCE_MS = 120_000;

export class ChildProcess {
  /**
   * @param command the program and its arguments
   * @param core the number of the processor core it may use, or undefined for any
   */
  constructor(name, command, core) {
    this.name = name;
    this.open = new Map();
    this.lastId = 0;
    this.death = undefined;
    this.isStopping = false;
    const [program, ...args] = core === undefined ? command : ['taskset', '-c', String(core), ...command];
    // Bun speaks JSON over IPC, and not Node's own serialization.
    this.process = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'json' });
    this.process.on('message', ({ id, result, error }) => {
      const { resolve, reject } = this.open.get(id);
      this.open.delete(id);
      if (error === undefined) resolve(result);
      else reject(new Error(`${this.name}: ${error}`));
    });
    this.process.on('error', (error) => this.die(error.message));
    this.exit = new Promise((resolve) => {
      this.process.on('exit', (code, signal) => {
        if (!this.isStopping) this.die(`ended by itself (${signal ?? code})`);
        resolve();
      });
    });
  }

  ask(question, ...args) {
    if (this.death !== undefined) return Promise.reject(this.death);
    const id = ++this.lastId;
    const timer = setTimeout(() => this.die(`no answer to "${question}" for ${PATIENCE_MS / 1000} s`), PATIENCE_MS);
    return new Promise((resolve, reject) => {
      this.open.set(id, { resolve, reject });
      this.process.send({ id, question, args });
    }).finally(() => clearTimeout(timer));
  }

  /** @param signal one that lets it write its profile, say */
  async stop(signal = 'SIGKILL') {
    this.isStopping = true;
    this.process.kill(signal);
    await this.exit;
  }

  die(reason) {
    this.death = new Error(`${this.name}: ${reason}`);
    for (const { reject } of this.open.values()) reject(this.death);
    this.open.clear();
  }
}

/** In the child: answers each question with what the function of its name returns. */
export function answerQuestions(answers) {
  const answer = async ({ id, question, args }) => {
    try {
      process.send({ id, result: await answers[question](...args) });
    } catch (error) {
      process.send({ id, error: error?.stack ?? String(error) });
    }
  };
  process.on('message', (message) => void answer(message));
  // Without its parent it has nothing to do.
  process.on('disconnect', () => process.exit());
}
