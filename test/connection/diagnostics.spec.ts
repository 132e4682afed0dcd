import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { channel } from 'node:diagnostics_channel';
import { constants, deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Connection, type ConnectionSetup } from '../../lib/connection/connection.js';
import { type FrameDiagnostics, publishFrame, VISIBLE_BYTES } from '../../lib/connection/diagnostics.js';
import { PreparedMessage } from '../../lib/connection/prepared-message.js';
import { createCompression } from '../../lib/connection/zlib/create-compression.js';
import { Opcode } from '../../lib/frame/opcode.js';
import { byteByByte, closePayload, frame, type Role } from '../support/bytes.js';
import { ScriptedDuplex, settled } from '../support/scripted-duplex.js';
import { readServerFrames } from '../support/server-frames.js';
import { drawFrame, WireLog } from '../support/wire-log.js';
import { connectionOptions, NOBODY } from './recorded-connection.js';

const TEXT = 0x81;
const BINARY = 0x82;
const CLOSE = 0x88;
const PING = 0x89;
const PONG = 0x8a;

function open(setup: ConnectionSetup = {}): { connection: Connection; socket: ScriptedDuplex; from: Role } {
  const socket = new ScriptedDuplex();
  const connection = new Connection(socket, { ...connectionOptions(), autoPong: true }, NOBODY, setup);
  connection.start(Buffer.alloc(0));
  return { connection, socket, from: setup.role === 'client' ? 'server' : 'client' };
}

function compressed(role: 'client' | 'server'): ConnectionSetup {
  const agreement = {
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    serverMaxWindowBits: 15,
    clientMaxWindowBits: 15,
  };
  const settings = { thresholdBytes: 100, level: 6, memoryLevel: 8 };
  return { role, compression: createCompression(role, agreement, settings) };
}

