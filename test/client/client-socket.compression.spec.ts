// permessage-deflate from the client's side, in bytes: what the test itself inflates and deflates with zlib.

import { Buffer } from 'node:buffer';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { frame } from '../support/bytes.js';
import { HeardClient } from './heard-client.js';
import { OpenHandles } from './open-handles.js';
import { RawServer, type ServedSocket } from './raw-server.js';

const COMPRESSED_TEXT = 0xc1;
const TEXT = 0x81;
const COMPRESSED_BINARY = 0xc2;
const LONG = 'compressible, for it says the same again and again; '.repeat(100);
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);

let handles: OpenHandles;
let server: RawServer;
let extensions: string;

beforeEach(async () => {
  handles = await OpenHandles.now();
  extensions = 'permessage-deflate';
  server = await RawServer.start((request) => request.answer({ 'Sec-WebSocket-Extensions': extensions }));
});

afterEach(async () => {
  await server.close();
  expect(await handles.added()).toEqual([]);
});

async function open(answer = 'permessage-deflate'): Promise<{ client: HeardClient; peer: ServedSocket }> {
  extensions = answer;
  const client = await HeardClient.open(server.url, { compression: true });
  return { client, peer: await server.next() };
}

/** RFC 7692 §7.2.2, a message with a window of its own. */
function inflate(payload: Buffer, windowBits = 15): string {
  const bytes = Buffer.concat([payload, TAIL]);
  return inflateRawSync(bytes, { windowBits, finishFlush: constants.Z_SYNC_FLUSH }).toString();
}

/** §7.2.1 */
function deflate(message: string | Buffer): Buffer {
  const bytes = deflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH });
  return bytes.subarray(0, bytes.length - TAIL.length);
}

describe('RFC 7692 from the client’s side', () => {
  it('what the server named is told', async () => {
    const { client } = await open('permessage-deflate; server_no_context_takeover');
    expect(client.socket.extensions).toBe('permessage-deflate; server_no_context_takeover');
    await client.drop();
  });

  it('long messages are sent compressed with RSV1, then masked; short ones as they are', async () => {
    const { client, peer } = await open();
    client.socket.send(LONG);
    client.socket.send('short');
    client.socket.send(Buffer.from(LONG));
    const frames = await peer.take(3);
    expect(frames.map(({ firstByte }) => firstByte)).toEqual([COMPRESSED_TEXT, TEXT, COMPRESSED_BINARY]);
    expect(inflate(frames[0]!.payload)).toBe(LONG);
    expect(frames[0]!.payload.length).toBeLessThan(200);
    expect(frames[1]!.payload.toString()).toBe('short');
    await client.drop();
  });

  it('§7.1.1.2: with client_no_context_takeover each message begins anew', async () => {
    const { client, peer } = await open('permessage-deflate; client_no_context_takeover');
    client.socket.send(LONG);
    client.socket.send(LONG);
    const [first, second] = await peer.take(2);
    expect(second!.payload.equals(first!.payload)).toBe(true);
    expect(inflate(second!.payload)).toBe(LONG);
    await client.drop();
  });

  it('… without it the second refers to the first', async () => {
    const { client, peer } = await open();
    client.socket.send(LONG);
    client.socket.send(LONG);
    const [first, second] = await peer.take(2);
    expect(second!.payload.length).toBeLessThan(first!.payload.length);
    await client.drop();
  });

  it.each([9, 10, 15])('§7.1.2.2: keeps to client_max_window_bits=%i', async (bits) => {
    const { client, peer } = await open(`permessage-deflate; client_max_window_bits=${bits}`);
    // What is said again lies 600 bytes back, beyond the smallest window.
    const text = Array.from({ length: 2000 }, (_, i) => String.fromCharCode(33 + ((i * 7919 + (i >> 3)) % 90))).join(
      '',
    );
    client.socket.send(text.slice(0, 600) + text.slice(0, 600));
    const { payload } = await peer.nextFrame();
    expect(inflate(payload, bits)).toBe(text.slice(0, 600) + text.slice(0, 600));
    await client.drop();
  });

  it('what comes compressed is inflated, in one frame and in fragments, mixed with what is not', async () => {
    const { client, peer } = await open();
    const bytes = deflate(LONG);
    peer.write(
      frame('server', COMPRESSED_TEXT, deflate('first')),
      frame('server', TEXT, 'plain'),
      frame('server', 0x42, bytes.subarray(0, 10)),
      frame('server', 0x00, bytes.subarray(10, 11)),
      frame('server', 0x80, bytes.subarray(11)),
      frame('server', COMPRESSED_TEXT, Buffer.from([0])),
    );
    expect(await client.take(4)).toEqual(['first', 'plain', Buffer.from(LONG), '']);
    await client.drop();
  });

  it.each([
    ['no DEFLATE data', frame('server', COMPRESSED_TEXT, Buffer.alloc(20, 0xff)), 'compressed-data-invalid'],
    ['a text that is not UTF-8', frame('server', COMPRESSED_TEXT, deflate(Buffer.from([0x61, 0xff]))), 'text-not-utf8'],
    ['a bomb', frame('server', COMPRESSED_BINARY, deflate('0'.repeat(2_000_000))), 'message-too-big'],
  ])('%s fails the connection', async (_, bytes, violation) => {
    const { client, peer } = await open();
    peer.write(bytes);
    await peer.nextFrame();
    expect(await client.closed()).toEqual([1006, '']);
    expect(client.errors).toEqual([expect.objectContaining({ violation })]);
  });

  it('a large message, compressed on another thread, keeps its place among small ones', async () => {
    const { client, peer } = await open();
    const large = LONG.repeat(20);
    client.socket.send(large);
    client.socket.send('behind it');
    client.socket.ping(Buffer.from('and behind that'));
    const frames = await peer.take(3);
    expect(inflate(frames[0]!.payload)).toBe(large);
    expect(frames.slice(1).map(({ payload }) => payload.toString())).toEqual(['behind it', 'and behind that']);
    await client.drop();
  });

  it('cut while a large message is at work: nothing is left behind', async () => {
    const { client } = await open();
    client.socket.send(LONG.repeat(100));
    await client.drop();
  });
});
