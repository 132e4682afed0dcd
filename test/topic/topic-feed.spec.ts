import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { History } from '../../lib/topic/broker.js';
import { FeedBench } from './model/feed-bench.js';
import {
  at,
  complete,
  entries,
  entry,
  incomplete,
  live,
  NotingSubscriber,
  unreadable,
} from './model/noting-subscriber.js';

const MAX_HELD = 1024;
const RETRY_MS = 1_000;

function open(offset: number): FeedBench {
  const bench = new FeedBench();
  bench.feed.open(at(offset));
  return bench;
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

describe('TopicFeed', () => {
  it('passes on what follows upon the last, by whatever the offsets grow', () => {
    const bench = open(3);
    bench.deliver(4, 5);
    bench.feed.deliver(entry(9, { previous: 5 }));
    expect(bench.told).toEqual(['4: m4', '5: m5', '9: m9']);
    expect(bench.feed.position).toEqual(at(9));
    expect(bench.asked).toEqual([]);
  });

  it('passes on to all, and no more to those who have left', () => {
    const bench = open(0);
    const other = new NotingSubscriber('b');
    const subscription = bench.add(other);
    bench.deliver(1);
    bench.feed.remove(subscription);
    bench.deliver(2);
    expect(bench.told).toEqual(['1: m1', '2: m2']);
    expect(other.told).toEqual(['1: m1']);
  });

  it('passes on everything where there is no history, and says that something may be missing when interrupted', () => {
    const bench = new FeedBench();
    bench.feed.open(undefined);
    bench.feed.deliver(live('a'));
    bench.feed.deliver(live('a'));
    bench.feed.interrupted();
    bench.feed.deliver(live('b'));
    expect(bench.told).toEqual(['-: a', '-: a', 'at -', '-: b']);
    expect(bench.asked).toEqual([]);
  });

  it('leaves out what comes twice', () => {
    const bench = open(3);
    bench.deliver(4, 4, 5, 3, 4, 5, 6);
    expect(bench.told).toEqual(['4: m4', '5: m5', '6: m6']);
    expect(bench.asked).toEqual([]);
  });

  it('keeps what comes before it is open, and leaves out what was before', () => {
    const bench = new FeedBench();
    expect(bench.feed.position).toBeUndefined();
    bench.deliver(2, 3, 4, 5);
    expect(bench.told).toEqual([]);
    bench.feed.open(at(3));
    expect(bench.told).toEqual(['4: m4', '5: m5']);
  });

  it('passes on that something cannot be read', () => {
    const bench = open(3);
    bench.feed.deliver(unreadable(4));
    bench.deliver(5);
    expect(bench.told).toEqual(['at 4', '5: m5']);
  });

  it('says that something is missing, and stays where it is, when something stands nowhere', () => {
    const bench = open(3);
    bench.deliver(4);
    bench.feed.deliver({ message: undefined, position: undefined, previous: undefined });
    bench.feed.deliver(live('from nowhere'));
    bench.deliver(4, 5);
    expect(bench.told).toEqual(['4: m4', 'at 4', 'at 4', '5: m5']);
  });

  it('passes nothing on once it is closed', async () => {
    const bench = open(3);
    bench.deliver(5);
    bench.feed.close();
    bench.deliver(6);
    bench.feed.interrupted();
    await bench.answer(complete(4, 5));
    await bench.feed.refresh();
    expect(bench.told).toEqual([]);
    expect(bench.asked).toEqual([3]);
  });
});

describe('A feed that misses something', () => {
  it('reads it, and holds back what comes meanwhile', async () => {
    const bench = open(3);
    bench.deliver(4, 6, 7);
    expect(bench.told).toEqual(['4: m4']);
    expect(bench.reads[0]).toMatchObject({ topic: 'room', since: at(4) });
    await bench.answer(complete(5, 6));
    expect(bench.told).toEqual(['5: m5', '6: m6', '7: m7']);
    bench.deliver(8);
    expect(bench.told).toEqual(['8: m8']);
    expect(bench.asked).toEqual([4]);
  });

  it('says so where history has it no more, and gives what came all the same', async () => {
    const bench = open(3);
    bench.deliver(6, 7, 8);
    await bench.answer(incomplete(6));
    expect(bench.told).toEqual(['at 5', '6: m6', '7: m7', '8: m8']);
    expect(bench.feed.position).toEqual(at(8));
    expect(bench.asked).toEqual([3]);
  });

  it('says so where nothing has come', async () => {
    const bench = open(3);
    bench.feed.interrupted();
    await bench.answer(incomplete(6));
    bench.deliver(7);
    expect(bench.told).toEqual(['at 6', '7: m7']);
  });

  it('reads on where history has it no more, and knows of more than came', async () => {
    const bench = open(3);
    bench.deliver(6);
    await bench.answer(incomplete(8));
    expect(bench.told).toEqual(['at 5', '6: m6']);
    expect(bench.asked).toEqual([3, 6]);
    await bench.answer(complete(7, 8));
    bench.deliver(8, 9);
    expect(bench.told).toEqual(['7: m7', '8: m8', '9: m9']);
  });

  it('says so where a broker names one before it that is older than what was delivered', async () => {
    const bench = open(10);
    bench.feed.deliver({ ...entry(21), previous: 0 });
    await bench.answer(incomplete(21));
    expect(bench.told).toEqual(['at 20', '21: m21']);
  });

  it('says that nothing is missing where all came that history has no more', async () => {
    const bench = open(3);
    bench.feed.interrupted();
    bench.deliver(4, 5);
    await bench.answer(new Error('away'));
    jest.advanceTimersByTime(RETRY_MS);
    await bench.answer(incomplete(5));
    expect(bench.told).toEqual(['4: m4', '5: m5']);
  });

  it('reads again what is missing in what came meanwhile', async () => {
    const bench = open(3);
    bench.deliver(5, 6, 9);
    await bench.answer(complete(4, 6));
    expect(bench.told).toEqual(['4: m4', '5: m5', '6: m6']);
    bench.deliver(10);
    await bench.answer(complete(7, 9));
    expect(bench.told).toEqual(['7: m7', '8: m8', '9: m9', '10: m10']);
    expect(bench.asked).toEqual([3, 6]);
  });

  it('says what of it cannot be read', async () => {
    const bench = open(3);
    bench.deliver(6);
    await bench.answer({ entries: [entry(4), unreadable(5), entry(6)], isComplete: true, position: at(6) });
    expect(bench.told).toEqual(['4: m4', 'at 5', '6: m6']);
  });

  it('says that an epoch is over, and goes on in the next', async () => {
    const bench = open(3);
    bench.feed.interrupted();
    await bench.answer(incomplete(2, 'f'));
    for (const each of entries(1, 3, 'f')) bench.feed.deliver(each);
    expect(bench.told).toEqual(['at 2 of f', '3 of f: m3']);
  });

  it('gives what came of the next epoch, and nothing of the one before', async () => {
    const bench = open(3);
    for (const each of entries(1, 2, 'f')) bench.feed.deliver(each);
    bench.deliver(4);
    await bench.answer(new Error('away'));
    jest.advanceTimersByTime(RETRY_MS);
    bench.feed.deliver(entry(3, { epoch: 'f' }));
    await bench.answer(incomplete(2, 'f'));
    expect(bench.told).toEqual(['at 0 of f', '1 of f: m1', '2 of f: m2', 'at 2 of f', '3 of f: m3']);
    expect(bench.asked).toEqual([3, 3]);
  });

  it('says where what came does not follow upon what came before it', async () => {
    const bench = open(3);
    bench.deliver(6, 8);
    await bench.answer(new Error('away'));
    jest.advanceTimersByTime(RETRY_MS);
    await bench.answer(incomplete(8));
    expect(bench.told).toEqual(['at 5', '6: m6', 'at 7', '8: m8']);
  });

  it('does not forget what stands nowhere', async () => {
    const bench = open(3);
    bench.deliver(5);
    bench.feed.deliver(live('from nowhere'));
    await bench.answer(new Error('away'));
    jest.advanceTimersByTime(RETRY_MS);
    await bench.answer(complete(4, 5));
    expect(bench.told).toEqual(['4: m4', '5: m5', 'at 5']);
  });

  it('leaves out what is from the epoch before, and says so', async () => {
    const bench = open(3);
    bench.feed.interrupted();
    await bench.answer(incomplete(2, 'f'));
    bench.deliver(4);
    await bench.answer({ entries: [], isComplete: true, position: at(2, 'f') });
    bench.feed.deliver(entry(3, { epoch: 'f' }));
    expect(bench.told).toEqual(['at 2 of f', 'at 2 of f', '3 of f: m3']);
    expect(bench.asked).toEqual([3, '2 of f']);
  });

  it.each<[string, History, string[]]>([
    ['knows of nothing', { entries: [], isComplete: true, position: at(3) }, []],
    ['knows less than has come', complete(4, 5), ['4: m4', '5: m5']],
    ['is not complete, and knows less than has come', incomplete(5), []],
  ])('says so where history contradicts: it %s', async (_, history, told) => {
    const bench = open(3);
    bench.deliver(7);
    // What comes while history is read, it need not know.
    bench.deliver(8);
    await bench.answer(history);
    bench.deliver(9);
    expect(bench.told).toEqual([...told, 'at 6', '7: m7', '8: m8', '9: m9']);
    expect(bench.asked).toEqual([3]);
  });

  it('reads from history what is too much to wait', async () => {
    const bench = open(3);
    const last = MAX_HELD + 100;
    bench.deliver(5);
    bench.deliver(...numbers(6, last));
    await bench.answer(complete(4, 10));
    expect(bench.told).toEqual(shown(4, 10));
    expect(bench.asked).toEqual([3, 10]);
    await bench.answer(complete(11, last));
    expect(bench.told).toEqual(shown(11, last));
  });
});

describe('A feed that was interrupted', () => {
  it('reads what it may have missed', async () => {
    const bench = open(3);
    bench.feed.interrupted();
    expect(bench.asked).toEqual([3]);
    await bench.answer(complete(4, 5));
    bench.deliver(6);
    expect(bench.told).toEqual(['4: m4', '5: m5', '6: m6']);
  });

  it('says nothing where it missed nothing', async () => {
    const bench = open(3);
    bench.feed.interrupted();
    bench.deliver(4);
    await bench.answer({ entries: [], isComplete: true, position: at(3) });
    expect(bench.told).toEqual(['4: m4']);
  });

  it('reads when it is open, if it was not yet', async () => {
    const bench = new FeedBench();
    bench.feed.interrupted();
    bench.deliver(4);
    expect(bench.asked).toEqual([]);
    bench.feed.open(at(3));
    expect(bench.asked).toEqual([3]);
    await bench.answer(complete(4, 6));
    expect(bench.told).toEqual(['4: m4', '5: m5', '6: m6']);
  });

  it('reads again when that happened while it read', async () => {
    const bench = open(3);
    bench.deliver(5);
    bench.feed.interrupted();
    bench.feed.interrupted();
    await bench.answer(complete(4, 5));
    expect(bench.asked).toEqual([3, 5]);
    await bench.answer(complete(6, 6));
    bench.deliver(7);
    expect(bench.told).toEqual(['4: m4', '5: m5', '6: m6', '7: m7']);
    expect(bench.asked).toEqual([3, 5]);
  });

  it('knows where the topic stands when it has asked', async () => {
    const bench = open(3);
    let isRefreshed = false;
    const refreshed = bench.feed.refresh().then(() => (isRefreshed = true));
    await Promise.resolve();
    expect(isRefreshed).toBe(false);
    await bench.answer(incomplete(7, 'f'));
    await refreshed;
    expect(bench.feed.position).toEqual(at(7, 'f'));
  });
});

describe('A feed whose history cannot be read', () => {
  it('says so, and tries again after a while, with all that came', async () => {
    const bench = open(3);
    bench.deliver(5);
    await bench.answer(new Error('away'));
    expect(bench.failures).toEqual(['The history of a topic could not be read: topic "room": away']);
    bench.deliver(6);
    jest.advanceTimersByTime(RETRY_MS - 1);
    expect(bench.asked).toEqual([3]);
    jest.advanceTimersByTime(1);
    await bench.answer(new Error('still away'));
    bench.deliver(7);
    jest.advanceTimersByTime(RETRY_MS);
    expect(bench.asked).toEqual([3, 3, 3]);
    bench.deliver(8);
    await bench.answer(complete(4, 7));
    expect(bench.told).toEqual(['4: m4', '5: m5', '6: m6', '7: m7', '8: m8']);
  });

  it('does not forget what came before when it says later what is missing', async () => {
    const bench = open(3);
    bench.deliver(7);
    await bench.answer(new Error('away'));
    jest.advanceTimersByTime(RETRY_MS);
    await bench.answer({ entries: [], isComplete: true, position: at(3) });
    expect(bench.told).toEqual(['at 6', '7: m7']);
  });

  it('tries at once when the connection is there again', async () => {
    const bench = open(3);
    bench.deliver(5);
    await bench.answer(new Error('away'));
    bench.feed.interrupted();
    expect(bench.asked).toEqual([3, 3]);
    await bench.answer(complete(4, 5));
    expect(bench.told).toEqual(['4: m4', '5: m5']);
    expect(bench.asked).toEqual([3, 3]);
  });

  it('tries no more when it is closed', async () => {
    const bench = open(3);
    bench.deliver(5);
    await bench.answer(new Error('away'));
    bench.feed.close();
    expect(jest.getTimerCount()).toBe(0);
    bench.feed.interrupted();
    expect(bench.asked).toEqual([3]);
  });

  it('says nothing of it when it is closed meanwhile', async () => {
    const bench = open(3);
    bench.deliver(5);
    bench.feed.close();
    await bench.answer(new Error('away'));
    expect(bench.failures).toEqual([]);
  });

  it('holds a bounded number of entries, whatever comes', async () => {
    const bench = open(0);
    const last = 3 * MAX_HELD;
    bench.deliver(...numbers(2, last));
    await bench.answer(new Error('away'));
    bench.deliver(...numbers(last + 1, 2 * last));
    jest.advanceTimersByTime(RETRY_MS);
    bench.deliver(2 * last + 1);
    await bench.answer(complete(1, 2 * last));
    expect(bench.told).toEqual(shown(1, 2 * last + 1));
  });

  it.each([
    ['line\nbreak', '"line\\nbreak"'],
    ['x'.repeat(1_000), `"${'x'.repeat(79)}…`],
  ])('names the topic so that it can stand in a log', async (topic, name) => {
    const bench = new FeedBench(topic);
    bench.feed.open(at(3));
    bench.feed.interrupted();
    await bench.answer(new Error('away'));
    expect(bench.failures).toEqual([`The history of a topic could not be read: topic ${name}: away`]);
    bench.feed.close();
  });
});

describe('A feed whose subscribers publish', () => {
  it('passes on to all in the same order', async () => {
    const bench = open(0);
    const other = new NotingSubscriber('b');
    bench.add(other);
    bench.subscriber.onTold = (what) => {
      if (what === '1: m1') bench.deliver(2, 3);
      if (what === '2: m2') bench.deliver(4);
    };
    bench.deliver(1);
    expect(other.told).toEqual(['1: m1', '2: m2', '3: m3', '4: m4']);
    expect(bench.told).toEqual(other.told);

    bench.subscriber.onTold = (what) => what === '6: m6' && bench.deliver(8);
    bench.deliver(7);
    await bench.answer(complete(5, 7));
    expect(bench.told).toEqual(['5: m5', '6: m6', '7: m7', '8: m8']);
    expect(bench.asked).toEqual([4]);
  });

  it('says what is too much to wait where there is no history, before it goes on', () => {
    const bench = new FeedBench();
    bench.feed.open(undefined);
    bench.subscriber.onTold = (what) => {
      if (what === '-: first') for (const i of numbers(1, MAX_HELD + 1)) bench.feed.deliver(live(`${i}`));
    };
    bench.feed.deliver(live('first'));
    expect(bench.told).toEqual(['-: first', 'at -', `-: ${MAX_HELD + 1}`]);
  });

  it('may be interrupted and closed meanwhile', async () => {
    const bench = open(0);
    bench.subscriber.onTold = (what) => {
      if (what === '1: m1') bench.feed.interrupted();
      if (what === '3: m3') bench.feed.close();
    };
    bench.deliver(1);
    expect(bench.asked).toEqual([1]);
    await bench.answer(complete(2, 2));
    bench.deliver(3, 4);
    expect(bench.told).toEqual(['1: m1', '2: m2', '3: m3']);
  });
});

describe('A feed with a subscriber that throws', () => {
  const withThrowing = (offset: number, when: string): { bench: FeedBench; throwing: NotingSubscriber } => {
    const bench = open(offset);
    const [ordinary] = bench.feed.subscriptions;
    bench.feed.remove(ordinary!);
    const throwing = new NotingSubscriber('b');
    throwing.onTold = (what) => {
      if (what === when) throw new Error(`not ${what}`);
    };
    bench.add(throwing);
    bench.feed.add(ordinary!);
    return { bench, throwing };
  };

  it('tells all others, reports it, and says to the one that it missed something', () => {
    const { bench, throwing } = withThrowing(0, '1: m1');
    bench.deliver(1, 2);
    expect(bench.told).toEqual(['1: m1', '2: m2']);
    expect(throwing.told).toEqual(['1: m1', 'at 1', '2: m2']);
    expect(bench.failures).toEqual(['A subscriber of a topic failed: not 1: m1']);
  });

  it.each([
    ['a message of history', '5: m5', complete(4, 6)],
    ['a gap', 'at 5', incomplete(6)],
  ])('goes on when it is told of %s', async (_, when, history) => {
    const { bench, throwing } = withThrowing(3, when);
    bench.deliver(6);
    await bench.answer(history);
    bench.deliver(7);
    expect(bench.told.slice(-2)).toEqual(['6: m6', '7: m7']);
    expect(throwing.told.slice(-2)).toEqual(['6: m6', '7: m7']);
    expect(bench.failures).toHaveLength(1);
  });
});

describe('A feed that somebody comes to while it tells others', () => {
  it.each([
    ['with history', at(0), entry(1), ['1: m1']],
    ['without', undefined, live('a'), ['-: a']],
  ])('gives them what comes afterwards, %s', (_, position, first, told) => {
    const bench = new FeedBench();
    bench.feed.open(position);
    const come = (): void => {
      // Whoever waits for one message at a time comes again with each.
      if (bench.feed.subscriptions.size > 10) throw new Error('there is no end to it');
      const next = new NotingSubscriber(`${bench.feed.subscriptions.size}`);
      next.onTold = (what) => what.includes(':') && come();
      bench.add(next).begin(bench.feed.position);
    };
    bench.subscriber.onTold = come;
    bench.feed.deliver(first);
    expect(bench.told).toEqual(told);
    expect(bench.feed.subscriptions.size).toBe(2);
    expect(bench.failures).toEqual([]);
  });

  it.each(['a message', 'a gap'])('though others leave meanwhile, without history, when %s is told', (what) => {
    const bench = new FeedBench();
    bench.feed.open(undefined);
    const leaving = new NotingSubscriber('leaving');
    const subscription = bench.add(leaving);
    const coming = new NotingSubscriber('coming');
    bench.subscriber.onTold = () => {
      bench.subscriber.onTold = () => {};
      bench.feed.remove(subscription);
      bench.add(coming).begin(undefined);
    };
    if (what === 'a gap') bench.feed.interrupted();
    else bench.feed.deliver(live('a'));
    expect(leaving.told).toEqual([]);
    expect(coming.take()).toEqual(['at -']);
    bench.feed.deliver(live('b'));
    expect(coming.told).toEqual(['-: b']);
  });
});

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function shown(first: number, last: number): string[] {
  return numbers(first, last).map((offset) => `${offset}: m${offset}`);
}