describe('nestwire:frame', () => {
  let log: WireLog;

  beforeEach(() => {
    log = new WireLog();
  });

  afterEach(() => log.stop());

  const drawn = (): string[] => log.frames.map(drawFrame);

  it('what comes from a client is masked, what goes to it is not, in the order of the wire', async () => {
    const { connection, socket } = open();
    connection.sendText('first');
    socket.receive(Buffer.concat([frame('client', TEXT, 'é'), frame('client', PING, 'p'), frame('client', PONG, 'q')]));
    await settled();
    connection.sendMessage(Opcode.BINARY, Buffer.from('last'));
    connection.ping(Buffer.from('r'));
    expect(drawn()).toEqual([
      'out FIN .... .... 1 5 first',
      'in FIN .... MASK 1 2 Ã©',
      'in FIN .... MASK 9 1 p',
      'out FIN .... .... a 1 p',
      'in FIN .... MASK a 1 q',
      'out FIN .... .... 2 4 last',
      'out FIN .... .... 9 1 r',
    ]);
    expect([...log.records.keys()]).toEqual([socket]);
  });

  it('a subscriber may send in turn: each frame goes to its own connection, whole', async () => {
    const one = open();
    const other = open();
    let sent = 0;
    const answer = (message: unknown): void => {
      const { socket, direction } = message as FrameDiagnostics;
      if (socket === one.socket && direction === 'out' && sent++ === 0) other.connection.sendText('to the other');
    };
    channel('nestwire:frame').subscribe(answer);
    one.connection.sendText('to the one');
    await settled();
    channel('nestwire:frame').unsubscribe(answer);
    expect(one.socket.takeWritten()).toEqual(frame('server', TEXT, 'to the one'));
    expect(other.socket.takeWritten()).toEqual(frame('server', TEXT, 'to the other'));
  });

  it('for the client’s role the other way round', async () => {
    const { connection, socket } = open({ role: 'client' });
    connection.sendText('from the client');
    connection.sendMessage(Opcode.BINARY, Buffer.alloc(20_000, 'b'));
    socket.receive(Buffer.concat([frame('server', TEXT, 'from the server'), frame('server', PING)]));
    await settled();
    expect(drawn().map((line) => line.slice(0, 60))).toEqual([
      'out FIN .... MASK 1 15 from the client',
      `out FIN .... MASK 2 20000 ${'b'.repeat(34)}`,
      'in FIN .... .... 1 15 from the server',
      'in FIN .... .... 9 0',
      'out FIN .... MASK a 0',
    ]);
  });

  it('texts of every length on their way out', () => {
    const { connection } = open();
    const texts = ['', 'short', 'é'.repeat(41), 'é'.repeat(42), '€'.repeat(5000), 'long'.repeat(5000)];
    for (const text of texts) connection.sendText(text);
    expect(log.frames.map(({ payloadLength }) => payloadLength)).toEqual(texts.map((text) => Buffer.byteLength(text)));
    expect(log.frames.map(({ payload }) => payload)).toEqual(texts.map((text) => Buffer.from(text).subarray(0, 64)));
  });

  it('fragments, one event each, with control frames between them', async () => {
    const { connection, socket } = open();
    socket.receive(
      Buffer.concat([
        frame('client', 0x01, 'one'),
        frame('client', PING, '!'),
        frame('client', 0x00, ''),
        frame('client', 0x80, 'two'),
      ]),
    );
    await settled();
    connection.sendFragment(Opcode.BINARY, Buffer.from('a'), false);
    connection.sendFragment(Opcode.CONTINUATION, Buffer.from('b'), true);
    expect(drawn()).toEqual([
      'in ... .... MASK 1 3 one',
      'in FIN .... MASK 9 1 !',
      'out FIN .... .... a 1 !',
      'in ... .... MASK 0 0',
      'in FIN .... MASK 0 3 two',
      'out ... .... .... 2 1 a',
      'out FIN .... .... 0 1 b',
    ]);
  });

  it('RFC 7692 §6: RSV1 and the compressed bytes, as they travel', async () => {
    const { connection, socket } = open(compressed('server'));
    const message = 'again and '.repeat(50);
    const bytes = deflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    socket.receive(
      Buffer.concat([frame('client', 0x41, bytes.subarray(0, 5)), frame('client', 0x80, bytes.subarray(5))]),
    );
    connection.sendText(message);
    connection.sendText('short');
    await settled();
    const frames = log.frames.map((each) => [each.direction, each.rsv1, each.fin, each.payloadLength]);
    expect(frames).toEqual([
      ['out', true, true, bytes.length],
      ['out', false, true, 5],
      ['in', true, false, 5],
      ['in', false, true, bytes.length - 5],
    ]);
    expect(log.frames[0]!.payload).toEqual(Buffer.from(bytes.subarray(0, 64)));
    expect(log.frames[2]!.payload).toEqual(Buffer.from(bytes.subarray(0, 5)));
  });

  it.each([40, 4_000, 80_000])('RFC 7692 §6: what is compressed once for several, %i bytes of it', async (length) => {
    const members = [open(compressed('server')), open(compressed('server'))];
    const text = randomBytes(length).toString('base64').padEnd(100, ' ');
    const message = new PreparedMessage(text);
    for (const { connection } of members) expect(connection.sendPrepared(message)).toBe(true);
    await log.until('a frame for each', () => (log.frames.length === members.length ? true : undefined));
    await settled();
    for (const { socket } of members) {
      const [sent] = readServerFrames(socket.written);
      const [{ rsv1, payloadLength, payload }] = log.records.get(socket)!.frames as [FrameDiagnostics];
      expect({ rsv1, payloadLength }).toEqual({ rsv1: true, payloadLength: sent!.payload.length });
      expect(payload).toEqual(Buffer.from(sent!.payload.subarray(0, VISIBLE_BYTES)));
    }
  });

  // MessageDecoder.readPayload takes a frame whose header came without any payload for new once more.
  it.each([
    ['server', 'client'],
    ['client', 'server'],
  ] as const)('one event for each frame that comes to a %s, however TCP cuts it', async (role, from) => {
    const { socket } = open({ role });
    const bytes = Buffer.concat([
      frame(from, TEXT, 'byte by byte'),
      frame(from, BINARY, ''),
      frame(from, PING, 'p'),
      frame(from, BINARY, Buffer.alloc(130)),
    ]);
    for (const byte of byteByByte(bytes)) socket.receive(byte);
    await settled();
    const received = log.frames.filter(({ direction }) => direction === 'in');
    expect(received.map(({ opcode, payloadLength }) => [opcode, payloadLength])).toEqual([
      [1, 12],
      [2, 0],
      [9, 1],
      [2, 130],
    ]);
  });

  it('shows at most 64 bytes, of what came with the header', async () => {
    const { socket } = open();
    const bytes = frame('client', BINARY, Buffer.alloc(200, 'x'));
    socket.receive(bytes);
    await settled();
    socket.receive(bytes.subarray(0, 20));
    await settled();
    socket.receive(bytes.subarray(20));
    await settled();
    const shown = log.frames.map(({ payloadLength, payload }) => [payloadLength, payload.toString()]);
    expect(shown[0]).toEqual([200, 'x'.repeat(64)]);
    expect(shown[1]).toEqual([200, 'x'.repeat(12)]);
    expect(shown).toHaveLength(2);
  });

  it('the payload is a copy: what is sent or received later does not change it', async () => {
    const { connection, socket } = open();
    const sent = Buffer.from('sent');
    connection.sendMessage(Opcode.BINARY, sent);
    sent.fill(0);
    const large = Buffer.alloc(20_000, 'l');
    connection.sendMessage(Opcode.BINARY, large);
    large.fill(0);
    const received = frame('client', TEXT, 'received');
    socket.push(received);
    await settled();
    received.fill(0);
    expect(log.frames.map(({ payload }) => payload.toString())).toEqual(['sent', 'l'.repeat(64), 'received']);
    // No more than was shown stays in memory.
    for (const { payload } of log.frames) expect(payload.buffer).not.toBe(large.buffer);
  });

  it('a frame that breaks a rule at its header is not shown, what led to it is', async () => {
    const { socket } = open();
    socket.receive(Buffer.concat([frame('client', TEXT, 'good'), frame('server', TEXT, 'unmasked')]));
    await settled();
    expect(drawn()).toEqual([
      'in FIN .... MASK 1 4 good',
      `out FIN .... .... 8 2 ${closePayload(1002).toString('latin1')}`,
    ]);
  });

  it('what is refused is not shown', () => {
    const { connection } = open();
    connection.close(1000);
    connection.sendText('late');
    expect(log.frames.map(({ opcode }) => opcode)).toEqual([8]);
  });
});

