import { describe, expect, it, jest } from '@jest/globals';
import { Subscription } from '../../lib/topic/subscription.js';
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

function create(): { subscriber: NotingSubscriber; subscription: Subscription; failures: unknown[] } {
  const subscriber = new NotingSubscriber('a');
  const failures: unknown[] = [];
  const sink = { failed: (what: string, error: unknown) => failures.push([what, error]) };
  return { subscriber, subscription: new Subscription('room', subscriber, sink), failures };
}

function begun(offset: number): ReturnType<typeof create> {
  const made = create();
  made.subscription.begin(at(offset));
  made.subscriber.take();
  return made;
}

describe('Subscription', () => {
  it('begins where it is told, and gives what comes after it', () => {
    const { subscriber, subscription } = create();
    subscription.begin(at(3));
    for (const each of entries(2, 5)) subscription.deliver(each);
    expect(subscriber.told).toEqual(['at 3', '4: m4', '5: m5']);
    expect(subscription).toMatchObject({ topic: 'room', subscriber, hasEnded: false });
  });

  it('gives everything where there is no history', () => {
    const { subscriber, subscription } = create();
    subscription.begin(undefined);
    subscription.deliver(live('a'));
    subscription.lose(undefined);
    subscription.deliver(live('a'));
    expect(subscriber.told).toEqual(['at -', '-: a', 'at -', '-: a']);
  });

  it('gives nothing twice', () => {
    const { subscriber, subscription } = begun(0);
    for (const offset of [1, 1, 2, 1, 3, 2, 3]) subscription.deliver(entry(offset));
    expect(subscriber.told).toEqual(['1: m1', '2: m2', '3: m3']);
  });

  it('leaves out what is not for it', () => {
    const { subscriber, subscription } = begun(0);
    subscription.deliver(entry(1, { except: ['b', 'a'] }));
    subscription.deliver(entry(2, { except: ['b'] }));
    subscription.deliver(entry(3, { except: [] }));
    expect(subscriber.told).toEqual(['2: m2', '3: m3']);
  });

  it('says where something cannot be read', () => {
    const { subscriber, subscription } = begun(0);
    subscription.deliver(unreadable(1));
    subscription.deliver(entry(2));
    expect(subscriber.told).toEqual(['at 1', '2: m2']);
  });

  it('says where something was lost', () => {
    const { subscriber, subscription } = begun(5);
    subscription.lose(at(9));
    subscription.deliver(entry(9));
    subscription.deliver(entry(10));
    // It may be that it was lost at the very end.
    subscription.lose(at(10));
    // Of another epoch, numbers say nothing.
    subscription.lose(at(2, 'f'));
    subscription.deliver(entry(3, { epoch: 'f' }));
    expect(subscriber.told).toEqual(['at 9', '10: m10', 'at 10', 'at 2 of f', '3 of f: m3']);
  });

  it('says nothing of what others lost and it had', () => {
    const { subscriber, subscription } = begun(5);
    subscription.lose(at(4));
    subscription.deliver(entry(5));
    subscription.deliver(entry(6));
    expect(subscriber.told).toEqual(['6: m6']);
  });

  it('tells nothing more when it has ended', () => {
    const { subscriber, subscription } = begun(0);
    subscription.end();
    subscription.deliver(entry(1));
    subscription.deliver(unreadable(2));
    subscription.lose(at(9));
    expect(subscriber.told).toEqual([]);
    expect(subscription.hasEnded).toBe(true);
  });

  it('tells its subscriber once that it has ended', () => {
    const { subscriber, subscription } = begun(0);
    const ended = jest.fn();
    Object.assign(subscriber, { ended });
    subscription.deliver(entry(1));
    expect(ended).not.toHaveBeenCalled();
    subscription.end();
    subscription.end();
    expect(ended).toHaveBeenCalledTimes(1);
  });
});

describe('A subscription whose subscriber throws', () => {
  function throwing(when: string): ReturnType<typeof create> {
    const made = create();
    made.subscriber.onTold = (what) => {
      if (what === when) throw new Error(when);
    };
    return made;
  }
  const failure = (when: string): unknown => ['A subscriber of a topic failed', new Error(when)];

  it('says that it missed what it did not take', () => {
    const { subscriber, subscription, failures } = throwing('1: m1');
    subscription.begin(at(0));
    for (const each of entries(1, 2)) subscription.deliver(each);
    expect(subscriber.told).toEqual(['at 0', '1: m1', 'at 1', '2: m2']);
    expect(failures).toEqual([failure('1: m1')]);
  });

  it('says nothing more when that was its end', () => {
    const { subscriber, subscription } = begun(0);
    subscriber.onTold = () => {
      subscription.end();
      throw new Error('and leaves');
    };
    subscription.deliver(entry(1));
    expect(subscriber.told).toEqual(['1: m1']);
  });

  it.each(['at 0', '5: m5', '7: m7', 'recovered at 3'])('goes on, told "%s"', (when) => {
    const { subscriber, subscription, failures } = throwing(when);
    subscription.begin(at(0));
    subscription.hold();
    subscription.deliver(entry(7));
    subscription.recover(at(3), complete(4, 6));
    subscription.deliver(entry(8));
    expect(subscriber.told.slice(-1)).toEqual(['8: m8']);
    expect(failures).toEqual([failure(when)]);
  });

  it('has ended all the same', () => {
    const { subscriber, subscription, failures } = begun(0);
    const ended = (): never => {
      throw new Error('ended');
    };
    Object.assign(subscriber, { ended });
    subscription.end();
    expect(subscription.hasEnded).toBe(true);
    expect(failures).toEqual([failure('ended')]);
  });
});

