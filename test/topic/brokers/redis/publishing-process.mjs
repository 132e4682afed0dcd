// A node of its own that publishes numbers, many at a time, by the package as it is built, and tells which were confirmed.

import { RedisBroker } from 'nestwire/redis';

const [url, topic] = process.argv.slice(2);
const broker = new RedisBroker({ url });
const sink = { deliver() {}, interrupted() {}, membersOf: () => [{ id: 'of the process' }], failed: console.error };
await broker.start(sink);
for (let number = 1; ; number++) {
  const body = JSON.stringify({ event: 'told', data: number });
  const published = broker.publish(topic, { body }, performance.now() + 5_000).then(() => console.log(number));
  if (number % 50 === 0) await published;
}
