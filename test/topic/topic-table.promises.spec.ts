// What is promised to subscribers (docs/writing-a-broker.md), held against random scripts: whatever the broker does within its
// contract, a client that comes and goes is told everything in order, nothing twice, and of every gap.

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { encodeBody } from '../../lib/topic/topic-message.js';
import { TopicTable } from '../../lib/topic/topic-table.js';
import { JudgedClient } from './model/judged-client.js';
import { ScriptedBackend, ScriptedBroker } from './model/scripted-backend.js';

const TOPIC = 'room';
const NODES = 2;
const CLIENTS = 3;
const RETRY_MS = 1_000;
/** Once: NESTWIRE_RUNS=10000. */
const RUNS = Number(process.env['NESTWIRE_RUNS'] ?? 300);

interface World {
  readonly backend: ScriptedBackend;
  readonly brokers: readonly ScriptedBroker[];
  readonly tables: readonly TopicTable[];
  readonly clients: readonly JudgedClient[];
}

interface Kind {
  readonly hasHistory: boolean;
  readonly isImmediate: boolean;
}

type Weights = Partial<Record<keyof typeof STEPS, number>>;
type Step = readonly [what: keyof typeof STEPS, number, number];

/** What may happen; the numbers say where, and how much. */
const STEPS = {
  publish: ({ backend }: World, step: number) => publish(backend, step),
  publishExcept: ({ backend, clients }: World, step: number, who: number) =>
    publish(backend, step, clients[who % CLIENTS]!.id),
  publishUnreadable: ({ backend }: World, step: number) => backend.publish(undefined, 1 + (step % 3)),
  deliver: (world: World, node: number, count: number) => brokerOf(world, node).deliver(count),
  drop: (world: World, node: number, at: number) => brokerOf(world, node).drop(at),
  repeat: (world: World, node: number, at: number) => brokerOf(world, node).repeat(at),
  swap: (world: World, node: number, at: number) => brokerOf(world, node).swap(at),
  cut: (world: World, node: number, lost: number) => brokerOf(world, node).cut(lost),
  restore: (world: World, node: number) => brokerOf(world, node).restore(),
  progress: (world: World, node: number, at: number) => brokerOf(world, node).progress(at),
  fail: (world: World, node: number, at: number) => brokerOf(world, node).fail(at),
  trim: ({ backend }: World, keep: number) => backend.trim(keep),
  beginEpoch: ({ backend }: World, offset: number) => backend.beginEpoch(offset % 3),
  join: (world: World, who: number, node: number) => world.clients[who % CLIENTS]!.join(world.tables[node % NODES]!),
  leave: ({ clients }: World, who: number) => clients[who % CLIENTS]!.leave(),
  forget: ({ clients }: World, who: number) => clients[who % CLIENTS]!.forget(),
  wait: () => jest.advanceTimersByTime(RETRY_MS),
  settle: () => settle(),
  /** For a moment, all goes well. */
  calm: async ({ brokers }: World) => {
    for (let i = 0; i < 3; i++) {
      for (const broker of brokers) broker.goOn();
      await settle();
    }
  },
};

/** How often each is. Without history, entries are lost by the loss of the connection only. */
const COMMON = { publish: 24, publishExcept: 4, deliver: 16, progress: 24, settle: 24, calm: 12, join: 14, leave: 8 };
const WITHOUT_HISTORY = { ...COMMON, cut: 3, restore: 8, fail: 2, forget: 1 };
const WITH_HISTORY = { ...WITHOUT_HISTORY, publishUnreadable: 2, repeat: 3, swap: 3, trim: 2, beginEpoch: 1, wait: 3 };
const LEAVING_OUT = { ...WITH_HISTORY, drop: 6 };

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate', 'performance', 'Date', 'hrtime'] });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('What subscribers are promised', () => {
  it.each<[string, Weights, Kind]>([
    ['with history', WITH_HISTORY, { hasHistory: true, isImmediate: false }],
    ['with history, delivering at once', WITH_HISTORY, { hasHistory: true, isImmediate: true }],
    ['with history, leaving out entries', LEAVING_OUT, { hasHistory: true, isImmediate: false }],
    ['without history', WITHOUT_HISTORY, { hasHistory: false, isImmediate: false }],
    ['without history, delivering at once', WITHOUT_HISTORY, { hasHistory: false, isImmediate: true }],
  ])(
    'is kept %s',
    async (_, weights, kind) => {
      const scripts = fc.array(stepsOf(weights), { minLength: 20, maxLength: 120, size: 'max' });
      let recoveries = 0;
      await fc.assert(
        fc.asyncProperty(scripts, async (script) => {
          const world = createWorld(kind);
          for (const [what, one, other] of script) {
            await STEPS[what](world, one, other);
            expectNoViolation(world);
          }
          await calmDown(world);
          // What was left out is noticed by what comes next only.
          if (weights.drop === undefined) expectUpToDate(world);
          await expectLastMessage(world);
          recoveries += world.clients.reduce((sum, client) => sum + client.recoveries, 0);
          for (const client of world.clients) client.leave();
          jest.clearAllTimers();
        }),
        { numRuns: RUNS },
      );
      // The scripts reach what they are to try.
      expect(recoveries > 0).toBe(kind.hasHistory);
    },
    3_600_000,
  );
});

