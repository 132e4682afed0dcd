// What must hold for all bytes and for all messages: whatever a peer sends leads to what the plain reading of the RFC leads
// to, however it is cut; and whatever one side sends, the other receives.

import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Connection } from '../../lib/connection/connection.js';
import { MessageInflater } from '../../lib/connection/zlib/message-inflater.js';
import { createCompression } from '../../lib/connection/zlib/create-compression.js';
import { Opcode } from '../../lib/frame/opcode.js';
import { ProtocolError } from '../../lib/frame/protocol-error.js';
import { INFLATING, MessageDecoder, NOTHING } from '../../lib/message/message-decoder.js';
import { Conversation } from '../../lib/protocol/conversation.js';
import { connectionOptions } from '../connection/recorded-connection.js';
import { closePayload, cut, frame, frameWithLength, type Role, ROLES } from '../support/bytes.js';
import { ScriptedDuplex, settled } from '../support/scripted-duplex.js';
import { readPlainly } from './reference-reader.js';
import { binary, controlFrame, expectedOf, ping, pong, SMALL_LIMITS, text } from './wire-case.js';

const other = (role: Role): Role => (role === 'server' ? 'client' : 'server');

const payloads = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }).map((value) => Buffer.from(value)),
  fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value)),
  fc.constantFrom('κόσμε', '𝄞', 'x'.repeat(126), 'é'.repeat(60), '').map((value) => Buffer.from(value)),
  fc
    .tuple(fc.constantFrom(1000, 1001, 1005, 1015, 3000, 999), fc.string({ maxLength: 4 }))
    .map(([code, reason]) => closePayload(code, reason)),
);

const firstBytes = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x00, 0x80, 0x89, 0x8a) },
  { weight: 1, arbitrary: fc.constantFrom(0x88, 0xc1, 0x83, 0x8b, 0x09) },
  { weight: 1, arbitrary: fc.nat(255) },
);

/** Frames that are mostly right, one behind the other, as a peer of this role would send them. */
const traffic = (from: Role): fc.Arbitrary<Buffer> => {
  const usual = fc.tuple(firstBytes, payloads).map(([firstByte, payload]) => frame(from, firstByte, payload));
  const odd = fc.oneof(
    fc.tuple(firstBytes, payloads).map(([firstByte, payload]) => frame(other(from), firstByte, payload)),
    fc
      .tuple(firstBytes, fc.array(fc.nat(255), { minLength: 1, maxLength: 9 }))
      .map(([firstByte, [short = 0, ...more]]) => frameWithLength(from, firstByte, [short & 0x7f, ...more], 'xyz')),
    fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
  );
  return fc
    .array(fc.oneof({ weight: 15, arbitrary: usual }, { weight: 1, arbitrary: odd }), { maxLength: 14 })
    .map((frames) => Buffer.concat(frames));
};

const places = fc.array(fc.nat(600), { maxLength: 8 });

function converse(role: Role, pieces: readonly Buffer[]): unknown {
  const received: string[] = [];
  const sent: string[] = [];
  const conversation = new Conversation(role, SMALL_LIMITS, {
    receiveMessage: (payload, isBinary, isAscii) => {
      expect(isAscii).toBe(payload.every((byte) => byte < 0x80));
      received.push(isBinary ? binary(payload) : text(payload));
    },
    receivePing: (payload) => received.push(ping(payload)),
    receivePong: (payload) => received.push(pong(payload)),
    sendControl: (opcode, payload) => sent.push(controlFrame(0x80 | opcode, payload)),
    beginClosing: () => undefined,
    reportViolation: () => undefined,
    endTransport: () => undefined,
    holdReading: () => undefined,
    continueReading: () => undefined,
  });
  for (const piece of pieces) conversation.receive(piece);
  const { closeCode, closeReason } = conversation;
  return { received, sent, closeCode: conversation.isOpen ? 0 : closeCode, closeReason: closeReason.toString() };
}

describe.each(ROLES)('any bytes, to a %s', (role) => {
  const from = other(role);
  const property = (bytes: Buffer, places: readonly number[]): void => {
    const { received, ends } = readPlainly(from, bytes, SMALL_LIMITS);
    const expected = expectedOf({ rule: '', frames: [], receives: received, ends });
    expect(converse(role, cut(bytes, ...places))).toEqual(expected);
  };

  it('lead to what the plain reading of the RFC leads to, however they are cut: frames that are mostly right', () => {
    fc.assert(fc.property(traffic(from), places, property), { numRuns: 1500 });
  });

  it('lead to what the plain reading of the RFC leads to, however they are cut: bytes at random', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
        places,
        property,
      ),
      { numRuns: 1000 },
    );
  });

  it('lead, with compression agreed on, to messages or one documented error, after which a fresh decoder works', () => {
    const compressedTraffic = fc
      .array(fc.tuple(fc.constantFrom(0xc1, 0xc2, 0x41, 0x42, 0x00, 0x80, 0x89), fc.uint8Array({ maxLength: 60 })), {
        maxLength: 6,
      })
      .map((frames) => Buffer.concat(frames.map(([firstByte, payload]) => frame(from, firstByte, payload))));
    const decode = (pieces: readonly Buffer[]): string[] => {
      const inflater = new MessageInflater({ noContextTakeover: true });
      const decoder = new MessageDecoder(from, SMALL_LIMITS, { inflater, onInflated: () => undefined });
      const log: string[] = [];
      try {
        for (const piece of pieces) {
          decoder.feed(piece);
          for (let found = decoder.next(); found !== NOTHING; found = decoder.next()) {
            expect(found).not.toBe(INFLATING);
            log.push(`${found}: ${decoder.payload.toString('hex')}`);
          }
        }
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        log.push(String(error.closeCode));
      } finally {
        inflater.close();
      }
      return log;
    };
    fc.assert(
      fc.property(compressedTraffic, places, (bytes, places) => {
        const [whole, inPieces] = [decode([Buffer.from(bytes)]), decode(cut(bytes, ...places))];
        expect(messagesAndEnd(inPieces)).toEqual(messagesAndEnd(whole));
        // The contexts behind decoders are shared: none may be left in a state that the next one notices.
        expect(decode([frame(from, 0xc1, Buffer.from('f248cdc9c90700', 'hex'))])).toEqual(['1: 48656c6c6f']);
      }),
      { numRuns: 800 },
    );
  });
});

