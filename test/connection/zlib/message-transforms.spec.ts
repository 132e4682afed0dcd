import { describe, expect, it } from '@jest/globals';
import { MessageDeflater } from '../../../lib/connection/zlib/message-deflater.js';
import { MessageInflater } from '../../../lib/connection/zlib/message-inflater.js';
import { ZlibContext } from '../../../lib/connection/zlib/zlib-context.js';
import { DeflatePeer, InflatePeer } from '../../extension/deflate-peer.js';
import { describePayloadTransforms, farRepeats } from '../../extension/payload-transform.contract.js';

describe('at once where it is quicker', () => {
  it('is the way taken in this Node', () => {
    expect(ZlibContext.canRunNow).toBe(true);
  });

  describePayloadTransforms({
    inflater: (noContextTakeover) => new MessageInflater({ noContextTakeover }),
    deflater: (noContextTakeover, windowBits = 15) =>
      new MessageDeflater({ noContextTakeover, windowBits, level: -1, memoryLevel: 8 }),
  });
});

it.each([9, 10, 11, 12, 13, 14])(
  'the reader that the windows are judged by notices one larger than 2 to the %i',
  (bits) => {
    const [payload] = farRepeats(bits);
    const compressed = new DeflatePeer({ windowBits: bits + 1 }).compress(payload!);
    expect(() => new InflatePeer({ windowBits: bits }).decompress(compressed)).toThrow('too far back');
  },
);
