// Messages of a topic for a client that is behind: which of them it gets, and that it is told what it does not get.
import { describe, expect, it } from '@jest/globals';
import type { OverflowStrategy } from '../../../lib/gateway/dispatch/overflow-buffer.js';
import { PacedSubscriber } from '../../../lib/gateway/topic/paced-subscriber.js';
import type { Position } from '../../../lib/topic/position.js';
import { encodeBody } from '../../../lib/topic/topic-message.js';

function paced(strategy: OverflowStrategy, bufferSize: number) {
  const log: string[] = [];
  let isBehind = false;
  let wake = (): void => undefined;
  const unsendable: number[] = [];
  const untellable: number[] = [];
  const client = {
    takesMore: () => !isBehind,
    drained: () => new Promise<void>((resolve) => (wake = resolve)),
  };
  const inner = {
    id: 'client',
    info: 'seat',
    next: (_message: unknown, position: Position | undefined) => {
      if (unsendable.includes(position!.offset)) throw new Error(`not ${position!.offset}`);
      log.push(`${position?.offset}`);
    },
    subscribed: (position: Position | undefined, recovered: boolean) => {
      if (!recovered && untellable.includes(position!.offset)) throw new Error(`no gap to ${position!.offset}`);
      log.push(`${recovered ? 'recovered' : 'gap'} to ${position?.offset}`);
    },
  };
  const owner = {
    messageDropped: () => log.push('dropped'),
    failed: (error: unknown) => log.push(`failed: ${(error as Error).message}`),
    tooSlow: (how: string) => {
      log.push(`too slow: ${how}`);
      subscriber.ended();
    },
  };
  const subscriber = new PacedSubscriber(inner, client, { strategy, bufferSize }, owner);
  let offset = 0;
  return {
    subscriber,
    unsendable,
    untellable,
    publish: (count: number) => {
      for (let i = 0; i < count; i++) {
        subscriber.next({ body: encodeBody('e', i) }, { epoch: 'e', offset: ++offset });
      }
    },
    stop: () => (isBehind = true),
    drain: async () => {
      isBehind = false;
      wake();
      await new Promise((resolve) => setImmediate(resolve));
    },
    takeLog: () => log.splice(0),
  };
}

describe('a subscriber with a policy', () => {
  it('is sent at once what comes while its client keeps up', () => {
    const { subscriber, publish, takeLog } = paced('drop-oldest', 2);
    subscriber.subscribed({ epoch: 'e', offset: 0 }, true);
    publish(3);
    expect(takeLog()).toEqual(['recovered to 0', '1', '2', '3']);
    expect([subscriber.id, subscriber.info]).toEqual(['client', 'seat']);
  });

  it.each<[OverflowStrategy, number, string[]]>([
    ['drop-oldest', 2, ['dropped', 'dropped', 'gap to 2', '3', '4']],
    ['drop-newest', 2, ['dropped', 'dropped', '1', '2', 'gap to 4']],
    ['latest', 1, ['dropped', 'dropped', 'dropped', 'gap to 3', '4']],
    ['drop-oldest', 4, ['1', '2', '3', '4']],
  ])('%s of %i: gets what waited, and learns what it did not get', async (strategy, bufferSize, expected) => {
    const { publish, stop, drain, takeLog } = paced(strategy, bufferSize);
    stop();
    publish(4);
    await drain();
    expect(takeLog()).toEqual(expected);
    publish(1);
    expect(takeLog()).toEqual(['5']);
  });

  it('puts a gap between the messages that it lies between', async () => {
    const { publish, stop, drain, takeLog, subscriber } = paced('drop-newest', 3);
    stop();
    publish(2);
    subscriber.subscribed({ epoch: 'e', offset: 2 }, false);
    publish(1);
    await drain();
    expect(takeLog()).toEqual(['1', '2', 'gap to 2', '3']);
  });

  it('keeps the later of two gaps before one message', async () => {
    const { publish, stop, drain, takeLog, subscriber } = paced('latest', 1);
    stop();
    publish(1);
    subscriber.subscribed({ epoch: 'f', offset: 7 }, false);
    publish(1);
    await drain();
    expect(takeLog()).toEqual(['dropped', 'gap to 7', '2']);
  });

  it('goes on behind messages that cannot be sent, and tells of them as of all that is missing', async () => {
    const { publish, stop, drain, takeLog, unsendable } = paced('drop-newest', 3);
    unsendable.push(1, 3);
    stop();
    publish(3);
    await drain();
    expect(takeLog()).toEqual(['failed: not 1', 'gap to 1', '2', 'failed: not 3', 'gap to 3']);
    publish(1);
    expect(takeLog()).toEqual(['4']);
  });

  it('goes on though it cannot be told of a gap', async () => {
    const { publish, stop, drain, takeLog, untellable } = paced('drop-newest', 1);
    untellable.push(2);
    stop();
    publish(2);
    await drain();
    expect(takeLog()).toEqual(['dropped', '1', 'failed: no gap to 2']);
    publish(1);
    expect(takeLog()).toEqual(['3']);
  });

  it.each<OverflowStrategy>(['error', 'close'])('%s ends it, and what waited is not sent', async (strategy) => {
    const { publish, stop, drain, takeLog } = paced(strategy, 2);
    stop();
    publish(3);
    await drain();
    expect(takeLog()).toEqual([`too slow: ${strategy}`]);
  });
});
