// A node that publishes as fast as it may, until it is killed: each number to two topics. Says which were confirmed.
import { NatsBroker } from 'nestwire/nats';

const [url, jetstream] = process.argv.slice(2);
const broker = new NatsBroker({ servers: url, jetstream: jetstream === 'true' });
await broker.start({ deliver() {}, interrupted() {}, membersOf: () => [{ id: 'member' }], failed: console.error });

for (let number = 1; ; number++) {
  const body = JSON.stringify({ event: 'count', data: number });
  const deadline = performance.now() + 5_000;
  void broker.publish('room', { body }, deadline).then(() => process.stdout.write(`${number}\n`));
  if (number % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
