// What a million subscriptions cost: 10,000 clients in 100 topics each, and a topic with all of them. Decides nothing; it shows that
// the tables of topics grow in proportion, and that publishing does not depend on how many topics there are.
//   npm run build && node --expose-gc bench/micro/subscriptions.mjs

import { ClientTopics } from '../../dist/esm/gateway/topic/client-topics.js';
import { Topics } from '../../dist/esm/gateway/topic/topics.js';

const CLIENTS = 10_000;
const TOPICS_EACH = 100;
const TOPICS = 10_000;
const PUBLISHES = 200;

class Client {
  received = 0;

  constructor(topics) {
    this.memberships = new ClientTopics(this, topics, 0);
  }

  sendPrepared() {
    this.received++;
  }
}

const heap = () => {
  globalThis.gc();
  return process.memoryUsage().heapUsed;
};

const topics = new Topics();
await topics.start();
const clients = Array.from({ length: CLIENTS }, () => new Client(topics));

const before = heap();
let began = performance.now();
for (let i = 0; i < CLIENTS; i++) {
  for (let j = 0; j < TOPICS_EACH; j++) await clients[i].memberships.subscribe(`topic ${(i * 7 + j * 101) % TOPICS}`);
}
const million = CLIENTS * TOPICS_EACH;
const subscribing = performance.now() - began;
console.log(`subscriptions        ${million} to ${TOPICS} topics`);
console.log(`subscribing          ${((subscribing * 1000) / million).toFixed(2)} µs each`);
console.log(`memory               ${((heap() - before) / million).toFixed(0)} bytes each`);

for (const client of clients) await client.memberships.subscribe('everybody');
const publishing = async (topic, members) => {
  const start = performance.now();
  for (let i = 0; i < PUBLISHES; i++) await topics.publish(topic, 'news', i);
  const perDelivery = ((performance.now() - start) * 1e6) / (PUBLISHES * members);
  console.log(`publish to ${String(members).padEnd(9)} ${perDelivery.toFixed(0)} ns a delivery, up to the socket`);
};
await publishing('everybody', CLIENTS);
await publishing('topic 5', topics.size('topic 5'));

began = performance.now();
for (const client of clients) client.memberships.endAll();
console.log(
  `leaving              ${(((performance.now() - began) * 1000) / million).toFixed(2)} µs each; ${topics.names.length} topics are left`,
);
await topics.close();
