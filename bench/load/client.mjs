// The process of the load: makes one kind of load on one server, round by round, and tells what came of it and what it cost
// this process, so that whoever reads the table sees that the client was not what held the server back.

import { performance } from 'node:perf_hooks';
import { answerQuestions } from '../child-process.mjs';

let load;

answerQuestions({
  /** @param kind a file of this folder that exports `prepare` */
  prepare: async (kind, options) => {
    load = await (await import(`./${kind}.mjs`)).prepare(options);
  },
  round: async (durationMs) => {
    const before = process.cpuUsage();
    const start = performance.now();
    const messages = await load.round(durationMs);
    const wallMs = performance.now() - start;
    const { user, system } = process.cpuUsage(before);
    return { messages, wallMs, cpuUs: user + system };
  },
  /** Something that only one kind of load can do. */
  tell: (question, ...args) => load[question](...args),
});
