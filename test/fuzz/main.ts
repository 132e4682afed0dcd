// `npm run fuzz -- [target] [seconds] [seed]`: runs one target, or all of them in turn, for so long each (60 s), and writes
// the input that breaks one to test/fuzz/crashes/. Ends with 1 then.

import { readCorpus, writeCrash } from './corpus.js';
import { Finding, Fuzzer } from './fuzzer.js';
import { TARGETS } from './targets.js';

const BATCH = 500;
const MIB = 1024 * 1024;

async function fuzz(name: string, seconds: number, seed: number): Promise<boolean> {
  const corpus = readCorpus(name).map(([, input]) => input);
  const fuzzer = new Fuzzer(TARGETS.get(name)!, corpus, seed);
  const end = Date.now() + seconds * 1000;
  try {
    await fuzzer.replay();
    const before = process.memoryUsage.rss();
    while (Date.now() < end) await fuzzer.run(BATCH);
    const grown = Math.round((process.memoryUsage.rss() - before) / MIB);
    console.log(
      `${name}: ${fuzzer.executions} executions, ${fuzzer.outcomes} outcomes, seed ${seed}, ${grown} MiB more memory`,
    );
    return true;
  } catch (error) {
    if (!(error instanceof Finding)) throw error;
    console.error(`${name}: after ${fuzzer.executions} executions, ${writeCrash(name, error.input)}\n${error.message}`);
    return false;
  }
}

const [target, seconds = '60', seed = String(Date.now() >>> 0)] = process.argv.slice(2);
const names = target === undefined ? [...TARGETS.keys()] : [target];
if (!names.every((name) => TARGETS.has(name)) || !(Number(seconds) > 0)) {
  console.error(`usage: npm run fuzz -- [${[...TARGETS.keys()].join(' | ')}] [seconds] [seed]`);
  process.exit(2);
}
for (const name of names) {
  if (!(await fuzz(name, Number(seconds), Number(seed)))) process.exitCode = 1;
}