function stepsOf(weights: Weights): fc.Arbitrary<Step> {
  const numbers = [fc.nat(7), fc.nat(7)] as const;
  return fc.oneof(
    ...Object.entries(weights).map(([what, weight]) => ({
      weight,
      arbitrary: fc.tuple(fc.constant(what as keyof typeof STEPS), ...numbers),
    })),
  );
}

function createWorld({ hasHistory, isImmediate }: Kind): World {
  const backend = new ScriptedBackend(hasHistory);
  const brokers = Array.from({ length: NODES }, () => new ScriptedBroker(backend, TOPIC, isImmediate));
  const tables = brokers.map((broker) => {
    const table = new TopicTable(broker, { timeoutMs: 5_000, failed: () => {} });
    void broker.start(table);
    return table;
  });
  const clients = Array.from({ length: CLIENTS }, (_, i) => new JudgedClient(`client ${i}`, backend, TOPIC));
  // The first one answers to every third message, the last one leaves when it has had its fill.
  clients[0]!.onNext = () => {
    if (backend.log.length % 3 === 0) publish(backend, 1);
  };
  clients[CLIENTS - 1]!.onNext = () => {
    if (backend.log.length % 7 === 0) clients[CLIENTS - 1]!.leave();
  };
  return { backend, brokers, tables, clients };
}

function publish(backend: ScriptedBackend, step: number, except?: string): void {
  const body = encodeBody('told', backend.log.length);
  backend.publish(except === undefined ? { body } : { body, except: [except] }, 1 + (step % 3));
}

function brokerOf({ brokers }: World, node: number): ScriptedBroker {
  return brokers[node % NODES]!;
}

/** Everything has happened that follows by itself. */
async function settle(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve));
}

function expectNoViolation({ clients }: World): void {
  for (const { violations, told } of clients) {
    if (violations.length > 0) throw new Error(`${violations.join('\n')}\n\n${told.join('\n')}`);
  }
}

/** Nothing fails any more, and everything has come that comes. */
async function calmDown(world: World): Promise<void> {
  for (const client of world.clients) client.onNext = () => {};
  for (const broker of world.brokers) broker.restore();
  for (let rounds = 0; rounds === 0 || !world.brokers.every(({ isIdle }) => isIdle); rounds++) {
    if (rounds > 100) throw new Error('It goes on for ever');
    for (const broker of world.brokers) {
      broker.goOn();
    }
    await settle();
    jest.advanceTimersByTime(RETRY_MS);
    await settle();
    expectNoViolation(world);
  }
}

/** All who are there have had, or know that they missed, all that was published. */
function expectUpToDate({ clients }: World): void {
  for (const client of clients) {
    if (!client.isPresent || client.isUpToDate) continue;
    throw new Error(`${client.id} waits for something\n\n${client.told.join('\n')}`);
  }
}

async function expectLastMessage(world: World): Promise<void> {
  const { backend, clients } = world;
  // The first one shows what was left out.
  publish(backend, 1);
  await calmDown(world);
  publish(backend, 1);
  await calmDown(world);
  for (const client of clients) {
    if (!client.isPresent || client.lastSerial === backend.log.length - 1) continue;
    throw new Error(`${client.id} was not given the last message\n\n${client.told.join('\n')}`);
  }
}