describe('nestwire:close', () => {
  let log: WireLog;

  beforeEach(() => {
    log = new WireLog();
  });

  afterEach(() => log.stop());

  const closes = (): unknown[] =>
    [...log.records.values()].flatMap(({ close }) => (close === undefined ? [] : [[close.code, close.reason]]));

  it('code and reason of the peer, once, when the stream is gone', async () => {
    const { socket } = open();
    socket.receive(frame('client', CLOSE, closePayload(3000, 'à bientôt')));
    await settled();
    expect(log.frames.map(({ direction, opcode }) => `${direction} ${opcode}`)).toEqual(['in 8', 'out 8']);
    expect(closes()).toEqual([]);
    socket.receiveEnd();
    await settled();
    expect(closes()).toEqual([[3000, 'à bientôt']]);
  });

  it('1005 without a code, 1006 without a Close frame', async () => {
    const first = open();
    first.socket.receive(frame('client', CLOSE));
    first.socket.receiveEnd();
    const second = open();
    second.connection.terminate();
    await settled();
    expect(closes()).toEqual([
      [1005, ''],
      [1006, ''],
    ]);
    expect([...log.records.keys()]).toEqual([first.socket, second.socket]);
  });
});

describe('without subscribers', () => {
  it('nothing is published and nothing prepared', async () => {
    const spies = ['handshake', 'frame', 'close'].map((name) => jest.spyOn(channel(`nestwire:${name}`), 'publish'));
    const { connection, socket } = open();
    const payload = Buffer.from('payload');
    const copying = jest.spyOn(Buffer, 'from');
    connection.sendMessage(Opcode.BINARY, payload);
    connection.sendText('a text');
    connection.sendText('é'.repeat(200));
    expect(copying).not.toHaveBeenCalled();
    copying.mockRestore();
    socket.receive(frame('client', TEXT, 'x'));
    socket.receive(frame('client', CLOSE));
    socket.receiveEnd();
    await settled();
    expect(socket.destroyed).toBe(true);
    for (const spy of spies) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });
});

describe('publishFrame', () => {
  const before: Omit<FrameDiagnostics, 'payload'> = {
    socket: new ScriptedDuplex(),
    direction: 'in',
    fin: true,
    rsv1: false,
    opcode: 2,
    masked: true,
    payloadLength: 1000,
  };

  it.each([0, 1, VISIBLE_BYTES - 1, VISIBLE_BYTES, VISIBLE_BYTES + 1, 1000])(
    'of %i bytes at most 64, copied',
    (size) => {
      const log = new WireLog();
      const payload = Buffer.alloc(size, 'a');
      publishFrame({ ...before, payload });
      payload.fill('b');
      log.stop();
      expect(log.frames).toEqual([{ ...before, payload: Buffer.alloc(Math.min(size, 64), 'a') }]);
    },
  );
});
