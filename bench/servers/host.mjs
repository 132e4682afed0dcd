// The process of one server: starts the one that is named, and tells its port, its CPU time, its memory and its profile.
//
//   node --expose-gc bench/servers/host.mjs <server> <settings as JSON>

import { setTimeout } from 'node:timers/promises';
import { answerQuestions } from '../child-process.mjs';

const [name, settings] = process.argv.slice(2);
const collectGarbage = globalThis.Bun === undefined ? globalThis.gc : () => globalThis.Bun.gc(true);
/** What is freed in one collection may hold what only the next can free, and pages go back a little later. */
const COLLECTIONS = 4;
const COLLECTION_PAUSE_MS = 100;
let profiler;

answerQuestions({
  /** @returns {Promise<{ port: number, version: string }>} */
  start: async () => (await import(`./${name}.mjs`)).serve(JSON.parse(settings)),
  /** Microseconds of all its threads since the start of the process. */
  cpu: () => process.cpuUsage(),
  /** Bytes: resident now and at most, and on the heap with everything the heap holds on to. */
  memory: async () => {
    const before = process.memoryUsage().rss;
    for (let i = 0; i < COLLECTIONS; i++) {
      collectGarbage();
      await setTimeout(COLLECTION_PAUSE_MS);
    }
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rssBeforeCollecting: before, rss, used: heapUsed + external };
  },
  startProfile: async () => {
    const { Session } = await import('node:inspector/promises');
    profiler = new Session();
    profiler.connect();
    await profiler.post('Profiler.enable');
    await profiler.post('Profiler.start');
  },
  stopProfile: async () => (await profiler.post('Profiler.stop')).profile,
});
