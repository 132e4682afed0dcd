import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { Opcode } from '../../lib/frame/opcode.js';
import { closePayload, frame } from '../support/bytes.js';
import { settled } from '../support/scripted-duplex.js';
import { readServerFrames } from '../support/server-frames.js';
import { recordedCallbacks } from './recorded-outbox.js';
import { recordedConnection } from './recorded-connection.js';

const TEXT = 0x81;
const BINARY = 0x82;
const CLOSE = 0x88;
const PING = 0x89;
const PONG = 0x8a;

const text = (payload: string) => frame('client', TEXT, payload);
const ping = (payload = '') => frame('client', PING, payload);

describe('receiving', () => {
  it('hands over messages of both kinds, pings and pongs in their order', async () => {
    const { socket, log } = recordedConnection().start();
    socket.receive(Buffer.concat([text('é'), frame('client', BINARY, 'b'), ping('p'), frame('client', PONG, 'q')]));
    await settled();
    expect(log).toEqual(['text: é', 'binary: b', 'ping: p', 'pong: q']);
  });

  it('reads what came behind the handshake first', async () => {
    const { socket, log, start } = withStart();
    socket.receive(text('second'));
    start(text('first'));
    await settled();
    expect(log).toEqual(['text: first', 'text: second']);
  });

  it('the head may be cut in the middle of a frame', async () => {
    const bytes = text('in two pieces');
    const { socket, log, start } = withStart();
    start(bytes.subarray(0, 4));
    socket.receive(bytes.subarray(4));
    await settled();
    expect(log).toEqual(['text: in two pieces']);
  });

  it('does not change the head, which is not its own', () => {
    const head = text('masked still');
    const before = Buffer.from(head);
    recordedConnection().start(head);
    expect(head.equals(before)).toBe(true);
  });

  it('reads nothing before it is started', async () => {
    const { socket, log } = recordedConnection();
    socket.receive(text('early'));
    await settled();
    expect(log).toEqual([]);
  });

  it('all answers to one chunk leave in one write, pongs included', async () => {
    const recorded = recordedConnection();
    recorded.on('text: a', () => recorded.connection.sendText('A'));
    recorded.on('text: b', () => recorded.connection.sendMessage(Opcode.BINARY, Buffer.alloc(20_000)));
    recorded.on('text: c', () => recorded.connection.close(1000));
    recorded.start();
    recorded.socket.receive(Buffer.concat([text('a'), ping(), text('b'), ping(), text('c')]));
    await settled();
    expect(recorded.socket.writes).toHaveLength(1);
    expect(readServerFrames(recorded.socket.written).map(({ firstByte }) => firstByte)).toEqual([
      TEXT,
      PONG,
      BINARY,
      PONG,
      CLOSE,
    ]);
  });

  it('a broken rule: told as an error, closed with its code, the rest of the chunk ignored', async () => {
    const { socket, log } = recordedConnection().start();
    socket.receive(Buffer.concat([text('good'), frame('server', TEXT, 'unmasked'), text('never read')]));
    await settled();
    expect(log).toEqual([
      'text: good',
      'error: ProtocolError: a frame from a client must be masked (RFC 6455 §5.1)',
      'closing',
    ]);
    expect(socket.written.equals(frame('server', CLOSE, closePayload(1002)))).toBe(true);
    expect(socket.writableFinished).toBe(true);
    socket.receive(text('nor this'));
    await settled();
    expect(log).toHaveLength(3);
  });

  it('leaves pings to who listens to them with autoPong: false', async () => {
    const { socket, log } = recordedConnection({ autoPong: false }).start();
    socket.receive(ping('p'));
    await settled();
    expect(log).toEqual(['ping: p']);
    expect(socket.writes).toEqual([]);
  });
});

describe('sending', () => {
  it('is refused as soon as the closing handshake has begun', async () => {
    const { socket, connection } = recordedConnection().start();
    connection.close(1001, 'bye');
    expect(connection.sendText('late')).toBe(false);
    expect(connection.sendMessage(Opcode.TEXT, Buffer.from('late'))).toBe(false);
    expect(connection.ping(Buffer.alloc(0))).toBe(false);
    expect(connection.pong(Buffer.alloc(0))).toBe(false);
    await settled();
    expect(socket.written.equals(frame('server', CLOSE, closePayload(1001, 'bye')))).toBe(true);
  });

  it('is refused after terminate, though the stream has not said that it closed', async () => {
    const { socket, connection, log } = recordedConnection().start();
    connection.terminate();
    expect(connection.isOpen).toBe(false);
    expect(connection.readyState).toBe(2);
    expect(connection.sendText('late')).toBe(false);
    expect(connection.ping(Buffer.alloc(0))).toBe(false);
    await settled();
    expect(connection.readyState).toBe(3);
    expect(socket.writes).toEqual([]);
    expect(log).toEqual(['closing', 'close: 1006']);
  });

  it('pings and pongs carry their payload', async () => {
    const { socket, connection } = recordedConnection().start();
    connection.ping(Buffer.from('a'));
    connection.pong(Buffer.from('b'));
    await settled();
    expect(socket.written.equals(Buffer.concat([frame('server', PING, 'a'), frame('server', PONG, 'b')]))).toBe(true);
  });

  it('fragments carry FIN on the last and the opcode on the first', async () => {
    const { socket, connection } = recordedConnection().start();
    connection.sendFragment(Opcode.TEXT, Buffer.from('a'), false);
    connection.ping(Buffer.alloc(0));
    connection.sendFragment(Opcode.CONTINUATION, Buffer.from('b'), true);
    await settled();
    expect(readServerFrames(socket.written).map(({ firstByte }) => firstByte)).toEqual([0x01, PING, 0x80]);
  });

  it('bufferedBytes and isBehind tell of what the socket has not taken', async () => {
    const { socket, connection, log } = recordedConnection().start();
    socket.block();
    connection.sendMessage(Opcode.BINARY, Buffer.alloc(20_000));
    await settled();
    expect(connection.bufferedBytes).toBe(20_004);
    expect(connection.isBehind).toBe(true);
    socket.unblock();
    await settled();
    expect(connection.bufferedBytes).toBe(0);
    expect(connection.isBehind).toBe(false);
    expect(log).toEqual(['drain']);
  });

  it('watchDrain asks for one drain where there would be none', async () => {
    const { connection, log } = recordedConnection().start();
    connection.watchDrain();
    connection.sendText('x');
    await settled();
    connection.sendText('y');
    await settled();
    expect(log).toEqual(['drain']);
  });
});

