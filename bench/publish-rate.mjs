// How many messages a second each broker takes and confirms: from one node and from three, each with so many under way. Servers are
// started on free ports; what is not installed is left out.
//
//   npm run build && node bench/publish-rate.mjs

import { fileURLToPath } from 'node:url';
import { BrokerServer, reasonOfAbsence } from './broker-server.mjs';
import { ChildProcess } from './child-process.mjs';
import { digits, markdownTable } from './report/markdown.mjs';
import { median } from './report/statistics.mjs';

const NODES = [1, 3];
const DEPTH = 100;
const TOPICS = 10;
const ROUNDS = 3;
const WARM_UP_MS = 500;
const ROUND_MS = 1500;
/** By broker: what its server is. */
const BROKERS = { memory: undefined, redis: 'redis', nats: 'nats', jetstream: 'jetstream' };
const NODE = fileURLToPath(new URL('publish/node.mjs', import.meta.url));

const rows = [];
for (const [broker, kind] of Object.entries(BROKERS)) {
  const absence = kind && reasonOfAbsence(kind);
  if (absence === undefined) rows.push(...(await measureBroker(broker, kind)));
  else console.error(`${broker}: left out, ${absence}`);
}
const header = ['broker', 'nodes', 'confirmed a second, all nodes', 'CPU µs of a node each', 'mean ms until confirmed'];
console.log(markdownTable(header, rows));

async function measureBroker(broker, kind) {
  const server = kind && (await BrokerServer.begin(kind));
  try {
    const measured = [];
    // In memory, nodes know nothing of each other.
    for (const count of broker === 'memory' ? [1] : NODES)
      measured.push(await measureNodes(broker, server?.url, count));
    return measured;
  } finally {
    await server?.end();
  }
}

async function measureNodes(broker, url, count) {
  const nodes = Array.from({ length: count }, (_, i) => new ChildProcess(`${broker} ${i}`, [process.execPath, NODE]));
  const askAll = (...question) => Promise.all(nodes.map((node) => node.ask(...question)));
  try {
    await askAll('start', broker, url, TOPICS);
    await askAll('round', DEPTH, WARM_UP_MS);
    const samples = [];
    for (let i = 0; i < ROUNDS; i++) samples.push(await askAll('round', DEPTH, ROUND_MS));
    const rateOf = ({ confirmed, wallMs }) => (confirmed / wallMs) * 1000;
    const total = samples.map((round) => round.reduce((sum, node) => sum + rateOf(node), 0));
    const each = samples.flat();
    return [
      broker,
      String(count),
      digits(median(total)),
      digits(median(each.map(({ cpuUs, confirmed }) => cpuUs / confirmed))),
      // Little's law.
      digits(median(each.map(({ wallMs, confirmed }) => (wallMs * DEPTH) / confirmed))),
    ];
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
  }
}
