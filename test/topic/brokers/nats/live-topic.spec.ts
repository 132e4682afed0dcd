// What a node knows of a topic that it hears, message by message.

import { beforeEach, describe, expect, it } from '@jest/globals';
import { LiveTopic } from '../../../../lib/topic/brokers/nats/live-topic.js';
import type { History, TopicEntry } from '../../../../lib/topic/broker.js';
import type { Position } from '../../../../lib/topic/position.js';

describe('LiveTopic', () => {
  let live: LiveTopic;

  beforeEach(() => {
    live = new LiveTopic();
    live.begin(at(10));
  });

  it('joins a message to the one before, though that is not kept any more', () => {
    expect(live.hear(at(12), 0)).toBe(10);
    expect(live.hear(at(15), 12)).toBe(12);
    expect(live.hear(at(99), 0)).toBe(15);
    expect(live.hear(at(101), 30)).toBe(99);
  });

  it('learns nothing from a message that comes again', () => {
    live.hear(at(12), 0);
    live.hear(at(15), 12);
    expect(live.hear(at(12), 0)).toBe(0);
    expect(live.hear(at(20), 0)).toBe(15);
  });

  it('learns nothing from a history of another epoch that it did not ask for where it stands', async () => {
    live.hear(at(12), 0);
    await live.readBy(async () => ({ entries: [], isComplete: false, position: { epoch: 'next', offset: 5 } }), at(11));
    expect(live.isUpTo({ epoch: 'next', offset: 5 })).toBe(false);
    expect(live.hear(at(20), 0)).toBe(12);
  });

  it('tells of a message that did not come', () => {
    expect(live.hear(at(15), 12)).toBe(12);
    expect(live.isUpTo(at(15))).toBe(false);
    // What was not heard may be gone since: the one before is nobody's.
    expect(live.hear(at(20), 0)).toBe(19);
  });

  it('knows what nothing came after, from where it heard everything', () => {
    expect(live.isUpTo(at(9))).toBe(false);
    expect(live.isUpTo(at(10))).toBe(true);
    expect(live.isUpTo(at(500))).toBe(true);
    expect(live.isUpTo({ epoch: 'another', offset: 10 })).toBe(false);
    live.hear(at(12), 0);
    expect(live.isUpTo(at(10))).toBe(false);
    expect(live.isUpTo(at(12))).toBe(true);
  });

  it('knows nothing after a break, until history says it', async () => {
    live.hear(at(12), 0);
    live.break();
    expect(live.isUpTo(at(12))).toBe(false);
    expect(live.hear(at(20), 0)).toBe(19);
    live.break();
    await read(at(20), [25, 30]);
    expect(live.isUpTo(at(30))).toBe(true);
    expect(live.isUpTo(at(25))).toBe(false);
    expect(live.hear(at(40), 0)).toBe(30);
  });

  it('goes on from where history begins that is not complete', async () => {
    live.break();
    await read(at(10), undefined, 50);
    expect(live.isUpTo(at(10))).toBe(false);
    expect(live.isUpTo(at(50))).toBe(true);
    expect(live.hear(at(60), 0)).toBe(50);
  });

  it('does not take what others know for what it missed itself', async () => {
    live.break();
    await read(at(40), []);
    expect(live.isUpTo(at(40))).toBe(true);
    expect(live.isUpTo(at(10))).toBe(false);
    expect(live.hear(at(60), 0)).toBe(59);
  });

  it('learns nothing from a history during which there was a break', async () => {
    live.break();
    const history = live.readBy(async () => {
      live.break();
      return { entries: [], isComplete: true, position: at(10) };
    }, at(10));
    await history;
    expect(live.isUpTo(at(10))).toBe(false);
  });

  it('begins anew with another epoch', async () => {
    expect(live.hear({ epoch: 'next', offset: 2 }, 0)).toBe(1);
    expect(live.isUpTo({ epoch: 'next', offset: 2 })).toBe(false);
    expect(live.hear({ epoch: 'next', offset: 3 }, 2)).toBe(2);
    live.begin(at(20));
    expect(live.hear({ epoch: 'next', offset: 4 }, 3)).toBe(3);
  });

  it('follows history into another epoch', async () => {
    live.break();
    await live.readBy(async () => ({ entries: [], isComplete: false, position: { epoch: 'next', offset: 5 } }), at(10));
    expect(live.isUpTo({ epoch: 'next', offset: 5 })).toBe(true);
    expect(live.hear({ epoch: 'next', offset: 7 }, 0)).toBe(5);
  });

  function read(since: Position, offsets: readonly number[] | undefined, stand = 0): Promise<History> {
    const entries = (offsets ?? []).map((offset): TopicEntry => {
      return { message: undefined, position: at(offset), previous: undefined };
    });
    const position = offsets === undefined ? at(stand) : (entries.at(-1)?.position ?? since);
    return live.readBy(async () => ({ entries, isComplete: offsets !== undefined, position }), since);
  }
});

function at(offset: number): Position {
  return { epoch: 'e', offset };
}
