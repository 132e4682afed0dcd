import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryBroker, type MemoryBrokerOptions } from '../../../lib/topic/brokers/memory.broker.js';
import { InvalidBrokerOptionError } from '../../../lib/topic/history-options.js';
import type { Position } from '../../../lib/topic/position.js';
import { describeBroker } from '../broker.contract.js';
import { messageOf, NotingSink, textsOf } from '../contract/nodes.js';

describeBroker('MemoryBroker', {
  hasHistory: true,
  hasManyNodes: false,
  createBroker: (history) => new MemoryBroker({ history: { ...history } }),
});

describeBroker('MemoryBroker without history', {
  hasHistory: false,
  hasManyNodes: false,
  createBroker: () => new MemoryBroker({ history: false }),
});

describe('MemoryBroker', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  async function start(options?: MemoryBrokerOptions): Promise<{ broker: MemoryBroker; sink: NotingSink }> {
    const broker = new MemoryBroker(options);
    const sink = new NotingSink();
    await broker.start(sink);
    return { broker, sink };
  }

  function publish(broker: MemoryBroker, topic: string, text = 'a'): number {
    return broker.publish(topic, messageOf(text), Infinity)!.offset;
  }

  it('keeps history unless it is told not to', () => {
    expect(new MemoryBroker().hasHistory).toBe(true);
    expect(new MemoryBroker({ history: {} }).hasHistory).toBe(true);
    expect(new MemoryBroker({ history: false }).hasHistory).toBe(false);
  });

  it('refuses options that cannot be meant', () => {
    expect(() => new MemoryBroker({ history: { maxMessages: 0 } })).toThrow(InvalidBrokerOptionError);
    expect(() => new MemoryBroker({ history: { maxTotalLength: 0.5 } })).toThrow(/"history.maxTotalLength" must be/);
  });

  it('delivers in the same breath, within a message too', async () => {
    const { broker, sink } = await start();
    broker.subscribe('room');
    expect(publish(broker, 'room', 'first')).toBe(1);
    expect(sink.entriesOf('room').size).toBe(1);
  });

  it('keeps no more text of a topic than it may', async () => {
    const { broker } = await start({ history: { maxLength: 1_000 } });
    const since = broker.subscribe('room')!;
    publish(broker, 'room', 'x'.repeat(900));
    const { position } = await broker.history('room', since);
    publish(broker, 'room', 'y'.repeat(900));
    expect(await broker.history('room', since)).toMatchObject({ isComplete: false });
    expect(textsOf((await broker.history('room', position)).entries)).toEqual(['y'.repeat(900)]);
  });

  it('keeps no more of all topics together than it may: the last ones, and no part of a topic', async () => {
    const { broker } = await start({ history: { maxTotalLength: 10_000 } });
    const topics = Array.from({ length: 100 }, (_, i) => `topic ${i}`);
    const positions = new Map(topics.map((topic) => [topic, broker.subscribe(topic)!]));
    // Somebody stays in every other one.
    for (const topic of topics.filter((_, i) => i % 2 === 0)) broker.unsubscribe(topic);
    for (let i = 0; i < 2; i++) for (const topic of topics) publish(broker, topic, 'x'.repeat(300));

    const kept: string[] = [];
    for (const topic of topics) {
      const { entries, isComplete } = await broker.history(topic, positions.get(topic)!);
      if (isComplete) kept.push(topic);
      expect(entries).toHaveLength(isComplete ? 2 : 0);
    }
    // What was published to them before has made room.
    expect(kept).toEqual([]);
    const since = new Map(topics.map((topic) => [topic, broker.subscribe(topic)!]));
    for (const topic of topics.slice(0, 10)) publish(broker, topic, 'y'.repeat(300));
    for (const topic of topics.slice(0, 10)) {
      expect(textsOf((await broker.history(topic, since.get(topic)!)).entries)).toEqual(['y'.repeat(300)]);
    }
  });

  it('goes on with the numbers of those who are subscribed, whatever is too much', async () => {
    const { broker, sink } = await start({ history: { maxTotalLength: 1_000 } });
    const since = broker.subscribe('room')!;
    broker.subscribe('other');
    for (let i = 1; i <= 20; i++) {
      publish(broker, 'other', 'x'.repeat(500));
      expect(broker.publish('room', messageOf('x'.repeat(500)), Infinity)).toEqual({ epoch: since.epoch, offset: i });
    }
    expect(sink.entriesOf('room').size).toBe(20);
    expect(await broker.history('room', since)).toMatchObject({
      entries: [],
      isComplete: false,
      position: { offset: 20 },
    });
    expect(await broker.history('room', { ...since, offset: 19 })).toMatchObject({ isComplete: true });
    expect(await broker.history('room', { ...since, offset: 20 })).toMatchObject({ isComplete: true });
  });

  it('keeps nothing of a message that is too much by itself', async () => {
    const { broker } = await start({ history: { maxTotalLength: 1_000 } });
    const since = broker.subscribe('room')!;
    broker.subscribe('other');
    publish(broker, 'room', 'x'.repeat(2_000));
    expect(await broker.history('room', since)).toMatchObject({ isComplete: false, position: { offset: 1 } });
    publish(broker, 'room', 'y');
    expect(textsOf((await broker.history('room', { ...since, offset: 1 })).entries)).toEqual(['y']);
  });

  it('says that a message whose time is over was not published', async () => {
    const { broker } = await start();
    const publishLate = (): unknown => broker.publish('room', messageOf('late'), performance.now() - 1);
    expect(publishLate).toThrow(expect.objectContaining({ name: 'BrokerUnavailableError', mayBePublished: false }));
  });

  it('forgets topics that nobody comes back to, and does not take their numbers for the old ones then', async () => {
    jest.useFakeTimers();
    const { broker } = await start({ history: { maxAgeMs: 1_000 } });
    const since = broker.subscribe('quiet')!;
    jest.advanceTimersByTime(5_000);
    broker.unsubscribe('quiet');
    jest.advanceTimersByTime(999);
    publish(broker, 'busy');
    expect(await broker.history('quiet', since)).toMatchObject({ isComplete: true });
    broker.subscribe('quiet');
    broker.unsubscribe('quiet');
    jest.advanceTimersByTime(1_000);
    publish(broker, 'busy');
    const history = await broker.history('quiet', since);
    expect(history.isComplete).toBe(false);
    expect(history.position.epoch).not.toBe(since.epoch);
  });

  it('remembers a bounded number of topics that nothing is kept of', async () => {
    jest.useFakeTimers();
    const { broker } = await start({ history: { maxAgeMs: 1_000 } });
    const topics = Array.from({ length: 400 }, (_, i) => `${i} `.padEnd(16 * 1024, 'x'));
    const positions = new Map<string, Position>();
    for (const topic of topics) {
      broker.subscribe(topic);
      positions.set(topic, broker.publish(topic, messageOf('a'), Infinity)!);
    }
    jest.advanceTimersByTime(1_000);
    for (const topic of topics) broker.unsubscribe(topic);
    const histories = await Promise.all(topics.map((topic) => broker.history(topic, positions.get(topic)!)));
    const remembered = topics.filter((_, i) => histories[i]!.isComplete);
    expect(remembered).toEqual(topics.slice(-254));
  });

  it('goes on with the numbers of topics that somebody is subscribed to, however long nothing is published', async () => {
    jest.useFakeTimers();
    const { broker } = await start({ history: { maxAgeMs: 1_000 } });
    const { epoch } = broker.subscribe('quiet')!;
    publish(broker, 'quiet');
    for (let i = 0; i < 10; i++) {
      jest.advanceTimersByTime(2_000);
      publish(broker, `other ${i}`);
    }
    expect(broker.publish('quiet', messageOf('b'), Infinity)).toEqual({ epoch, offset: 2 });
  });

  it('is of another epoch for each broker and each topic', async () => {
    const [one, other] = [await start(), await start()];
    const epochs = [one, other].flatMap(({ broker }) => ['a', 'b'].map((topic) => broker.subscribe(topic)!.epoch));
    expect(new Set(epochs).size).toBe(4);
  });
});
