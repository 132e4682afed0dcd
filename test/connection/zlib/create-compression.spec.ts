import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { createCompression } from '../../../lib/connection/zlib/create-compression.js';
import { InflatePeer } from '../../extension/deflate-peer.js';
import { deflate, farRepeats, inflateAll } from '../../extension/payload-transform.contract.js';
import { hex } from '../../support/bytes.js';

const SETTINGS = { thresholdBytes: 7, level: 9, memoryLevel: 3 };
const HELLO = hex('f2 48 cd c9 c9 07 00');
const AGAIN = hex('f2 00 11 00 00');

describe.each(['server', 'client'] as const)('createCompression for the %s', (role) => {
  const agreement = (ours: boolean, theirs: boolean) => ({
    serverNoContextTakeover: role === 'server' ? ours : theirs,
    clientNoContextTakeover: role === 'server' ? theirs : ours,
    serverMaxWindowBits: role === 'server' ? 9 : 15,
    clientMaxWindowBits: role === 'server' ? 15 : 9,
  });

  it.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('gives up the windows as agreed, ours: %p, theirs: %p', async (ours, theirs) => {
    const { deflater, inflater } = createCompression(role, agreement(ours, theirs), SETTINGS);
    const text = Buffer.from('Hello');
    expect([await deflate(deflater, text), await deflate(deflater, text)]).toEqual([HELLO, ours ? HELLO : AGAIN]);
    await inflateAll(inflater, [HELLO]);
    const again = inflateAll(inflater, [AGAIN]);
    if (theirs) await expect(again).rejects.toMatchObject({ closeCode: 1007 });
    else expect((await again).toString()).toBe('Hello');
    deflater.close();
    inflater.close();
  });

  it('keeps to our window and reads any', async () => {
    const { deflater, inflater } = createCompression(role, agreement(false, false), SETTINGS);
    const other = createCompression(role === 'server' ? 'client' : 'server', agreement(false, false), SETTINGS);
    const ours = new InflatePeer({ windowBits: 9 });
    for (const payload of [...farRepeats(9), ...farRepeats(14)]) {
      expect(ours.decompress(await deflate(deflater, payload)).equals(payload)).toBe(true);
      expect((await inflateAll(inflater, [await deflate(other.deflater, payload)])).equals(payload)).toBe(true);
    }
    for (const end of [deflater, inflater, other.deflater, other.inflater]) end.close();
  });
});
