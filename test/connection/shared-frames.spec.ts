import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { forgetSender, sharedFrame } from '../../lib/connection/shared-frames.js';
import { readServerFrames } from '../support/server-frames.js';

const [one, two, three] = [{}, {}, {}];

describe('sharedFrame', () => {
  it.each(['to all', '', 'ü€🙂'.repeat(40), 'x'.repeat(16 * 1024)])(
    'gives all but the first sender of a text the same frame',
    (text) => {
      expect(sharedFrame(text, one)).toBeUndefined();
      const frame = sharedFrame(text, two);
      expect(sharedFrame(text, three)).toBe(frame);
      expect(sharedFrame(text, one)).toBe(frame);
      expect(readServerFrames(frame!)).toEqual([{ firstByte: 0x81, payload: Buffer.from(text) }]);
    },
  );

  it('forgets a sender that is gone, and no other', () => {
    sharedFrame('gone', one);
    forgetSender(two);
    expect(sharedFrame('gone', two)).toBeDefined();
    sharedFrame('gone too', one);
    forgetSender(one);
    expect(sharedFrame('gone too', two)).toBeUndefined();
  });

  it('makes no frame of what one sender repeats', () => {
    expect([1, 2, 3].map(() => sharedFrame('again and again', one))).toEqual([undefined, undefined, undefined]);
  });

  it('begins anew with each other text', () => {
    sharedFrame('a', one);
    sharedFrame('a', two);
    expect(sharedFrame('b', one)).toBeUndefined();
    expect(sharedFrame('a', one)).toBeUndefined();
    expect(sharedFrame('a', two)!.toString('latin1', 2)).toBe('a');
  });

  it('does not remember large texts', () => {
    const large = 'x'.repeat(16 * 1024 + 1);
    expect([one, two, three].map((sender) => sharedFrame(large, sender))).toEqual([undefined, undefined, undefined]);
  });
});