describe('A subscription that recovers', () => {
  function recovering(): ReturnType<typeof create> {
    const made = create();
    made.subscription.hold();
    return made;
  }

  it('goes on where it was: first history, then what came meanwhile', () => {
    const { subscriber, subscription } = recovering();
    for (const each of entries(5, 8)) subscription.deliver(each);
    expect(subscriber.told).toEqual([]);
    subscription.recover(at(3), complete(4, 6));
    subscription.deliver(entry(9));
    expect(subscriber.take()).toEqual(['recovered at 3', '4: m4', '5: m5', '6: m6', '7: m7', '8: m8', '9: m9']);
  });

  it('goes on where it was when nothing came since', () => {
    const { subscriber, subscription } = recovering();
    subscription.recover(at(3), { entries: [], isComplete: true, position: at(3) });
    subscription.deliver(entry(3));
    subscription.deliver(entry(4));
    expect(subscriber.told).toEqual(['recovered at 3', '4: m4']);
  });

  it('begins anew where history is not complete', () => {
    const { subscriber, subscription } = recovering();
    for (const each of entries(5, 8)) subscription.deliver(each);
    subscription.recover(at(3), incomplete(6));
    expect(subscriber.told).toEqual(['at 6', '7: m7', '8: m8']);
  });

  it('says what history has and cannot be read', () => {
    const { subscriber, subscription } = recovering();
    subscription.deliver(unreadable(7));
    subscription.deliver(entry(8));
    const history = { entries: [entry(4), unreadable(5), entry(6)], isComplete: true, position: at(6) };
    subscription.recover(at(3), history);
    expect(subscriber.told).toEqual(['recovered at 3', '4: m4', 'at 5', '6: m6', 'at 7', '8: m8']);
  });

  it('says nothing of what was lost meanwhile and history has', () => {
    const { subscriber, subscription } = recovering();
    subscription.deliver(entry(4));
    subscription.lose(at(6));
    subscription.deliver(entry(7));
    subscription.recover(at(3), complete(4, 6));
    expect(subscriber.told).toEqual(['recovered at 3', '4: m4', '5: m5', '6: m6', '7: m7']);
  });

  it.each([
    ['after all that history has', at(3), complete(4, 6), ['recovered at 3', '4: m4', '5: m5', '6: m6']],
    ['where history is not complete either', at(1), incomplete(6), ['at 6']],
  ])('says what was lost meanwhile %s', (_, since, history, told) => {
    const { subscriber, subscription } = recovering();
    subscription.lose(at(9));
    subscription.deliver(entry(10));
    subscription.recover(since, history);
    expect(subscriber.told).toEqual([...told, 'at 9', '10: m10']);
  });

  it('begins in the epoch that was begun meanwhile', () => {
    const { subscriber, subscription } = recovering();
    subscription.deliver(entry(4));
    subscription.lose(at(2, 'f'));
    subscription.deliver(entry(3, { epoch: 'f' }));
    subscription.recover(at(3), incomplete(1, 'f'));
    expect(subscriber.told).toEqual(['at 1 of f', 'at 2 of f', '3 of f: m3']);
  });

  it('reads from history what was too much to wait for it', () => {
    const { subscriber, subscription } = recovering();
    for (const each of entries(4, MAX_HELD + 10)) subscription.deliver(each);
    subscription.recover(at(3), complete(4, 20));
    expect(subscriber.told).toEqual(['recovered at 3', ...shown(4, MAX_HELD + 10)]);
  });

  it('says what was too much to wait, and is not in history', () => {
    const { subscriber, subscription } = recovering();
    const last = MAX_HELD + 10;
    for (const each of entries(4, last)) subscription.deliver(each);
    subscription.recover(at(3), complete(4, 5));
    expect(subscriber.told).toEqual(['recovered at 3', '4: m4', '5: m5', 'at 10', ...shown(11, last)]);
  });

  it('has ended when it ends meanwhile', () => {
    const { subscriber, subscription } = recovering();
    subscription.deliver(entry(4));
    subscription.end();
    subscription.deliver(entry(5));
    subscription.lose(at(9));
    expect(subscriber.told).toEqual([]);
  });

  it.each(['recovered at 3', '4: m4', '6: m6'])('may be ended by its subscriber, told "%s"', (when) => {
    const { subscriber, subscription } = recovering();
    subscriber.onTold = (what) => what === when && subscription.end();
    for (const each of entries(5, 8)) subscription.deliver(each);
    subscription.recover(at(3), complete(4, 5));
    expect(subscriber.told.at(-1)).toBe(when);
  });

  it('keeps the order when more comes while the subscriber is told', () => {
    const { subscriber, subscription } = recovering();
    subscriber.onTold = (what) => {
      if (what === '4: m4') subscription.deliver(entry(7));
      if (what === '7: m7') subscription.deliver(entry(8));
    };
    subscription.deliver(entry(6));
    subscription.recover(at(3), complete(4, 5));
    expect(subscriber.told).toEqual(['recovered at 3', ...shown(4, 8)]);
  });

  it('hears of a loss while the subscriber is told', () => {
    const { subscriber, subscription } = recovering();
    subscriber.onTold = (what) => {
      if (what !== '5: m5') return;
      subscription.lose(at(8));
      subscription.deliver(entry(9));
    };
    for (const each of entries(5, 7)) subscription.deliver(each);
    subscription.recover(at(3), complete(4, 4));
    expect(subscriber.told).toEqual(['recovered at 3', '4: m4', '5: m5', 'at 8', '9: m9']);
  });
});

function shown(first: number, last: number): string[] {
  return entries(first, last).map((_, i) => `${first + i}: m${first + i}`);
}
