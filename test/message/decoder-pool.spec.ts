// Decoders are lent from message to message: nothing of one conversation may come to another, and few are kept.

import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { ProtocolError } from '../../lib/frame/protocol-error.js';
import { DecoderPool } from '../../lib/message/decoder-pool.js';
import { type MessageDecoder, type MessageInflation, NOTHING } from '../../lib/message/message-decoder.js';
import { frame, ROLES } from '../support/bytes.js';

const COMPRESSED_TEXT = 0xc1;
const TEXT = 0x81;
const PING = 0x89;

const newLimits = () => ({ maxMessageBytes: 1000, maxFragments: 8 });

/** What comes out is what went in, backwards. */
const inflation: MessageInflation = {
  inflater: { inflate: (piece) => Buffer.from(piece).reverse(), close: () => undefined },
  onInflated: () => undefined,
};

function readOne(decoder: MessageDecoder, bytes: Buffer): string {
  decoder.feed(bytes);
  expect(decoder.next()).not.toBe(NOTHING);
  const text = decoder.payload.toString();
  expect(decoder.next()).toBe(NOTHING);
  decoder.release();
  return text;
}

describe.each(ROLES)('DecoderPool, from the %s', (from) => {
  it('is one for each limits and direction', () => {
    const limits = newLimits();
    const other = from === 'client' ? 'server' : 'client';
    expect(DecoderPool.of(from, limits)).toBe(DecoderPool.of(from, limits));
    expect(DecoderPool.of(from, limits)).not.toBe(DecoderPool.of(other, limits));
    expect(DecoderPool.of(from, limits)).not.toBe(DecoderPool.of(from, newLimits()));
  });

  it('lends what came back, and nothing twice', () => {
    const pool = DecoderPool.of(from, newLimits());
    const [one, two] = [pool.take({}), pool.take({})];
    expect(one).not.toBe(two);
    pool.giveBack(one);
    expect(pool.take({})).toBe(one);
    expect(pool.take({})).not.toBe(one);
  });

  it('tells the frames to whoever has the decoder now', () => {
    const pool = DecoderPool.of(from, newLimits());
    const seen: string[] = [];
    const observer = (name: string) => ({ observeFrame: () => void seen.push(name) });
    for (const name of ['first', 'second']) {
      const decoder = pool.take(observer(name));
      readOne(decoder, frame(from, PING, name));
      pool.giveBack(decoder);
      expect(decoder.observer).toBeUndefined();
    }
    expect(seen).toEqual(['first', 'second']);
  });

  it('the decoders of compressed messages are others, whose inflaters go with the conversation', () => {
    const pool = DecoderPool.of(from, newLimits());
    const inflating = pool.take({}, inflation);
    expect(readOne(inflating, frame(from, COMPRESSED_TEXT, 'abc'))).toBe('cba');
    pool.giveBack(inflating);
    expect(inflating.inflation).toBeUndefined();

    const plain = pool.take({});
    plain.feed(frame(from, COMPRESSED_TEXT, 'abc'));
    expect(() => plain.next()).toThrow(new ProtocolError('reserved-bits'));

    const next: MessageInflation = {
      ...inflation,
      inflater: { ...inflation.inflater, inflate: () => Buffer.from('x') },
    };
    const again = pool.take({}, next);
    expect(again).toBe(inflating);
    expect(readOne(again, frame(from, COMPRESSED_TEXT, 'abc'))).toBe('x');
    expect(readOne(again, frame(from, TEXT, 'abc'))).toBe('abc');
  });

  it('keeps 16 at most', () => {
    const pool = DecoderPool.of(from, newLimits());
    const lent = Array.from({ length: 20 }, () => pool.take({}));
    for (const decoder of lent) pool.giveBack(decoder);
    const again = new Set(Array.from({ length: 20 }, () => pool.take({})));
    expect(lent.filter((decoder) => again.has(decoder))).toHaveLength(16);
  });
});
