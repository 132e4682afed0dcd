import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { MemorySocket } from '../../lib/testing/memory-socket.js';
import { within } from '../support/bounded-wait.js';
import { settled } from '../support/scripted-duplex.js';

describe('two ends', () => {
  it('what is written to one is read from the other, both ways, to the end', async () => {
    const [one, other] = MemorySocket.pair();
    one.write('to the ');
    one.end('other');
    other.end('and back');
    expect(await Promise.all([text(other), text(one)])).toEqual(['to the other', 'and back']);
    for (const end of [one, other]) if (!end.closed) await within(once(end, 'close'), 'the close');
  });

  it('nothing arrives in the turn in which it was written', async () => {
    const [one, other] = MemorySocket.pair();
    let arrived = '';
    other.on('data', (chunk: Buffer) => (arrived += chunk.toString()));
    one.write('later');
    expect(arrived).toBe('');
    await once(other, 'data');
    expect(arrived).toBe('later');
  });

  it('the reader gets bytes of its own', async () => {
    const [one, other] = MemorySocket.pair();
    const bytes = Buffer.from('before');
    one.write(bytes);
    bytes.write('behind');
    const [first] = (await once(other, 'data')) as [Buffer];
    expect(bytes.toString()).toBe('behind');
    first.fill(0);
    expect(bytes.toString()).toBe('behind');
  });

  it('what is written in one go arrives in one piece', async () => {
    const [one, other] = MemorySocket.pair();
    one.cork();
    one.write('a');
    one.write('b');
    one.uncork();
    expect(String(await once(other, 'data'))).toBe('ab');
  });
});

describe('backpressure', () => {
  it('a reader that stops holds the writer back; reading lets it go on', async () => {
    const [one, other] = MemorySocket.pair();
    const { readableHighWaterMark } = other;
    const taken: string[] = [];
    one.write(Buffer.alloc(readableHighWaterMark), () => taken.push('the first'));
    expect(one.write('more', () => taken.push('the second'))).toBe(false);
    await settled();
    expect(taken).toEqual([]);
    expect(other.readableLength).toBe(readableHighWaterMark);
    expect(one.writableNeedDrain).toBe(true);

    expect(other.read(readableHighWaterMark)).toHaveLength(readableHighWaterMark);
    await once(one, 'drain');
    expect(taken).toEqual(['the first', 'the second']);
  });
});

describe('an end that is destroyed', () => {
  it('after what it wrote, the other reads to the end', async () => {
    const [one, other] = MemorySocket.pair();
    one.write('last words');
    one.destroy();
    expect(await text(other)).toBe('last words');
  });

  it.each([true, false])('the other’s writing fails: a write was waiting: %s', async (isWaiting) => {
    const [one, other] = MemorySocket.pair();
    if (isWaiting) {
      one.write(Buffer.alloc(other.readableHighWaterMark));
      await settled();
    }
    other.destroy();
    const failed = once(one, 'error');
    one.write('too late');
    expect(await within(failed, 'the error')).toEqual([expect.objectContaining({ code: 'EPIPE' })]);
  });

  it('destroyed twice, or ended and destroyed, the other sees one end', async () => {
    const [one, other] = MemorySocket.pair();
    let ends = 0;
    other.on('end', () => ends++).resume();
    one.end();
    await once(other, 'end');
    one.destroy();
    one.destroy();
    await once(one, 'close');
    expect(ends).toBe(1);
  });
});
