// What the load client believes it has received, whole and byte by byte.
import { describe, expect, it } from '@jest/globals';
import { constants, createDeflateRaw, deflateRawSync } from 'node:zlib';
import { once } from 'node:events';
import { AnswerReader } from '../../../bench/load/answer-reader.mjs';
import { encodeFrame } from '../../../bench/load/messages.mjs';

const FIN_TEXT = 0x81;
const FIN_TEXT_COMPRESSED = 0xc1;

/** A server's frame, which has no mask. */
function frame(firstByte: number, payload: Buffer | string): Buffer {
  const bytes = Buffer.from(payload);
  const header =
    bytes.length < 126 ? [firstByte, bytes.length] : [firstByte, 126, bytes.length >> 8, bytes.length & 0xff];
  return Buffer.concat([Buffer.from(header), bytes]);
}

function huge(payload: Buffer): Buffer {
  const header = Buffer.alloc(10);
  header[0] = 0x82;
  header[1] = 127;
  header.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([header, payload]);
}

interface Read {
  messages: number;
  bytes: number;
  payloads: string[];
  controls: string[];
}

function read(bytes: Buffer, chunkSize: number, isLookedAt = true): Read {
  const result: Read = { messages: 0, bytes: 0, payloads: [], controls: [] };
  const reader = new AnswerReader((opcode: number, payload: Buffer) =>
    result.controls.push(`${opcode} ${payload.toString()}`),
  );
  if (isLookedAt) reader.onPayload = (payload: Buffer) => result.payloads.push(payload.toString());
  for (let at = 0; at < bytes.length; at += chunkSize) {
    const chunk = Buffer.from(bytes.subarray(at, at + chunkSize));
    result.messages += reader.read(chunk, chunk.length);
  }
  result.bytes = reader.payloadBytes;
  return result;
}

describe.each([
  ['whole', 1 << 20],
  ['byte by byte', 1],
  ['in sevens', 7],
])('%s', (_name, chunkSize) => {
  it('counts messages of every length, and their bytes', () => {
    const sizes = [0, 2, 125, 126, 1000];
    const bytes = Buffer.concat([
      ...sizes.map((size) => frame(FIN_TEXT, 'x'.repeat(size))),
      huge(Buffer.alloc(70_000)),
    ]);
    expect(read(bytes, chunkSize, false)).toEqual({ messages: 6, bytes: 71_253, payloads: [], controls: [] });
  });

  it('counts a message in fragments once', () => {
    const bytes = Buffer.concat([frame(0x01, 'ab'), frame(0x00, 'cd'), frame(0x80, 'ef')]);
    expect(read(bytes, chunkSize)).toEqual({ messages: 1, bytes: 6, payloads: ['abcdef'], controls: [] });
  });

  it('hands over pings, closes and the ping of Engine.IO, and counts none of them', () => {
    const bytes = Buffer.concat([
      frame(FIN_TEXT, 'one'),
      frame(0x89, 'ping'),
      frame(FIN_TEXT, '2'),
      frame(FIN_TEXT, 'two'),
      frame(0x88, Buffer.alloc(0)),
    ]);
    expect(read(bytes, chunkSize, false)).toEqual({
      messages: 2,
      bytes: 6,
      payloads: [],
      controls: ['9 ping', '1 2', '8 '],
    });
  });

  it('reads what a server without a protocol sends back, mask and all', () => {
    const bytes = Buffer.concat([encodeFrame(0x01, Buffer.from('Hel')), encodeFrame(0x80, Buffer.from('lo again'))]);
    expect(read(bytes, chunkSize).payloads).toEqual(['Hello again']);
  });

  it('inflates, where the window is kept and where it is not', async () => {
    const texts = ['The quick brown fox', 'The quick brown fox jumps', 'The quick brown fox jumps over'];
    const kept = createDeflateRaw({ flush: constants.Z_SYNC_FLUSH });
    const frames = [];
    for (const text of texts) {
      kept.write(text);
      const [compressed] = (await once(kept, 'data')) as [Buffer];
      frames.push(frame(FIN_TEXT_COMPRESSED, compressed.subarray(0, -4)));
    }
    const alone = deflateRawSync('alone', { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    frames.push(frame(FIN_TEXT_COMPRESSED, alone));
    expect(read(Buffer.concat(frames), chunkSize).payloads).toEqual([...texts, 'alone']);
  });
});
