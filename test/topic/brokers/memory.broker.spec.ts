import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryBroker, type MemoryBrokerOptions } from '../../../lib/topic/brokers/memory.broker.js';
import { InvalidBrokerOptionError } from '../../../lib/topic/history-options.js';
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
