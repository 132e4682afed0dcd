// The process of one server: starts the one that is named, and tells its port, its CPU time, its memory and its profile.
//
//   node --expose-gc bench/servers/host.mjs <server> <settings as JSON>

import { setTimeout } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import { answerQuestions } from '../child-process.mjs';

const [name, settings] = process.argv.slice(2);
const collectGarbage = globalThis.Bun === undefined ? globalThis.gc : () => globalThis.Bun.gc(true);
/** What is freed in one collection may hold what only the next can free, and pages go back a little later. */
const COLLECTIONS = 4;
const COLLECTION_PAUSE_MS = 100;
let profiler;
let collections = 0;
let collectionsBefore = 0;

if (globalThis.Bun === undefined) {
  new PerformanceObserver((list) => (collections += list.getEntries().length)).observe({ entryTypes: ['gc'] });
}

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
    return { rssBeforeCollecting: before, rss: process.memoryUsage().rss, used: usedBytes() };
  },
  /** Bytes that this process has had the system write so far, and in how many calls; undefined where the system does not count. */
  written: () => {
    if (process.platform !== 'linux') return undefined;
    const [bytes, calls] = ['wchar', 'syscw'].map((name) =>
      Number(new RegExp(`${name}: (\\d+)`).exec(readFileSync('/proc/self/io', 'latin1'))[1]),
    );
    return { bytes, calls };
  },
  /** Bytes in use, from which `allocated` is counted. */
  beginAllocating: async () => {
    collectGarbage();
    // The observer hears of it later.
    await setTimeout(COLLECTION_PAUSE_MS);
    collectionsBefore = collections;
    return usedBytes();
  },
  /** Bytes in use, or undefined where garbage has been collected meanwhile. */
  endAllocating: async () => {
    const used = usedBytes();
    await setTimeout(COLLECTION_PAUSE_MS);
    return collections === collectionsBefore ? used : undefined;
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

function usedBytes() {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
