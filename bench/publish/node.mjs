// One node that publishes as fast as its broker confirms, so many messages under way at a time, and is subscribed to every topic, as
// nodes are.

import 'reflect-metadata';
import { answerQuestions } from '../child-process.mjs';
import { importNestwire, makeBroker } from '../make-broker.mjs';

const DATA = { text: 'The quick brown fox jumps over the lazy dog. '.repeat(2).slice(0, 64) };

let topics;
let names;

answerQuestions({
  start: async (kind, url, topicCount) => {
    const { Topics } = await importNestwire();
    topics = new Topics({ broker: await makeBroker(kind, url) });
    await topics.start();
    names = Array.from({ length: topicCount }, (_, i) => `rate/${i}`);
    const heard = new Set();
    for (const name of names) topics.messages(name).subscribe(() => heard.add(name));
    // It is subscribed when its own come back.
    await until(async () => {
      await Promise.all(names.map((name) => topics.publish(name, 'first')));
      return heard.size === names.length;
    });
  },
  round: async (depth, durationMs) => {
    const deadline = performance.now() + durationMs;
    const start = performance.now();
    const before = process.cpuUsage();
    let confirmed = 0;
    const publishOn = async (which) => {
      for (let i = which; performance.now() < deadline; i += depth) {
        await topics.publish(names[i % names.length], 'rate', DATA);
        confirmed++;
      }
    };
    await Promise.all(Array.from({ length: depth }, (_, which) => publishOn(which)));
    const { user, system } = process.cpuUsage(before);
    return { confirmed, wallMs: performance.now() - start, cpuUs: user + system };
  },
});

async function until(isTrue) {
  while (!(await isTrue())) await new Promise((resolve) => setImmediate(resolve));
}
