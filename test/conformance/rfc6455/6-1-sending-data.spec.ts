// RFC 6455 §6.1: the frames that carry our own messages, in both roles, as they leave for the transport.

import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { Connection } from '../../../lib/connection/connection.js';
import { Opcode } from '../../../lib/frame/opcode.js';
import { connectionOptions } from '../../connection/recorded-connection.js';
import { type Role, ROLES } from '../../support/bytes.js';
import { ScriptedDuplex, settled } from '../../support/scripted-duplex.js';

const SIZES = [0, 1, 125, 126, 127, 128, 16_384, 16_385, 65_535, 65_536, 65_537, 200_000];

interface SentFrame {
  readonly firstByte: number;
  readonly payload: Buffer;
}

/** Reads frames as §5.2 draws them. @throws for a mask that must not be there or is missing, and a length that is too long */
function readFrames(sender: Role, bytes: Buffer): SentFrame[] {
  const frames: SentFrame[] = [];
  for (let at = 0; at < bytes.length;) {
    const firstByte = bytes[at]!;
    const isMasked = bytes[at + 1]! >= 0x80;
    expect(isMasked).toBe(sender === 'client');
    const short = bytes[at + 1]! & 0x7f;
    at += 2;
    let length = short;
    if (short === 126) {
      length = bytes.readUInt16BE(at);
      expect(length).toBeGreaterThan(125);
      at += 2;
    } else if (short === 127) {
      length = Number(bytes.readBigUInt64BE(at));
      expect(length).toBeGreaterThan(65_535);
      at += 8;
    }
    const key = isMasked ? bytes.subarray(at, at + 4) : Buffer.alloc(4);
    if (isMasked) at += 4;
    const payload = Buffer.from(bytes.subarray(at, at + length).map((byte, i) => byte ^ key[i % 4]!));
    expect(payload).toHaveLength(length);
    frames.push({ firstByte, payload });
    at += length;
  }
  return frames;
}

interface Sender {
  readonly connection: Connection;
  sent(): Promise<SentFrame[]>;
}

function open(role: Role): Sender {
  const socket = new ScriptedDuplex(8 * 1024 * 1024);
  const ignore = (): void => undefined;
  const connection = new Connection(
    socket,
    connectionOptions({ limits: { maxBufferedBytes: 0 } }),
    {
      onMessage: ignore,
      onPing: ignore,
      onPong: ignore,
      onDrain: ignore,
      onClosing: ignore,
      onError: ignore,
      onClose: ignore,
    },
    { role },
  );
  connection.start(Buffer.alloc(0));
  const sent = async (): Promise<SentFrame[]> => {
    await settled();
    return readFrames(role, socket.takeWritten());
  };
  return { connection, sent };
}

describe.each(ROLES)('RFC 6455 §6.1 Sending Data, a %s', (role) => {
  it.each(SIZES)(
    '§6.1 a text of %i bytes is one frame with FIN and opcode 1, §5.2 its length in the shortest form',
    async (size) => {
      const { connection, sent } = open(role);
      expect(connection.sendText('x'.repeat(size))).toBe(true);
      expect(await sent()).toEqual([{ firstByte: 0x81, payload: Buffer.alloc(size, 'x') }]);
    },
  );

  it.each(SIZES)('§6.1 %i bytes are one frame with FIN and opcode 2', async (size) => {
    const { connection, sent } = open(role);
    const payload = Buffer.alloc(size, 0xfe);
    expect(connection.sendMessage(Opcode.BINARY, payload)).toBe(true);
    expect(await sent()).toEqual([{ firstByte: 0x82, payload }]);
    // §5.3: masking must not change what the application still holds.
    expect(payload.equals(Buffer.alloc(size, 0xfe))).toBe(true);
  });

  it('§6.1 text is sent as UTF-8, whatever the length of its characters', async () => {
    const { connection, sent } = open(role);
    const texts = ['', 'é', '€'.repeat(41), '€'.repeat(42), '𝄞'.repeat(100), 'aé€𝄞'.repeat(10_000)];
    for (const text of texts) connection.sendText(text);
    expect((await sent()).map(({ firstByte, payload }) => [firstByte, payload.toString()])).toEqual(
      texts.map((text) => [0x81, text]),
    );
  });

  it('§5.6 half a surrogate pair, which UTF-8 cannot say, leaves as the replacement character', async () => {
    const { connection, sent } = open(role);
    connection.sendText('a\ud834');
    expect((await sent())[0]!.payload.toString()).toBe('a\ufffd');
  });

  it('§5.4 fragments: the opcode on the first, FIN on the last, control frames between', async () => {
    const { connection, sent } = open(role);
    connection.sendFragment(Opcode.TEXT, Buffer.from('one'), false);
    connection.ping(Buffer.from('between'));
    connection.sendFragment(Opcode.CONTINUATION, Buffer.from('two'), false);
    connection.sendFragment(Opcode.CONTINUATION, Buffer.alloc(0), true);
    expect((await sent()).map(({ firstByte, payload }) => [firstByte, payload.toString()])).toEqual([
      [0x01, 'one'],
      [0x89, 'between'],
      [0x00, 'two'],
      [0x80, ''],
    ]);
  });

  it('§6.1 "The endpoint MUST ensure the WebSocket connection is in the OPEN state": after our Close nothing is sent', async () => {
    const { connection, sent } = open(role);
    connection.sendText('in time');
    connection.close(1000);
    expect(connection.sendText('too late')).toBe(false);
    expect(connection.sendMessage(Opcode.BINARY, Buffer.from('too late'))).toBe(false);
    expect(connection.ping(Buffer.alloc(0))).toBe(false);
    expect(connection.pong(Buffer.alloc(0))).toBe(false);
    expect((await sent()).map(({ firstByte }) => firstByte)).toEqual([0x81, 0x88]);
  });

  it('§5.1 everything sent in one turn stays in its order', async () => {
    const { connection, sent } = open(role);
    for (let i = 0; i < 50; i++) {
      connection.sendText(`text ${i}`);
      connection.sendMessage(Opcode.BINARY, Buffer.alloc(i * 1000, i));
      connection.ping(Buffer.from([i]));
    }
    const frames = await sent();
    expect(frames).toHaveLength(150);
    for (let i = 0; i < 50; i++) {
      expect(frames[i * 3]!.payload.toString()).toBe(`text ${i}`);
      expect(frames[i * 3 + 1]!.payload.equals(Buffer.alloc(i * 1000, i))).toBe(true);
      expect(frames[i * 3 + 2]).toEqual({ firstByte: 0x89, payload: Buffer.from([i]) });
    }
  });
});
