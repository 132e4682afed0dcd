// The order and the time limits of messages on their way, by what is sent.

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BrokerClosedError, BrokerUnavailableError } from '../../../../lib/topic/broker.js';
import { type Outgoing, PublishLine } from '../../../../lib/topic/brokers/nats/publish-line.js';

describe('PublishLine', () => {
  let sent: Outgoing[];
  let line: PublishLine;

  beforeEach(() => {
    jest.useFakeTimers();
    sent = [];
    line = new PublishLine((message) => sent.push(message));
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  function publish(payload: string, limitMs = 1_000): Promise<unknown> {
    const published = line.publish('subject', payload, performance.now() + limitMs);
    return published.catch((error: unknown) => error);
  }

  function payloads(): string[] {
    return sent.map(({ payload }) => payload);
  }

  it('sends nothing before it is open, then all in order, then at once', async () => {
    const published = ['a', 'b'].map((each) => publish(each));
    expect(sent).toEqual([]);
    line.open();
    expect(payloads()).toEqual(['a', 'b']);
    void publish('c');
    expect(payloads()).toEqual(['a', 'b', 'c']);
    for (const { number } of sent) line.confirm(number, { epoch: 'e', offset: number });
    expect(await Promise.all(published)).toEqual([
      { epoch: 'e', offset: 1 },
      { epoch: 'e', offset: 2 },
    ]);
  });

  it('sends nothing whose time is over, and says why it could not', async () => {
    line.open();
    line.shut('the server sleeps');
    const late = publish('late', 500);
    const inTime = publish('in time', 2_000);
    jest.advanceTimersByTime(1_000);
    line.open();
    expect(payloads()).toEqual(['in time']);
    expect(await late).toBeInstanceOf(BrokerUnavailableError);
    expect(String(await late)).toContain('the server sleeps');
    expect(await late).toMatchObject({ mayBePublished: false });
    line.confirm(sent[0]!.number, undefined);
    expect(await inTime).toBeUndefined();
  });

  it('does not count on timers to be in time', async () => {
    const published = publish('late', 500);
    const now = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 501);
    line.open();
    now.mockRestore();
    expect(sent).toEqual([]);
    expect(await published).toBeInstanceOf(BrokerUnavailableError);
  });

  it('does not know what became of a message that was sent and not confirmed', async () => {
    line.open();
    const published = publish('a');
    jest.advanceTimersByTime(1_000);
    expect(String(await published)).toContain('may have been published or not');
    expect(await published).toMatchObject({ mayBePublished: true });
    line.confirm(sent[0]!.number, undefined);
  });

  it.each<[string, (failing: PublishLine) => void]>([
    ['its time runs out', () => jest.advanceTimersByTime(1_000)],
    [
      'its time has run out',
      (waiting) => {
        const now = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 1_001);
        waiting.open();
        now.mockRestore();
      },
    ],
    ['it cannot be sent', (waiting) => waiting.open()],
  ])('does not know what became of a message that waited to be sent again when %s', async (_, end) => {
    let isLost = false;
    const waiting = new PublishLine(() => {
      if (isLost) throw new BrokerUnavailableError('The connection to NATS is lost');
      isLost = true;
    });
    waiting.open();
    const published = waiting.publish('subject', 'a', performance.now() + 1_000).catch((error: unknown) => error);
    waiting.shut('lost');
    waiting.doubtSent(() => true);
    end(waiting);
    expect(await published).toMatchObject({ name: 'BrokerUnavailableError', mayBePublished: true });
  });

  it('knows that a message which was handed back was not published', async () => {
    line.open();
    const published = publish('a');
    line.shut('gone');
    line.handBack(sent[0]!.number);
    jest.advanceTimersByTime(1_000);
    expect(await published).toMatchObject({ mayBePublished: false });
  });

  it('has so many on their way and no more', () => {
    line.open();
    for (let i = 0; i < 2_000; i++) void publish(String(i));
    expect(sent).toHaveLength(1024);
    line.confirm(sent[0]!.number, undefined);
    line.reject(sent[1]!.number, new Error('no'));
    expect(payloads().slice(1023)).toEqual(['1023', '1024', '1025']);
  });

  it('sends again what may be, before all that came later', () => {
    line.open();
    for (const payload of ['a', 'b', 'c']) void publish(payload);
    line.confirm(sent[0]!.number, undefined);
    line.shut('lost');
    void publish('d');
    line.doubtSent(() => true);
    line.open();
    expect(payloads()).toEqual(['a', 'b', 'c', 'b', 'c', 'd']);
    expect(sent[3]!.number).toBe(sent[1]!.number);
  });

  it('fails what may not be sent again', async () => {
    line.open();
    const published = publish('a');
    line.shut('lost');
    line.doubtSent(() => false);
    expect(await published).toBeInstanceOf(BrokerUnavailableError);
    expect(await published).toMatchObject({ mayBePublished: true });
    line.open();
    expect(payloads()).toEqual(['a']);
  });

  it('sends what was handed back in its place, as if it had not been sent', () => {
    line.open();
    for (const payload of ['a', 'b']) void publish(payload);
    line.shut('gone');
    void publish('c');
    for (const { number } of sent.slice()) line.handBack(number);
    line.doubtSent(() => false);
    line.open();
    expect(payloads()).toEqual(['a', 'b', 'a', 'b', 'c']);
  });

  it('fails what was handed back when it may have been published before, and may not be sent again', async () => {
    line.open();
    const published = publish('a');
    line.shut('lost');
    line.doubtSent(() => true);
    line.open();
    line.shut('gone');
    line.handBack(sent[1]!.number);
    line.doubtSent(() => false);
    expect(await published).toMatchObject({ name: 'BrokerUnavailableError', mayBePublished: true });
    line.open();
    expect(payloads()).toEqual(['a', 'a']);
  });

  it('does not take back what has failed already', async () => {
    line.open();
    const published = publish('a');
    jest.advanceTimersByTime(1_000);
    expect(await published).toBeInstanceOf(BrokerUnavailableError);
    line.handBack(sent[0]!.number);
    line.open();
    expect(payloads()).toEqual(['a']);
  });

  it('fails a message that cannot be sent, and goes on', async () => {
    const failing = new PublishLine(({ payload }) => {
      if (payload === 'bad') throw new BrokerUnavailableError('too large');
      sent.push({ number: 0, subject: '', payload, deadline: 0, firstSentAt: undefined });
    });
    failing.open();
    const bad = failing.publish('subject', 'bad', performance.now() + 1_000);
    void failing.publish('subject', 'good', performance.now() + 1_000).catch(() => undefined);
    await expect(bad).rejects.toThrow('too large');
    await expect(bad).rejects.toMatchObject({ mayBePublished: false });
    expect(payloads()).toEqual(['good']);
    failing.close();
  });

  it('rejects everything when it is closed, and afterwards', async () => {
    line.open();
    const published = publish('sent');
    line.shut('lost');
    const waiting = publish('waiting');
    line.close();
    for (const each of [published, waiting, publish('late')]) expect(await each).toBeInstanceOf(BrokerClosedError);
    expect(jest.getTimerCount()).toBe(0);
  });
});
