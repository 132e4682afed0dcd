import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Broker, BrokerUnavailableError } from '../../lib/topic/broker.js';
import type { Position } from '../../lib/topic/position.js';
import { DEFAULT_PUBLISH_LIMITS, Publisher } from '../../lib/topic/publisher.js';
import type { TopicMessage } from '../../lib/topic/topic-message.js';
import { type Deferred, deferred } from './model/deferred.js';

const MESSAGE: TopicMessage = { body: '{"event":"told"}' };
const POSITION = { epoch: 'e', offset: 1 };

class PendingBroker implements Pick<Broker, 'publish'> {
  readonly calls: { topic: string; message: TopicMessage; deadline: number; answer: Deferred<Position | undefined> }[] =
    [];

  publish(topic: string, message: TopicMessage, deadline: number): Promise<Position | undefined> {
    const answer = deferred<Position | undefined>();
    this.calls.push({ topic, message, deadline, answer });
    return answer.promise;
  }
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

describe('Publisher', () => {
  it('hands a message to the broker, and returns where it stands', async () => {
    const broker = new PendingBroker();
    const published = new Publisher(broker, DEFAULT_PUBLISH_LIMITS).publish('room', MESSAGE);
    const [call] = broker.calls;
    expect(call).toMatchObject({
      topic: 'room',
      deadline: performance.now() + DEFAULT_PUBLISH_LIMITS.publishTimeoutMs,
    });
    expect(call!.message).toBe(MESSAGE);
    call!.answer.resolve(POSITION);
    expect(await published).toBe(POSITION);
  });

  it('needs no time where the broker needs none', async () => {
    const publisher = new Publisher(
      { publish: () => POSITION },
      { ...DEFAULT_PUBLISH_LIMITS, publishTimeoutMs: 1, maxPendingPublishes: 1 },
    );
    const published = [publisher.publish('room', MESSAGE), publisher.publish('room', MESSAGE)];
    expect(jest.getTimerCount()).toBe(0);
    expect(await Promise.all(published)).toEqual([POSITION, POSITION]);
  });

  it('fails as the broker fails, at once or later', async () => {
    const broker = new PendingBroker();
    const published = new Publisher(broker, DEFAULT_PUBLISH_LIMITS).publish('room', MESSAGE);
    broker.calls[0]!.answer.reject(new BrokerUnavailableError('it is away'));
    await expect(published).rejects.toThrow('it is away');
    const throwing: Pick<Broker, 'publish'> = {
      publish: () => {
        throw new BrokerUnavailableError('it was never there');
      },
    };
    await expect(new Publisher(throwing, DEFAULT_PUBLISH_LIMITS).publish('room', MESSAGE)).rejects.toThrow(
      'never there',
    );
  });

  it('waits no longer than its limit', async () => {
    const broker = new PendingBroker();
    const published = new Publisher(broker, {
      ...DEFAULT_PUBLISH_LIMITS,
      publishTimeoutMs: 200,
      maxPendingPublishes: 1,
    }).publish('room', MESSAGE);
    jest.advanceTimersByTime(200);
    await expect(published).rejects.toThrow(BrokerUnavailableError);
    await expect(published).rejects.toThrow(/200 ms \(publishTimeoutMs\)/);
    await expect(published).rejects.toMatchObject({ mayBePublished: true });
    broker.calls[0]!.answer.reject(new Error('nobody hears this'));
  });

  it('lets so many wait and no more, and takes others when one is through', async () => {
    const broker = new PendingBroker();
    const publisher = new Publisher(broker, {
      ...DEFAULT_PUBLISH_LIMITS,
      publishTimeoutMs: 200,
      maxPendingPublishes: 3,
    });
    const waiting = Array.from({ length: 3 }, () => publisher.publish('room', MESSAGE));
    await expect(publisher.publish('room', MESSAGE)).rejects.toThrow(/^3 messages wait .* \(maxPendingPublishes\)/);
    expect(broker.calls.length).toBe(3);

    broker.calls[0]!.answer.resolve(undefined);
    broker.calls[1]!.answer.reject(new Error('not this one'));
    expect(await waiting[0]).toBeUndefined();
    await expect(waiting[1]).rejects.toThrow('not this one');
    const next = [publisher.publish('room', MESSAGE), publisher.publish('room', MESSAGE)];
    expect(broker.calls.length).toBe(5);
    await expect(publisher.publish('room', MESSAGE)).rejects.toThrow(BrokerUnavailableError);
    await expect(publisher.publish('room', MESSAGE)).rejects.toMatchObject({ mayBePublished: false });

    jest.advanceTimersByTime(200);
    const results = await Promise.allSettled([...next, waiting[2]]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    const last = publisher.publish('room', MESSAGE);
    broker.calls.at(-1)!.answer.resolve(POSITION);
    expect(await last).toBe(POSITION);
  });

  it('lets so much text wait and no more, and one message of any length', async () => {
    const broker = new PendingBroker();
    const publisher = new Publisher(broker, { ...DEFAULT_PUBLISH_LIMITS, maxPendingLength: 100 });
    const publish = (length: number): Promise<unknown> => publisher.publish('room', { body: 'x'.repeat(length) });
    const settle = async (published: readonly Promise<unknown>[]): Promise<void> => {
      for (const { answer } of broker.calls.splice(0)) answer.resolve(POSITION);
      await Promise.all(published);
    };
    const waiting = [publish(60), publish(40)];
    await expect(publish(1)).rejects.toThrow(/^2 messages wait .* \(maxPendingLength\)/);
    await settle(waiting);
    const large = publish(1_000);
    await expect(publish(1)).rejects.toMatchObject({ mayBePublished: false });
    await settle([large]);
    await settle([publish(100)]);
  });
});
