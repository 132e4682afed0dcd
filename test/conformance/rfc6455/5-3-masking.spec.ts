// RFC 6455 §5.3: masking, whatever the key and wherever the payload is cut; and the keys of our own client.

import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from '../../../lib/client/connect.js';
import { hex } from '../../support/bytes.js';
import { PeerServer } from '../connected.js';
import { binary, conforms, type Frame, text, type WireCase } from '../harness.js';

/** "octet i of the transformed data is the XOR of octet i of the original data with octet at index i modulo 4". */
function maskedWith(key: Buffer, payload: Uint8Array): Buffer {
  return Buffer.from(payload.map((octet, i) => octet ^ key[i % 4]!));
}

const maskedFrame =
  (firstByte: number, key: Buffer, payload: Buffer): Frame =>
  () => {
    const length =
      payload.length < 126 ? [0x80 | payload.length] : [0x80 | 126, payload.length >> 8, payload.length & 0xff];
    return Buffer.concat([Buffer.from([firstByte, ...length]), key, maskedWith(key, payload)]);
  };

const KEYS = ['00 00 00 00', 'ff ff ff ff', '80 00 00 01', '00 00 00 80', '01 02 03 04', '7f 80 fe ff'].map(hex);
const LENGTHS = [1, 2, 3, 4, 5, 7, 8, 9, 31, 47, 48, 49, 63, 125, 126, 200];
const bytesOf = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 37 + 11) & 0xff));

const cases: WireCase[] = [
  ...KEYS.map((key): WireCase => {
    const rule = `§5.3 "octet i ... XOR ... octet at index i modulo 4": key ${key.toString('hex')}, payloads of 1 to 200 bytes`;
    const payloads = LENGTHS.map(bytesOf);
    return {
      rule,
      to: 'server',
      frames: payloads.map((payload) => maskedFrame(0x82, key, payload)),
      receives: payloads.map(binary),
    };
  }),
  {
    rule: '§5.3 every frame has its own key, also within a message',
    to: 'server',
    frames: [
      maskedFrame(0x01, KEYS[1]!, Buffer.from('Hello, ')),
      maskedFrame(0x00, KEYS[4]!, Buffer.from('wörld')),
      maskedFrame(0x80, KEYS[0]!, Buffer.from('!')),
    ],
    receives: [text('Hello, wörld!')],
  },
  {
    rule: '§5.3 the key of a frame without payload masks nothing',
    to: 'server',
    frames: [maskedFrame(0x81, KEYS[5]!, Buffer.alloc(0)), maskedFrame(0x81, KEYS[3]!, Buffer.from('next'))],
    receives: [text(''), text('next')],
  },
  {
    rule: '§5.3 masked bytes that look like a frame are payload',
    to: 'server',
    frames: [maskedFrame(0x82, KEYS[4]!, maskedWith(KEYS[4]!, hex('88 80 00 00 00 00 81 85')))],
    receives: [binary(maskedWith(KEYS[4]!, hex('88 80 00 00 00 00 81 85')))],
  },
  {
    rule: '§5.3 "The masking does not affect the length": 126 bytes need the longer form, masked or not',
    frames: [[0x82, bytesOf(126)]],
    receives: [binary(bytesOf(126))],
  },
];

conforms('RFC 6455 §5.3 Client-to-Server Masking', cases);

describe('RFC 6455 §5.3 the keys of our client', () => {
  let server: PeerServer;
  beforeAll(async () => {
    server = await PeerServer.start();
  });
  afterAll(() => server.close());

  it('§5.3 "The masking key needs to be unpredictable" and fresh for every frame', async () => {
    const connecting = connect(server.url);
    const peer = await server.next();
    await peer.accept();
    const socket = await connecting;
    for (let i = 0; i < 200; i++) socket.send('the same text');
    socket.ping(Buffer.from('a ping'));
    await peer.framesUpTo(201);
    const keys = peer.frames.map(({ key }) => key);
    // Two equal keys among 201 of 2^32 are a matter of one in 200,000.
    expect(new Set(keys).size).toBeGreaterThanOrEqual(200);
    for (const { payload } of peer.frames.slice(0, 200)) expect(payload.toString()).toBe('the same text');
    // Each bit of a random key is as often 0 as 1: 100 of 201, give or take seven standard deviations.
    for (let bit = 0; bit < 32; bit++) {
      const ones = keys.filter((key) => (Number.parseInt(key, 16) >>> bit) & 1).length;
      expect(Math.abs(ones - 100)).toBeLessThan(50);
    }
    socket.terminate();
  });

  it('§5.3 an empty frame carries a key too', async () => {
    const connecting = connect(server.url);
    const peer = await server.next();
    await peer.accept();
    const socket = await connecting;
    socket.ping();
    await peer.framesUpTo(1);
    expect(peer.frames[0]).toMatchObject({ firstByte: 0x89, payload: Buffer.alloc(0) });
    socket.terminate();
  });
});
