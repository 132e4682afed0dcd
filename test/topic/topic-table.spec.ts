import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BrokerClosedError, BrokerUnavailableError } from '../../lib/topic/broker.js';
import { MemoryBroker } from '../../lib/topic/brokers/memory.broker.js';
import type { Position } from '../../lib/topic/position.js';
import type { Subscriber } from '../../lib/topic/subscriber.js';
import { Subscription } from '../../lib/topic/subscription.js';
import { at, complete, entries, entry, incomplete, live, NotingSubscriber } from './model/noting-subscriber.js';
import { PendingBroker, turn } from './model/pending-broker.js';
import { type Member, TableBench, TIMEOUT_MS } from './model/table-bench.js';

function create(): TableBench<PendingBroker> {
  return new TableBench(new PendingBroker());
}

/** With one who is there. */
async function createOpen(position: Position): Promise<TableBench<PendingBroker> & { first: Member }> {
  const bench = create();
  const first = bench.add('first');
  await bench.broker.answer(position);
  await first.added;
  first.subscriber.take();
  return Object.assign(bench, { first });
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

describe('Who comes to a topic', () => {
  it('is told where it stands when the broker has subscribed, and what comes then', async () => {
    const bench = create();
    const { subscriber, added } = bench.add();
    bench.deliver(entry(4), entry(5));
    expect(subscriber.told).toEqual([]);
    await bench.broker.answer(at(4));
    await added;
    bench.deliver(entry(6));
    bench.table.deliver('other', entry(7));
    expect(subscriber.told).toEqual(['at 5', '6: m6']);
  });

  it('shares one call to the broker with all others', async () => {
    const bench = create();
    const members = [bench.add('a'), bench.add('b')];
    await bench.broker.answer(at(3));
    await Promise.all(members.map(({ added }) => added));
    const third = bench.add('c');
    await third.added;
    bench.deliver(entry(4));
    for (const { subscriber } of [...members, third]) expect(subscriber.told).toEqual(['at 3', '4: m4']);
    expect(bench.broker.calls).toEqual(['+room']);
    expect([...bench.table.names]).toEqual(['room']);
    expect(bench.size('room')).toBe(3);
    expect([...bench.table.subscriptionsTo('room')]).toEqual(
      [...members, third].map(({ subscription }) => subscription),
    );
  });

  it('has come at once where the broker needs no time', async () => {
    const bench = new TableBench(new MemoryBroker());
    await bench.broker.start(bench.table);
    const { subscriber, subscription } = bench.add();
    expect(subscriber.told).toEqual([expect.stringMatching(/^at 0 of /)]);
    bench.table.remove(subscription);
    expect([...bench.table.names]).toEqual([]);
  });

  it('may leave at once where the broker needs no time, and the topic is gone', async () => {
    const bench = new TableBench(new MemoryBroker({ history: false }));
    await bench.broker.start(bench.table);
    const { subscriber, subscription, added } = bench.add();
    await added;
    bench.table.remove(subscription);
    bench.broker.publish('room', { body: '{"event":"a"}' }, Infinity);
    expect(subscriber.told).toEqual(['at -']);
    expect(bench.size('room')).toBe(0);
    expect([...bench.table.subscriptionsTo('room')]).toEqual([]);
  });

  it('hears that the broker failed, and the next one asks it again', async () => {
    const bench = create();
    const members = [bench.add('a'), bench.add('b')];
    const failed = Promise.allSettled(members.map(({ added }) => added));
    await bench.broker.answer(new Error('no such luck'));
    for (const result of await failed) expect(result).toMatchObject({ reason: { message: 'no such luck' } });
    expect(bench.broker.calls).toEqual(['+room', '-room']);
    expect([...bench.table.names]).toEqual([]);

    const third = bench.add('c');
    await bench.broker.answer();
    await bench.broker.answer(at(1));
    await third.added;
    expect(bench.broker.calls).toEqual(['+room', '-room', '+room']);
    for (const { subscriber } of members) expect(subscriber.told).toEqual([]);
    expect(third.subscriber.told).toEqual(['at 1']);
  });

  it('hears that the broker takes too long, and what it does then is undone', async () => {
    const bench = create();
    const { subscriber, added } = bench.add();
    jest.advanceTimersByTime(TIMEOUT_MS);
    await expect(added).rejects.toThrow(BrokerUnavailableError);
    await expect(added).rejects.toThrow(/subscribe to a topic within 3000 ms/);
    expect(bench.broker.calls).toEqual(['+room']);
    await bench.broker.answer(at(3));
    await bench.broker.answer();
    expect(bench.broker.calls).toEqual(['+room', '-room']);
    bench.deliver(entry(4));
    expect(subscriber.told).toEqual([]);
  });

  it('hears that the broker throws, and the topic does not seem to be open', async () => {
    const bench = new TableBench(new MemoryBroker());
    await expect(bench.add().added).rejects.toThrow('The broker is closed');
    await turn();
    expect([...bench.table.names]).toEqual([]);
    await bench.broker.start(bench.table);
    const { subscription, added } = bench.add();
    await added;
    expect(bench.size('room')).toBe(1);
    bench.table.remove(subscription);
    expect(bench.failures).toEqual([]);
  });

  it('may have left before the broker has subscribed', async () => {
    const bench = create();
    const [gone, staying] = [bench.add('a'), bench.add('b')];
    bench.table.remove(gone.subscription);
    await bench.broker.answer(at(3));
    await Promise.all([gone.added, staying.added]);
    bench.deliver(entry(4));
    expect(gone.subscriber.told).toEqual([]);
    expect(staying.subscriber.told).toEqual(['at 3', '4: m4']);
    expect(bench.broker.calls).toEqual(['+room']);
  });

  it('may have left as the only one before the broker has subscribed', async () => {
    const bench = create();
    const { subscriber, subscription, added } = bench.add();
    bench.table.remove(subscription);
    bench.table.remove(subscription);
    expect(bench.broker.calls).toEqual(['+room']);
    await bench.broker.answer(at(3));
    await added;
    expect(bench.broker.calls).toEqual(['+room', '-room']);
    expect([...bench.table.names]).toEqual([]);
    expect(subscriber.told).toEqual([]);
  });
});

describe('Who leaves a topic', () => {
  it('is told nothing more, and the broker hears of the last one', async () => {
    const bench = await createOpen(at(3));
    const second = bench.add('second');
    await second.added;
    bench.table.remove(bench.first.subscription);
    bench.table.remove(bench.first.subscription);
    expect(bench.broker.calls).toEqual(['+room']);
    bench.deliver(entry(4));
    bench.table.remove(second.subscription);
    bench.deliver(entry(5));
    expect(bench.broker.calls).toEqual(['+room', '-room']);
    expect(bench.first.subscriber.told).toEqual([]);
    expect(second.subscriber.told).toEqual(['at 3', '4: m4']);
  });

  it('has left when the broker fails to unsubscribe, which is told', async () => {
    const bench = await createOpen(at(3));
    bench.table.remove(bench.first.subscription);
    await bench.broker.answer(new Error('away'));
    expect(bench.failures).toEqual(['A topic could not be unsubscribed: away']);
    expect([...bench.table.names]).toEqual([]);
  });

  it('may come back while the broker is at work: one call after the other', async () => {
    const bench = await createOpen(at(3));
    const calls = bench.broker.calls;
    bench.table.remove(bench.first.subscription);
    const second = bench.add('second');
    bench.table.remove(second.subscription);
    const third = bench.add('third');
    expect(calls).toEqual(['+room', '-room']);
    // From the subscription that ends.
    bench.deliver(entry(4));
    await bench.broker.answer();
    expect(calls).toEqual(['+room', '-room', '+room']);
    await bench.broker.answer(at(5));
    await Promise.all([second.added, third.added]);
    bench.deliver(entry(6));
    expect(third.subscriber.told).toEqual(['at 5', '6: m6']);
    expect(second.subscriber.told).toEqual([]);
    expect(calls).toEqual(['+room', '-room', '+room']);
    expect(bench.size('room')).toBe(1);
  });

  it('may come back after the broker failed to unsubscribe', async () => {
    const bench = await createOpen(at(3));
    bench.table.remove(bench.first.subscription);
    const second = bench.add('second');
    await bench.broker.answer(new Error('away'));
    await bench.broker.answer(at(7));
    await second.added;
    expect(bench.broker.calls).toEqual(['+room', '-room', '+room']);
    expect(second.subscriber.told).toEqual(['at 7']);
  });

  it('does not keep another topic waiting', async () => {
    const bench = await createOpen(at(3));
    bench.table.remove(bench.first.subscription);
    void bench.add('other', undefined, 'other');
    expect(bench.broker.calls).toEqual(['+room', '-room', '+other']);
    await bench.broker.answer();
    await bench.broker.answer(at(0));
  });
});

describe('Who comes back', () => {
  it('is given what it missed, and then what came meanwhile', async () => {
    const bench = await createOpen(at(6));
    const { subscriber, added } = bench.add('back', at(3));
    expect(bench.broker.calls).toEqual(['+room', 'room since 3']);
    bench.deliver(...entries(7, 8));
    await bench.broker.answer(complete(4, 7));
    await added;
    expect(subscriber.told).toEqual(['recovered at 3', '4: m4', '5: m5', '6: m6', '7: m7', '8: m8']);
    expect(bench.first.subscriber.told).toEqual(['7: m7', '8: m8']);
  });

  it('as the first one waits for the broker to subscribe', async () => {
    const bench = create();
    const { subscriber, added } = bench.add('back', at(3));
    await bench.broker.answer(at(4));
    await bench.broker.answer(complete(4, 4));
    await added;
    bench.deliver(entry(5));
    expect(bench.broker.calls).toEqual(['+room', 'room since 3']);
    expect(subscriber.told).toEqual(['recovered at 3', '4: m4', '5: m5']);
  });

  it('begins anew where that cannot be, and where there is no history', async () => {
    const bench = await createOpen(at(6));
    const { subscriber, added } = bench.add('back', at(3));
    await bench.broker.answer(incomplete(6));
    await added;
    expect(subscriber.told).toEqual(['at 6']);

    const without = new TableBench(new MemoryBroker({ history: false }));
    await without.broker.start(without.table);
    const other = without.add('back', at(3));
    await other.added;
    without.table.deliver('room', live('a'));
    expect(other.subscriber.told).toEqual(['at -', '-: a']);
  });

  it('from an epoch that is over begins in the one that is', async () => {
    const bench = await createOpen(at(6));
    const { subscriber, added } = bench.add('back', at(30, 'd'));
    await bench.broker.answer(incomplete(6));
    await added;
    expect(subscriber.told).toEqual(['at 6']);
  });

  it('from an epoch that this node has not heard of waits until it has', async () => {
    const bench = await createOpen(at(6));
    const { subscriber, added } = bench.add('back', at(1, 'f'));
    // A late one of the epoch before: this client may have had it elsewhere.
    bench.deliver(entry(7));
    await bench.broker.answer(complete(2, 3, 'f'));
    expect(bench.broker.calls.slice(2)).toEqual(['room since 7']);
    await bench.broker.answer(incomplete(3, 'f'));
    expect(bench.first.subscriber.take()).toEqual(['7: m7', 'at 3 of f']);
    expect(bench.broker.calls.slice(3)).toEqual(['room since 1']);
    bench.deliver(entry(4, { epoch: 'f' }));
    await bench.broker.answer(complete(2, 3, 'f'));
    await added;
    expect(subscriber.told).toEqual(['recovered at 1 of f', '2 of f: m2', '3 of f: m3', '4 of f: m4']);
  });

  it('hears that history cannot be read, and has not come', async () => {
    const bench = await createOpen(at(6));
    const { subscriber, subscription, added } = bench.add('back', at(3));
    await Promise.all([expect(added).rejects.toThrow('away'), bench.broker.answer(new Error('away'))]);
    bench.deliver(entry(7));
    expect(subscription.hasEnded).toBe(true);
    expect(subscriber.told).toEqual([]);
    expect(bench.size('room')).toBe(1);
  });

  it('hears that history takes too long', async () => {
    const bench = await createOpen(at(6));
    bench.table.remove(bench.first.subscription);
    await bench.broker.answer();
    const { added } = bench.add('back', at(3));
    await bench.broker.answer(at(6));
    jest.advanceTimersByTime(TIMEOUT_MS);
    await expect(added).rejects.toThrow(/say what was missed within 3000 ms/);
    expect(bench.broker.calls.at(-1)).toBe('-room');
    expect([...bench.table.names]).toEqual([]);
    // What comes late is for nobody.
    await bench.broker.answer(complete(4, 7));
  });

  it.each([
    ['in the epoch of the topic', complete(4, 7)],
    ['in another', incomplete(1, 'f')],
  ])('may leave while history is read %s', async (_, history) => {
    const bench = await createOpen(at(6));
    const { subscriber, subscription, added } = bench.add('back', at(3));
    bench.table.remove(subscription);
    await bench.broker.answer(history);
    await added;
    expect(subscriber.told).toEqual([]);
    expect(bench.size('room')).toBe(1);
    expect(bench.broker.calls).toEqual(['+room', 'room since 3']);
  });
});

describe('Who comes back, and waits for others who do', () => {
  const READING_AT_ONCE = 16;

  /** So many that the next one has to wait. */
  async function createBusy(): Promise<TableBench<PendingBroker> & { busy: Member[] }> {
    const bench = await createOpen(at(6));
    const busy = Array.from({ length: READING_AT_ONCE }, (_, i) => bench.add(`busy ${i}`, at(3)));
    return Object.assign(bench, { busy });
  }

  async function answerAll({ broker, busy }: { broker: PendingBroker; busy: Member[] }): Promise<void> {
    for (const _ of busy) await broker.answer(complete(4, 6));
    await Promise.all(busy.map(({ added }) => added));
  }

  it('is asked for when it is its turn', async () => {
    const bench = await createBusy();
    const { subscriber, added } = bench.add('back', at(5));
    expect(bench.broker.calls).not.toContain('room since 5');
    await answerAll(bench);
    await bench.broker.answer(complete(6, 6));
    await added;
    expect(subscriber.told).toEqual(['recovered at 5', '6: m6']);
  });

  it('may leave meanwhile: nothing is asked for it, and nothing has failed', async () => {
    const bench = await createBusy();
    const { subscriber, subscription, added } = bench.add('back', at(5));
    bench.table.remove(subscription);
    await answerAll(bench);
    await added;
    expect(bench.broker.calls).not.toContain('room since 5');
    expect(subscriber.told).toEqual([]);
  });

  it('hears that it takes too long, and does not stand in line any more', async () => {
    const bench = await createBusy();
    const { added } = bench.add('back', at(5));
    const failed = Promise.allSettled([...bench.busy, { added }].map(({ added }) => added));
    jest.advanceTimersByTime(TIMEOUT_MS);
    for (const result of await failed) {
      expect(result).toMatchObject({ reason: { message: expect.stringContaining('within 3000 ms') } });
    }
    const next = bench.add('next', at(4));
    for (const _ of bench.busy) await bench.broker.answer(complete(4, 6));
    expect(bench.broker.calls.at(-1)).toBe('room since 4');
    expect(bench.broker.calls).not.toContain('room since 5');
    await bench.broker.answer(complete(5, 6));
    await next.added;
  });
});

describe('A table that is closed', () => {
  it('ends all subscriptions, delivers nothing more, and asks the broker nothing', async () => {
    const bench = await createOpen(at(3));
    const other = bench.add('other', undefined, 'other');
    await bench.broker.answer(at(0));
    await other.added;
    const { first } = bench;
    const calls = [...bench.broker.calls];
    const ended: string[] = [];
    for (const { subscription, subscriber } of [first, other]) {
      Object.assign(subscriber, {
        ended: () => {
          ended.push(subscriber.id);
          bench.table.remove(subscription);
        },
      });
    }
    bench.table.close();
    bench.table.close();
    expect(ended).toEqual(['first', 'other']);
    bench.deliver(entry(4));
    bench.table.interrupted();
    expect([first.subscription.hasEnded, first.subscriber.told, [...bench.table.names]]).toEqual([true, [], []]);
    await turn();
    expect(bench.broker.calls).toEqual(calls);
  });

  it.each([
    ['has subscribed', at(3)],
    ['has failed', new BrokerClosedError()],
  ])('begins nothing, also when the broker %s afterwards', async (_, answer) => {
    const bench = create();
    const { subscriber, added } = bench.add();
    bench.table.close();
    await Promise.all([expect(added).rejects.toBeInstanceOf(BrokerClosedError), bench.broker.answer(answer)]);
    await expect(bench.add('late').added).rejects.toBeInstanceOf(BrokerClosedError);
    expect(subscriber.told).toEqual([]);
    expect(bench.broker.calls).toEqual(['+room']);
  });

  it('gives nothing to those who were to be told what they missed', async () => {
    const bench = await createOpen(at(6));
    const { subscriber, added } = bench.add('back', at(3));
    bench.table.close();
    await bench.broker.answer(complete(4, 6));
    await added;
    expect(subscriber.told).toEqual([]);
  });
});

describe('An interruption', () => {
  it('of all topics, or of one, makes them read what they may have missed', async () => {
    const bench = await createOpen(at(3));
    const other = bench.add('other', undefined, 'other');
    await bench.broker.answer(at(8));
    await other.added;
    bench.table.interrupted();
    expect(bench.broker.calls.slice(2)).toEqual(['room since 3', 'other since 8']);
    await bench.broker.answer(complete(4, 4));
    await bench.broker.answer(complete(9, 8));
    bench.table.interrupted('room');
    bench.table.interrupted('nobody is there');
    expect(bench.broker.calls.slice(4)).toEqual(['room since 4']);
    await bench.broker.answer(new Error('away'));
    expect(bench.failures).toEqual(['The history of a topic could not be read: topic "room": away']);
    bench.table.remove(bench.first.subscription);
    expect(bench.first.subscriber.told).toEqual(['4: m4']);
  });

  it('makes a bounded number of topics read at a time', async () => {
    const bench = create();
    const members = Array.from({ length: 100 }, (_, i) => bench.add('a', undefined, `room ${i}`));
    for (const { added } of members) {
      await bench.broker.answer(at(0));
      await added;
    }
    bench.table.interrupted();
    expect(bench.broker.calls.length - 100).toBe(16);
    for (const _ of members) await bench.broker.answer(complete(1, 1));
    expect(bench.broker.calls.length - 100).toBe(100);
    for (const { subscriber } of members) expect(subscriber.told).toEqual(['at 0', '1: m1']);
  });
});

describe('The members of a topic', () => {
  it('are those who were told that they are there, each once', async () => {
    const { table, broker } = create();
    const add = (id: string, info?: unknown): Subscription => {
      const subscription = new Subscription('room', new NotingSubscriber(id, info), table);
      void table.add(subscription);
      return subscription;
    };
    add('a');
    add('b', { name: 'Bea' });
    add('a', 'by its second subscription');
    add('b');
    const gone = add('c', 'gone');
    expect(table.membersOf('room')).toEqual([]);
    await broker.answer(at(0));
    table.remove(gone);
    const members = [
      { id: 'a', info: 'by its second subscription' },
      { id: 'b', info: { name: 'Bea' } },
    ];
    expect(table.membersOf('room')).toEqual(members);
    expect(table.membersOf('other')).toEqual([]);
  });

  it('are not the application itself', async () => {
    const bench = await createOpen(at(0));
    const application: Subscriber = { id: undefined, info: 'not a member', next() {}, subscribed() {} };
    await bench.table.add(new Subscription('room', application, bench.table));
    expect(bench.size('room')).toBe(2);
    expect(bench.table.membersOf('room')).toEqual([{ id: 'first' }]);
  });

  it('may be nameless', async () => {
    const bench = await createOpen(at(0));
    expect(bench.table.membersOf('room')).toEqual([{ id: 'first' }]);
    expect(Object.keys(bench.table.membersOf('room')[0]!)).toEqual(['id']);
  });
});
