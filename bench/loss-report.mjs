// The loss report: three nodes, many clients that come and go, a broker that is killed three times in mid-stream, and an account of
// every message. Ends with 1 where a client lost a confirmed message without being told, got one twice, or out of order.
//
//   npm run loss-report -- [--broker redis|nats] [--messages 100000] [--clients 300] [--topics 90] [--rate 1200] [--away-s 25] [--limit-s 175]

import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BrokerServer, reasonOfAbsence } from './broker-server.mjs';
import { ChildProcess } from './child-process.mjs';
import { Epochs, Journal } from './loss/journal.mjs';
import { judge } from './loss/judgement.mjs';
import { RecoveringClient } from './loss/recovering-client.mjs';
import { markdownTable } from './report/markdown.mjs';

const NODES = 3;
const TOPICS_EACH = 3;
/** When so much of it is published, the broker is killed, and comes back after so long. */
const OUTAGES = [
  { at: 0.25, awayMs: 1000 },
  { at: 0.5, awayMs: 1500 },
  { at: 0.75, awayMs: 2000 },
];
const LOOK_MS = 100;
/** Much longer than any client stays away, and needs to come back to a machine that is busy. */
const SETTLE_MS = 90_000;
/** Connections that are cut each time, and how long those clients stay away: seldom for longer (`--away-s`) than history lasts. */
const CUTS = { everyMs: 500, clients: 3, awayMs: 1000, seldom: 0.05 };
const BROKERS = {
  redis: { broker: 'redis', server: 'redis-appendonly', name: 'Redis, appendonly yes' },
  nats: { broker: 'jetstream', server: 'jetstream', name: 'NATS JetStream, file storage' },
};

const plan = readPlan();
let cuts = 0;
const absence = reasonOfAbsence(plan.server);
if (absence === undefined) process.exitCode = (await run()) ? 0 : 1;
else {
  console.error(`No loss report: ${absence}`);
  process.exitCode = 1;
}

function readPlan() {
  const number = (value) => ({ type: 'string', default: String(value) });
  const { values } = parseArgs({
    options: {
      broker: { type: 'string', default: 'redis' },
      messages: number(100_000),
      clients: number(300),
      topics: number(90),
      rate: number(1200),
      'away-s': number(25),
      'limit-s': number(175),
    },
  });
  if (!Object.hasOwn(BROKERS, values.broker)) throw new RangeError('--broker must be redis or nats');
  const counts = ['messages', 'clients', 'topics', 'rate', 'away-s', 'limit-s'].map((name) => {
    const count = Number(values[name]);
    if (!Number.isInteger(count) || count < TOPICS_EACH) throw new RangeError(`--${name} must be a number from 3 on`);
    return [name, count];
  });
  return { ...BROKERS[values.broker], ...Object.fromEntries(counts) };
}

async function run() {
  const timer = globalThis.setTimeout(() => {
    console.error(
      `Not done within ${plan['limit-s']} s: the machine is too slow for so much; --rate and --limit-s are to be changed.`,
    );
    process.exit(1);
  }, plan['limit-s'] * 1000);
  const server = await BrokerServer.begin(plan.server);
  const nodes = Array.from({ length: NODES }, (_, i) => startNode(`node ${i}`));
  const clients = [];
  try {
    const ports = await Promise.all(nodes.map((node) => node.ask('start', plan.broker, server.url)));
    return report(await play(server, nodes, ports, clients));
  } finally {
    clearTimeout(timer);
    for (const client of clients) client.end();
    await Promise.all(nodes.map((node) => node.stop()));
    await server.end();
  }
}

function startNode(name) {
  const program = fileURLToPath(new URL('loss/node.mjs', import.meta.url));
  return new ChildProcess(name, [process.execPath, program]);
}

