import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { COPY_UP_TO, FrameWriter, JOIN_UP_TO } from '../../lib/connection/frame-writer.js';
import { ScriptedDuplex } from '../support/scripted-duplex.js';

const TEXT = 0x81;
const BINARY = 0x82;
const MASKED_BIT = 0x80;

function writerOf(role: 'client' | 'server' = 'server'): FrameWriter {
  return new FrameWriter(new ScriptedDuplex(), role);
}

function unmasked(frame: Buffer, headerBytes: number): Buffer {
  const key = frame.subarray(headerBytes - 4, headerBytes);
  return frame.subarray(headerBytes).map((byte, i) => byte ^ key[i & 3]!) as Buffer;
}

describe('FrameWriter', () => {
  it('has nothing to hand over at first, and nothing twice', () => {
    const writer = writerOf();
    expect(writer.take()).toEqual([]);
    writer.writeFrame(BINARY, Buffer.from('a'));
    expect(writer.take()).toHaveLength(1);
    expect(writer.take()).toEqual([]);
  });

  it('puts small frames side by side, and says how long each is', () => {
    const writer = writerOf();
    const sizes = [
      writer.writeFrame(BINARY, Buffer.from('ab')),
      writer.writeText('cd', 2),
      writer.writeUncountedText('éf', 6),
    ];
    expect(sizes).toEqual([4, 4, 5]);
    expect(writer.take()).toEqual([Buffer.from([0x82, 2, 97, 98, 0x81, 2, 99, 100, 0x81, 3, 0xc3, 0xa9, 102])]);
  });

  it.each([
    ['shorter', 'a'.repeat(125), 2],
    ['as long', 'a'.repeat(126), 4],
    ['longer than it looks', `${'a'.repeat(123)}é€`, 4],
  ])('writes an uncounted text behind the shortest header (%s)', (_which, text, header) => {
    const writer = writerOf();
    const bytes = Buffer.from(text);
    expect(writer.writeUncountedText(text, 3 * text.length)).toBe(header + bytes.length);
    const [frame] = writer.take();
    expect(frame!.subarray(header).equals(bytes)).toBe(true);
    expect(frame![0]).toBe(TEXT);
    expect(header === 2 ? frame![1] : frame!.readUInt16BE(2)).toBe(bytes.length);
  });

  it('sends a large payload by reference, in its place among the others', () => {
    const writer = writerOf();
    const large = Buffer.alloc(COPY_UP_TO + 1, 'x');
    writer.writeFrame(BINARY, Buffer.from('a'));
    expect(writer.writeFrame(BINARY, large)).toBe(large.length + 4);
    writer.writeFrame(BINARY, Buffer.from('b'));
    const [before, body, behind, ...more] = writer.take();
    expect(before).toEqual(Buffer.from([0x82, 1, 97, 0x82, 126, 0x40, 0x01]));
    expect(body).toBe(large);
    expect(behind).toEqual(Buffer.from([0x82, 1, 98]));
    expect(more).toEqual([]);
  });

  it('views other bytes as a Buffer', () => {
    const writer = writerOf();
    const large = new Uint8Array(new ArrayBuffer(COPY_UP_TO + 8), 4, COPY_UP_TO + 1);
    writer.writeFrame(BINARY, large);
    const [, body] = writer.take();
    expect(Buffer.isBuffer(body)).toBe(true);
    expect([body!.buffer, body!.byteOffset, body!.length]).toEqual([large.buffer, 4, COPY_UP_TO + 1]);
  });

  it('adds what others have encoded as it is', () => {
    const writer = writerOf();
    const frame = Buffer.from([0x81, 1, 99]);
    writer.writeFrame(BINARY, Buffer.from('a'));
    writer.addEncoded(frame);
    const pieces = writer.take();
    expect(pieces).toHaveLength(2);
    expect(pieces[1]).toBe(frame);
  });

  it('joins what others have encoded, once for all who add the same', () => {
    const [one, two] = [Buffer.from([0x81, 1, 99]), Buffer.from([0x81, 1, 100])];
    const [first, second, third] = [writerOf(), writerOf(), writerOf()];
    for (const frame of [one, two]) for (const writer of [first, second]) writer.addEncoded(frame);
    const [joined, ...more] = first.take();
    expect(joined).toEqual(Buffer.concat([one, two]));
    expect(more).toEqual([]);
    expect(second.take()[0]).toBe(joined);
    third.writeFrame(BINARY, Buffer.from('a'));
    for (const frame of [one, two]) third.addEncoded(frame);
    third.writeFrame(BINARY, Buffer.from('b'));
    expect(Buffer.concat(third.take()).toString('hex')).toBe(`820161${joined!.toString('hex')}820162`);
  });

  it('leaves apart what would be too long to be joined', () => {
    const half = Buffer.alloc(JOIN_UP_TO / 2, 'x');
    const whole = Buffer.alloc(JOIN_UP_TO + 1, 'y');
    const writer = writerOf();
    for (const frame of [half, half, half, whole, half]) writer.addEncoded(frame);
    const pieces = writer.take();
    expect(pieces.map(({ length }) => length)).toEqual([JOIN_UP_TO, JOIN_UP_TO / 2, JOIN_UP_TO + 1, JOIN_UP_TO / 2]);
    expect(pieces[2]).toBe(whole);
  });

  it('§5.3: masks what a client sends, and leaves large payloads alone', () => {
    const writer = writerOf('client');
    const large = Buffer.alloc(COPY_UP_TO + 1, 'x');
    expect(writer.writeText('hello', 5)).toBe(11);
    const [small] = writer.take();
    expect(small![1]).toBe(MASKED_BIT | 5);
    expect(unmasked(small!, 6).toString()).toBe('hello');
    expect(writer.writeFrame(BINARY, large)).toBe(large.length + 8);
    const frame = Buffer.concat(writer.take());
    expect(unmasked(frame, 8).equals(large)).toBe(true);
    expect(large.every((byte) => byte === 0x78)).toBe(true);
  });
});