/** What arrives together is read before it is inflated: a ping or a broken header may overtake data that is no DEFLATE. */
function messagesAndEnd(log: readonly string[]): string[] {
  return log.filter((line) => /^[12]: |^10/.test(line)).map((line) => line.replace(/^10\d\d$/, 'failed'));
}

type Sent =
  | { kind: 'text'; text: string }
  | { kind: 'binary'; bytes: Buffer }
  | { kind: 'plain'; bytes: Buffer }
  | { kind: 'fragments'; pieces: Buffer[] }
  | { kind: 'ping' | 'pong'; bytes: Buffer };

const buffers = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes));
const large = fc
  .tuple(fc.nat(255), fc.constantFrom(16_384, 16_385, 40_000, 66_000))
  .map(([byte, size]) => Buffer.alloc(size, byte));

const sents: fc.Arbitrary<Sent[]> = fc.array(
  fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 200 }).map((text): Sent => ({ kind: 'text', text })),
    buffers(300).map((bytes): Sent => ({ kind: 'binary', bytes })),
    large.map((bytes): Sent => ({ kind: 'binary', bytes })),
    buffers(100).map((bytes): Sent => ({ kind: 'plain', bytes })),
    fc.array(buffers(50), { minLength: 1, maxLength: 6 }).map((pieces): Sent => ({ kind: 'fragments', pieces })),
    fc.tuple(fc.constantFrom('ping', 'pong'), buffers(125)).map(([kind, bytes]): Sent => ({ kind, bytes })),
  ),
  { maxLength: 10 },
);

const agreements = fc.option(
  fc.record({
    serverNoContextTakeover: fc.boolean(),
    clientNoContextTakeover: fc.boolean(),
    serverMaxWindowBits: fc.integer({ min: 9, max: 15 }),
    clientMaxWindowBits: fc.integer({ min: 9, max: 15 }),
  }),
);

function send(connection: Connection, sent: Sent): string[] {
  switch (sent.kind) {
    case 'text':
      connection.sendText(sent.text);
      return [text(sent.text)];
    case 'binary':
      connection.sendMessage(Opcode.BINARY, sent.bytes);
      return [binary(sent.bytes)];
    case 'plain':
      connection.sendUncompressed(Opcode.BINARY, sent.bytes);
      return [binary(sent.bytes)];
    case 'fragments':
      for (const [i, piece] of sent.pieces.entries()) {
        connection.sendFragment(i === 0 ? Opcode.BINARY : Opcode.CONTINUATION, piece, i === sent.pieces.length - 1);
      }
      return [binary(Buffer.concat(sent.pieces))];
    case 'ping':
      connection.ping(sent.bytes);
      return [ping(sent.bytes)];
    default:
      connection.pong(sent.bytes);
      return [pong(sent.bytes)];
  }
}

describe.each(ROLES)('any messages, from a %s', (role) => {
  it('arrive as they were sent, in order, whatever was agreed on and however the bytes are cut', async () => {
    const settings = { thresholdBytes: 10, level: -1, memoryLevel: 8, maxJobs: 4 };
    await fc.assert(
      fc.asyncProperty(
        sents,
        agreements,
        fc.array(fc.nat(100_000), { maxLength: 6 }),
        async (sents, agreement, places) => {
          const log: string[] = [];
          const open = (side: Role): { connection: Connection; socket: ScriptedDuplex } => {
            const socket = new ScriptedDuplex(4 * 1024 * 1024);
            const handler = {
              onMessage: (payload: Buffer, isBinary: boolean) => log.push(isBinary ? binary(payload) : text(payload)),
              onPing: (payload: Buffer) => log.push(ping(payload)),
              onPong: (payload: Buffer) => log.push(pong(payload)),
              onDrain: () => undefined,
              onClosing: () => log.push('closing'),
              onError: (error: Error) => log.push(String(error)),
              onClose: () => undefined,
            };
            const compression = agreement === null ? undefined : createCompression(side, agreement, settings);
            const connection = new Connection(socket, connectionOptions(), handler, { role: side, compression });
            connection.start(Buffer.alloc(0));
            return { connection, socket };
          };
          const sender = open(role);
          const receiver = open(other(role));
          const expected = sents.flatMap((sent) => send(sender.connection, sent));
          await bothSettled(() => sender.connection.bufferedBytes === 0);
          for (const piece of cut(sender.socket.written, ...places)) receiver.socket.receive(piece);
          await bothSettled(() => log.length >= expected.length);
          expect(log).toEqual(expected);
          sender.connection.terminate();
          receiver.connection.terminate();
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** Until large messages have come back from other threads. */
async function bothSettled(condition: () => boolean): Promise<void> {
  do await settled();
  while (!condition());
}
