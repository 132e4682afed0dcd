// The process of one server: starts the one that is named, and tells its port, its CPU time and its memory.
//
//   node bench/servers/host.mjs <server> <settings as JSON>

import { answerQuestions } from '../child-process.mjs';

const [name, settings] = process.argv.slice(2);

answerQuestions({
  /** @returns {Promise<{ port: number, version?: string }>} */
  start: async () => (await import(`./${name}.mjs`)).serve(JSON.parse(settings)),
  /** Microseconds since the start of the process, of all its threads. */
  cpu: () => process.cpuUsage(),
  memory: () => {
    for (let i = 0; i < 4; i++) globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rss, used: heapUsed + external };
  },
});