describe('a peer that does not read', () => {
  const OVERFLOW =
    'error: BufferOverflowError: the peer reads too slowly: more than 1000 bytes were waiting to be sent (limits.maxBufferedBytes)';

  it('is cut off at maxBufferedBytes, with one error, however much more is sent to it', async () => {
    const { socket, connection, log } = recordedConnection({ limits: { maxBufferedBytes: 1000 } }).start();
    socket.block();
    connection.sendMessage(Opcode.BINARY, Buffer.alloc(20_000));
    await settled();
    expect(connection.sendText('x'.repeat(1000))).toBe(true);
    for (let i = 0; i < 100; i++) expect(connection.sendText('too much')).toBe(false);
    await settled();
    expect(log).toEqual(['closing', OVERFLOW, 'close: 1006']);
    expect(socket.destroyed).toBe(true);
  });

  it('but not for a message that was larger than the limit by itself, whatever small ones follow it', async () => {
    const { socket, connection, log } = recordedConnection({ limits: { maxBufferedBytes: 1000 } }).start();
    socket.block();
    expect(connection.sendMessage(Opcode.BINARY, Buffer.alloc(20_000))).toBe(true);
    await settled();
    for (let i = 0; i < 10; i++) expect(connection.sendText('complete')).toBe(true);
    await settled();
    expect(log).toEqual([]);
  });

  it('whoever sends again when told of it is refused, not told again', async () => {
    const recorded = recordedConnection({ limits: { maxBufferedBytes: 1000 } }).start();
    const { socket, connection, log } = recorded;
    recorded.on('error', () => expect(connection.sendText('one more')).toBe(false));
    socket.block();
    connection.sendMessage(Opcode.BINARY, Buffer.alloc(20_000));
    await settled();
    connection.sendText('x'.repeat(1000));
    connection.sendText('too much');
    await settled();
    expect(log).toEqual(['closing', OVERFLOW, 'close: 1006']);
  });

  it('and floods us with pings is closed with 1008', async () => {
    const { socket, connection, log } = recordedConnection({
      limits: { maxPendingPongs: 1, closeTimeoutMs: 0 },
    }).start();
    socket.block();
    connection.sendMessage(Opcode.BINARY, Buffer.alloc(20_000));
    await settled();
    socket.takeWritten();
    socket.receive(Buffer.concat(Array.from({ length: 100 }, () => ping())));
    await settled();
    expect(log.filter((line) => !line.startsWith('ping'))).toEqual([
      'error: ProtocolError: too many pings while the answers are not read (RFC 6455 §10.4)',
      'closing',
    ]);
    socket.unblock();
    await settled();
    expect(readServerFrames(socket.takeWritten()).at(-1)).toEqual({ firstByte: CLOSE, payload: closePayload(1008) });
    expect(socket.writableFinished).toBe(true);
  });

  it('callbacks of all that it never read are called once, before the end is told', async () => {
    const { socket, connection, log } = recordedConnection({ limits: { maxBufferedBytes: 25_000 } }).start();
    const { calls, callback } = recordedCallbacks();
    socket.block();
    connection.sendMessage(Opcode.BINARY, Buffer.alloc(20_000), callback('a'));
    await settled();
    connection.sendText('waits', callback('b'));
    await settled();
    expect(connection.sendMessage(Opcode.BINARY, Buffer.alloc(20_000), callback('refused: its sender knows'))).toBe(
      false,
    );
    await settled();
    expect(new Set(calls.map((call) => call.split(':')[0]))).toEqual(new Set(['a', 'b']));
    expect(calls).toHaveLength(2);
    expect(log.at(-1)).toBe('close: 1006');
  });
});

function withStart() {
  const recorded = recordedConnection();
  return { socket: recorded.socket, log: recorded.log, start: (head?: Uint8Array) => recorded.start(head) };
}
