// What the contract of all inflaters leaves open: final blocks in number, data cut short, what is held and for how long.

import { Buffer } from 'node:buffer';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { MessageInflater } from '../../../lib/connection/zlib/message-inflater.js';
import { zlibJobs } from '../../../lib/connection/zlib/zlib-jobs.js';
import { DeflatePeer } from '../../extension/deflate-peer.js';
import { inflate, inflateAll, noise } from '../../extension/payload-transform.contract.js';
import { hex } from '../../support/bytes.js';
import { countContexts } from './live-contexts.js';

const MAX = 1024 * 1024;
const HELLO = hex('f2 48 cd c9 c9 07 00');
const FINAL_NOTHING = hex('03 00');
const inflaters: MessageInflater[] = [];

function messageInflater(noContextTakeover: boolean): MessageInflater {
  const inflater = new MessageInflater({ noContextTakeover });
  inflaters.push(inflater);
  return inflater;
}

afterEach(() => {
  jest.restoreAllMocks();
  zlibJobs.limitTo(4);
  for (const inflater of inflaters.splice(0)) inflater.close();
});

/** More than is inflated at once: its answer comes from another thread. */
const large = (peer: DeflatePeer, size = 40_000) => {
  const payload = noise(size);
  return { payload, bytes: peer.compress(payload) };
};

describe('§7.2.3.2 sharing the window', () => {
  it('a message refers to the one before', async () => {
    const inflater = messageInflater(false);
    expect((await inflateAll(inflater, [HELLO])).toString()).toBe('Hello');
    expect((await inflateAll(inflater, [hex('f2 00 11 00 00')])).toString()).toBe('Hello');
  });

  it('where windows are not kept, that is a reference to what never came', async () => {
    const inflater = messageInflater(true);
    expect((await inflateAll(inflater, [HELLO])).toString()).toBe('Hello');
    await expect(inflateAll(inflater, [hex('f2 00 11 00 00')])).rejects.toMatchObject({ closeCode: 1007 });
  });
});

describe('§7.2.3.4 final blocks', () => {
  it.each([100, 5000, 33_000, 40_000, 200_000])('what follows %i bytes in one refers back to them', async (size) => {
    const inflater = messageInflater(false);
    const peer = new DeflatePeer();
    const text = noise(size);
    expect((await inflateAll(inflater, [peer.compressFinal(text)])).equals(text)).toBe(true);
    for (let i = 0; i < 3; i++) {
      const again = text.subarray(-20_000);
      const bytes = i === 1 ? peer.compressFinal(again) : peer.compress(again);
      expect(bytes.length).toBeLessThan(again.length / 10 + 50);
      expect((await inflateAll(inflater, [bytes])).equals(again)).toBe(true);
    }
  });

  it('within one message too, where windows end with it', async () => {
    const inflater = messageInflater(true);
    const peer = new DeflatePeer();
    const [first, second] = [
      peer.compressFinal('nestwire nestwire').subarray(0, -1),
      peer.compress('nestwire nestwire'),
    ];
    expect(second.length).toBeLessThan(10);
    for (let i = 0; i < 2; i++) {
      expect((await inflateAll(inflater, [first, second])).toString()).toBe('nestwire nestwirenestwire nestwire');
      await expect(inflateAll(messageInflater(true), [second])).rejects.toMatchObject({ closeCode: 1007 });
    }
  });

  it('the window is what came out, whatever the application did with it', async () => {
    const inflater = messageInflater(false);
    const peer = new DeflatePeer();
    (await inflate(inflater, peer.compress('do not touch this'), true)).fill(0);
    expect((await inflateAll(inflater, [peer.compressFinal('final')])).toString()).toBe('final');
    expect((await inflateAll(inflater, [peer.compress('do not touch this')])).toString()).toBe('do not touch this');
  });

  it.each(['at once', 'on another thread'])('are limited in number within a message, %s', async (way) => {
    const behind = way === 'at once' ? hex('00') : new DeflatePeer().compress(noise(20_000));
    const message = (finals: number) => Buffer.concat([...Array<Buffer>(finals).fill(FINAL_NOTHING), behind]);
    const inflater = messageInflater(true);
    for (let i = 0; i < 3; i++) await inflateAll(inflater, [message(128)]);
    await expect(inflateAll(inflater, [message(129)])).rejects.toMatchObject({
      violation: 'too-many-fragments',
      closeCode: 1008,
    });
  });
});

describe('§7.2.2 a message that is cut short', () => {
  const peer = () => new DeflatePeer();
  it.each([
    ['in the middle of a block', HELLO.subarray(0, 4)],
    ['behind a block that has not ended', HELLO.subarray(0, -1)],
    ['in a block with BFINAL set', hex('f3 48 cd c9 c9')],
    ['in a block without compression', hex('00 05 00 fa ff 48 65')],
    ['in the header of one', hex('00 05 00')],
    [
      'in a block with codes of its own',
      peer()
        .compress(noise(3000).map((byte) => byte & 0x3f))
        .subarray(0, 1000),
    ],
    ['and still carries what was to be left out', hex('f2 48 cd c9 c9 07 00 00 00 ff ff')],
    ['on another thread', peer().compress(noise(60_000)).subarray(0, -700)],
  ])('%s: 1007, in both modes, whole and in pieces', async (_, bytes) => {
    for (const noContextTakeover of [true, false]) {
      for (const pieces of [[bytes], [bytes, Buffer.alloc(0)], [bytes.subarray(0, 1), bytes.subarray(1)]]) {
        await expect(inflateAll(messageInflater(noContextTakeover), pieces)).rejects.toMatchObject({
          violation: 'compressed-data-invalid',
        });
      }
    }
  });
});