async function play(server, nodes, ports, clients) {
  const start = performance.now();
  const epochs = new Epochs();
  const perTopic = Math.ceil(plan.messages / plan.topics);
  const journals = [];
  for (let i = 0; i < plan.clients; i++) {
    const topicOf = (which) => (i * TOPICS_EACH + which) % plan.topics;
    const own = Array.from({ length: TOPICS_EACH }, (_, which) => new Journal(topicOf(which), perTopic + 1, epochs));
    journals.push(...own);
    clients.push(new RecoveringClient(ports, own));
  }
  await until(() => journals.every(({ begin }) => begin !== undefined));
  for (const [i, node] of nodes.entries()) {
    await node.ask('publish', plan.topics, { first: i, step: NODES, end: perTopic }, plan.rate / NODES);
  }
  const cutting = setInterval(() => cutSome(clients), CUTS.everyMs);
  const all = perTopic * plan.topics;
  const done = async () => (await Promise.all(nodes.map((node) => node.ask('progress')))).reduce((sum, n) => sum + n);
  for (const { at, awayMs } of OUTAGES) {
    await until(async () => (await done()) >= at * all);
    console.error(`${((performance.now() - start) / 1000).toFixed(0)} s: the broker is killed`);
    await server.kill();
    await setTimeout(awayMs);
    await server.start();
  }
  await until(async () => (await done()) >= all);
  clearInterval(cutting);
  const last = await nodes[0].ask('publishLast', plan.topics, perTopic);
  await settle(journals, last);
  const ledgers = await Promise.all(nodes.map((node) => node.ask('ledger')));
  const connections = clients.reduce((sum, client) => sum + client.connections, 0);
  return { ...judge(ledgers, journals, epochs), connections, seconds: (performance.now() - start) / 1000 };
}

function cutSome(clients) {
  for (let i = 0; i < CUTS.clients; i++) {
    const isSeldom = Math.random() < CUTS.seldom;
    const awayMs = isSeldom ? plan['away-s'] * 1000 : CUTS.awayMs * Math.random();
    clients[cuts++ % clients.length].cut(awayMs);
  }
}

/** @param last positions of the topics' last messages: whoever was not told so much by then is judged by what it had */
async function settle(journals, last) {
  const deadline = performance.now() + SETTLE_MS;
  await until(
    () => performance.now() > deadline || journals.every((journal) => journal.hasReached(last[journal.topic])),
  );
}

async function until(isTrue) {
  while (!(await isTrue())) await setTimeout(LOOK_MS);
}

/** @returns whether nothing is wrong */
function report(result) {
  const count = (value) => value.toLocaleString('en');
  const { published, losses } = result;
  console.log(
    `### ${plan.name}: ${NODES} nodes, ${plan.clients} clients, ${plan.topics} topics, killed ${OUTAGES.length} times\n`,
  );
  const rows = [
    ['published: confirmed', published.confirmed],
    ['published: failed for certain', published.failed],
    ['published: uncertain', published.uncertain],
    ['deliveries expected (confirmed × subscribers)', result.expected],
    ['connections of clients', result.connections],
    ['subscriptions resumed with `recovered: true`', result.recoveries],
    ['subscriptions refused meanwhile (`TOPIC_UNAVAILABLE`)', result.refused],
    ['received live', result.live],
    ['received by recovery', result.recovered],
    ['gaps reported', result.gaps],
    ['confirmed messages that lie in them', result.inGaps],
    ['**failed for certain, and received (must be 0)**', result.receivedAllTheSame],
    ['**silent losses (must be 0)**', losses.length],
    ['**duplicates (must be 0)**', result.duplicates],
    ['**out of order (must be 0)**', result.outOfOrder],
  ];
  console.log(
    markdownTable(
      ['', plan.name],
      rows.map(([what, value]) => [what, count(value)]),
    ),
  );
  console.log(`\n${result.seconds.toFixed(0)} s.`);
  for (const loss of losses.slice(0, 10)) console.log(`lost: ${JSON.stringify(loss)}`);
  return result.receivedAllTheSame + losses.length + result.duplicates + result.outOfOrder === 0;
}
