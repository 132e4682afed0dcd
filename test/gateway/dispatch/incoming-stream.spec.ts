import { describe, expect, it } from '@jest/globals';
import { config } from 'rxjs';
import { ClientStreamError, IncomingStream } from '../../../lib/gateway/dispatch/incoming-stream.js';

/** A stream, and what it asks of its client. */
function recorded(): { stream: IncomingStream<number>; log: unknown[] } {
  const log: unknown[] = [];
  const stream = new IncomingStream<number>({
    grant: (values) => log.push(values),
    cancelIncoming: () => log.push('cancel'),
  });
  return { stream, log };
}

describe('IncomingStream', () => {
  it('takes nothing before a handler has opened it, and 16 values then', () => {
    const { stream, log } = recorded();
    expect(stream.receive(0)).toBe(false);
    stream.open();
    stream.open();
    expect(log).toEqual([16]);
    for (let i = 0; i < 16; i++) expect(stream.receive(i)).toBe(true);
    expect(stream.receive(16)).toBe(false);
  });

  it('brings what came before it was subscribed to, then its end', () => {
    const { stream, log } = recorded();
    const seen: unknown[] = [];
    stream.open();
    stream.receive(1);
    stream.receive(2);
    stream.end();
    stream.subscribe({ next: (value) => seen.push(value), complete: () => seen.push('complete') });
    expect(seen).toEqual([1, 2, 'complete']);
    expect(log).toEqual([16]);
  });

  it('is cancelled by whoever unsubscribes, and takes what is on its way for nobody', () => {
    const { stream, log } = recorded();
    stream.open().subscribe().unsubscribe();
    expect(log).toEqual([16, 'cancel']);
    for (let i = 0; i < 20; i++) expect(stream.receive(i)).toBe(true);
    expect(log).toEqual([16, 'cancel']);
  });

  it('tells its error once, and the end after that', async () => {
    const { stream } = recorded();
    const iterator = stream.open()[Symbol.asyncIterator]();
    const pulls = [iterator.next(), iterator.next()];
    stream.abandon();
    await expect(pulls[0]).rejects.toBeInstanceOf(ClientStreamError);
    expect(await pulls[1]).toEqual({ done: true, value: undefined });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('brings what waits before an error of the client, and nothing of it when the request is over', async () => {
    for (const isOver of [false, true]) {
      const { stream } = recorded();
      const iterator = stream.open()[Symbol.asyncIterator]();
      stream.receive(1);
      if (isOver) stream.abandon();
      else stream.end(new ClientStreamError('x'));
      if (!isOver) expect(await iterator.next()).toEqual({ done: false, value: 1 });
      await expect(iterator.next()).rejects.toBeInstanceOf(ClientStreamError);
    }
  });

  it('several who wait at once: the first gets the error, the others the end', async () => {
    const { stream } = recorded();
    const iterator = stream.open()[Symbol.asyncIterator]();
    const pulls = [iterator.next(), iterator.next()];
    stream.end();
    expect(await Promise.all(pulls)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
  });

  it('leaves alone what becomes of the errors of others that nobody handles, and what the application has said', () => {
    recorded().stream.open();
    const own = config.onUnhandledError!;
    const error = new Error('of the application');
    expect(() => own(error)).toThrow(error);
    const said = (): void => undefined;
    config.onUnhandledError = said;
    recorded().stream.open();
    expect(config.onUnhandledError).toBe(said);
    config.onUnhandledError = own;
  });
});