describe('the time it takes', () => {
  it('no more comes out of a bomb than the limit and one portion, and its context is gone with the violation', async () => {
    const bomb = new DeflatePeer().compress(Buffer.alloc(64 * MAX));
    expect(bomb.length).toBeGreaterThan(16_384);
    const contexts = countContexts();
    for (const piece of [bomb.subarray(0, 16_384), bomb]) {
      const external = process.memoryUsage().arrayBuffers;
      await expect(inflate(messageInflater(true), piece, false, MAX)).rejects.toMatchObject({ closeCode: 1009 });
      expect(process.memoryUsage().arrayBuffers - external).toBeLessThan(4 * MAX);
      expect(contexts.live).toBe(0);
    }
  });

  it('small pieces are inflated at once, large ones later', () => {
    const { bytes } = large(new DeflatePeer());
    const never = () => undefined;
    expect(messageInflater(true).inflate(bytes.subarray(0, 16_384), false, MAX, never)).toBeInstanceOf(Buffer);
    expect(messageInflater(true).inflate(bytes.subarray(0, 16_385), false, MAX, never)).toBeUndefined();
  });
});

describe('contexts', () => {
  it('there is none before the first bytes, nor for messages of nothing', async () => {
    const contexts = countContexts();
    const inflater = messageInflater(false);
    await inflateAll(inflater, [Buffer.alloc(0), Buffer.alloc(0)]);
    expect(contexts.made).toBe(0);
    await inflateAll(inflater, [HELLO]);
    expect(contexts.live).toBe(1);
    inflater.close();
    expect(contexts.live).toBe(0);
  });

  it('a hundred connections without takeover share one, one behind the other', async () => {
    const contexts = countContexts();
    for (let i = 0; i < 100; i++) await inflateAll(messageInflater(true), [HELLO.subarray(0, 3), HELLO.subarray(3)]);
    expect(contexts.made).toBeLessThanOrEqual(1);
  });

  it('a hundred at once leave a few behind', async () => {
    const contexts = countContexts();
    const all = Array.from({ length: 100 }, () => messageInflater(true));
    for (const inflater of all) await inflate(inflater, HELLO.subarray(0, 3), false);
    expect(contexts.made).toBeGreaterThanOrEqual(96);
    for (const inflater of all) await inflate(inflater, HELLO.subarray(3), true);
    expect(contexts.live).toBeLessThanOrEqual(4);
  });

  it('one that ended in the middle of a message is lent to nobody', async () => {
    const one = messageInflater(true);
    await inflate(one, HELLO.subarray(0, 3), false);
    one.close();
    expect((await inflateAll(messageInflater(true), [HELLO])).toString()).toBe('Hello');
  });
});

describe('a connection that ends in the middle', () => {
  it('of a job: no answer, no context, and the room for the job is free again', async () => {
    zlibJobs.limitTo(1);
    const contexts = countContexts();
    const { bytes, payload } = large(new DeflatePeer());
    const done = jest.fn();
    for (let i = 0; i < 5; i++) {
      const inflater = messageInflater(i % 2 === 0);
      inflater.inflate(bytes, true, MAX, done);
      // A job takes a turn of the event loop at least.
      if (i > 2) await Promise.resolve();
      inflater.close();
    }
    expect((await inflateAll(messageInflater(true), [bytes])).equals(payload)).toBe(true);
    expect(done).not.toHaveBeenCalled();
    expect(contexts.live).toBeLessThanOrEqual(1);
  });

  it('of a job that fails: the same', async () => {
    zlibJobs.limitTo(1);
    const done = jest.fn();
    const broken = Buffer.concat([large(new DeflatePeer()).bytes, hex('06 06 06')]);
    const inflater = messageInflater(true);
    inflater.inflate(broken, true, MAX, done);
    inflater.close();
    expect((await inflateAll(messageInflater(true), [large(new DeflatePeer()).bytes])).length).toBe(40_000);
    expect(done).not.toHaveBeenCalled();
  });

  it('of the wait for a job: it is passed over, ten thousand too', async () => {
    zlibJobs.limitTo(1);
    const contexts = countContexts();
    const { bytes, payload } = large(new DeflatePeer());
    const first = inflateAll(messageInflater(true), [bytes]);
    const done = jest.fn();
    for (let i = 0; i < 10_000; i++) {
      const inflater = new MessageInflater({ noContextTakeover: true });
      inflater.inflate(bytes, true, MAX, done);
      inflater.close();
    }
    expect((await first).equals(payload)).toBe(true);
    expect((await inflateAll(messageInflater(true), [bytes])).equals(payload)).toBe(true);
    expect(done).not.toHaveBeenCalled();
    expect(contexts.made).toBeLessThanOrEqual(2);
  });
});
