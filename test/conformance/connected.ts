// Holds the client role to a row of the tables over TCP: `connect` of lib/client against a server that is only a socket,
// answers the handshake by hand and sends the frames whole and byte by byte.

import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { expect } from '@jest/globals';
import { connect } from '../../lib/client/connect.js';
import { within } from '../support/bounded-wait.js';
import { byteByByte, closePayload, frame } from '../support/bytes.js';
import { variantsOf } from './engine.js';
import {
  binary,
  bytesOf,
  controlFrame,
  expectedOf,
  LARGE_LIMITS,
  type Outcome,
  ping,
  pong,
  SMALL_LIMITS,
  text,
  type WireCase,
} from './wire-case.js';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const BYTEWISE_UP_TO = 1500;

/** A frame that a client sent: its mask is taken off, and must have been there. */
interface ClientFrame {
  readonly firstByte: number;
  readonly key: string;
  readonly payload: Buffer;
}

/** A server by hand: what came behind the handshake, and the socket to answer on. */
export class Peer {
  readonly frames: ClientFrame[] = [];
  /** The lines of the request. */
  head: string[] = [];
  private received: Buffer = Buffer.alloc(0);
  private wake: (() => void) | undefined;
  private hasEnded = false;

  constructor(readonly socket: Socket) {
    socket.setNoDelay();
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.wake?.();
    });
    socket.on('end', () => {
      this.hasEnded = true;
      this.wake?.();
    });
  }

  /** Answers the handshake. @param extra header lines of the 101 */
  async accept(...extra: string[]): Promise<void> {
    await this.readHead();
    this.socket.write([...switching(this.acceptValue()), ...extra, '', ''].join('\r\n'));
  }

  async readHead(): Promise<string[]> {
    await this.until(() => this.received.includes('\r\n\r\n'), 'the request');
    const end = this.received.indexOf('\r\n\r\n');
    this.head = this.received.subarray(0, end).toString('latin1').split('\r\n');
    this.received = this.received.subarray(end + 4);
    return this.head;
  }

  field(name: string): string | undefined {
    const prefix = `${name.toLowerCase()}: `;
    return this.head.find((line) => line.toLowerCase().startsWith(prefix))?.slice(prefix.length);
  }

  acceptValue(): string {
    return createHash('sha1')
      .update(this.field('Sec-WebSocket-Key') + GUID)
      .digest('base64');
  }

  async send(pieces: readonly Buffer[]): Promise<void> {
    for (const piece of pieces) {
      this.socket.write(piece);
      if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Waits for so many frames of the client. */
  async framesUpTo(count: number): Promise<void> {
    await this.until(() => {
      this.readFrames();
      return this.frames.length >= count;
    }, `${count} frames`);
  }

  async closeFrame(): Promise<void> {
    await this.until(() => {
      this.readFrames();
      return this.frames.at(-1)?.firstByte === 0x88;
    }, 'a Close frame');
  }

  async end(): Promise<void> {
    await this.until(() => this.hasEnded, 'the end of the connection');
    this.readFrames();
    expect(this.received).toHaveLength(0);
  }

  private readFrames(): void {
    for (let read = readMaskedFrame(this.received); read !== undefined; read = readMaskedFrame(this.received)) {
      this.frames.push(read.frame);
      this.received = read.rest;
    }
  }

  private async until(condition: () => boolean, what: string): Promise<void> {
    while (!condition()) {
      if (this.hasEnded) throw new Error(`the connection ended before ${what}`);
      await within(new Promise<void>((resolve) => (this.wake = resolve)), what);
    }
  }
}

/** §4.2.2: the lines of a 101. */
export const switching = (accept: string): string[] => [
  'HTTP/1.1 101 Switching Protocols',
  'Upgrade: websocket',
  'Connection: Upgrade',
  `Sec-WebSocket-Accept: ${accept}`,
];

/** @throws for a frame that is not masked */
function readMaskedFrame(bytes: Buffer): { frame: ClientFrame; rest: Buffer } | undefined {
  if (bytes.length < 2) return undefined;
  if (bytes[1]! < 0x80) throw new Error('a frame from the client is not masked');
  const short = bytes[1]! & 0x7f;
  const keyAt = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < keyAt + 4) return undefined;
  const length = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  const key = bytes.subarray(keyAt, keyAt + 4);
  const end = keyAt + 4 + length;
  if (bytes.length < end) return undefined;
  const payload = bytes.subarray(keyAt + 4, end).map((byte, i) => byte ^ key[i % 4]!);
  const frame = { firstByte: bytes[0]!, key: key.toString('hex'), payload: Buffer.from(payload) };
  return { frame, rest: bytes.subarray(end) };
}

export class PeerServer {
  private readonly arrivals: Peer[] = [];
  private readonly sockets: Socket[] = [];
  private wake: (() => void) | undefined;

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.sockets.push(socket);
      this.arrivals.push(new Peer(socket));
      this.wake?.();
    });
  }

  static async start(): Promise<PeerServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new PeerServer(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  /** The next client; one at a time. */
  async next(): Promise<Peer> {
    while (this.arrivals.length === 0)
      await within(new Promise<void>((resolve) => (this.wake = resolve)), 'a connection');
    return this.arrivals.shift()!;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

/** @returns how many connections that were */
export async function holdClient(server: PeerServer, wireCase: WireCase): Promise<number> {
  const expected = expectedOf(wireCase);
  let runs = 0;
  for (const { name, frames, deflate } of variantsOf(wireCase)) {
    const bytes = bytesOf('server', frames);
    for (const pieces of bytes.length <= BYTEWISE_UP_TO ? [[bytes], byteByByte(bytes)] : [[bytes]]) {
      const how = `${name}, in ${pieces.length} writes`;
      expect({ how, ...(await talk(server, wireCase, deflate, pieces)) }).toEqual({ how, ...expected });
      runs++;
    }
  }
  return runs;
}

async function talk(
  server: PeerServer,
  { ends, smallLimits, receives = [] }: WireCase,
  deflate: boolean,
  pieces: readonly Buffer[],
): Promise<Outcome> {
  const kind = ends?.kind ?? 'open';
  const connecting = connect(server.url, { compression: deflate, limits: smallLimits ? SMALL_LIMITS : LARGE_LIMITS });
  const peer = await server.next();
  await peer.accept(...(deflate ? ['Sec-WebSocket-Extensions: permessage-deflate'] : []));
  const socket = await within(connecting, 'the handshake');
  const received: string[] = [];
  let wake: (() => void) | undefined;
  const note = (line: string): void => {
    received.push(line);
    wake?.();
  };
  socket.on('ping', (payload: Buffer) => note(ping(payload)));
  socket.on('pong', (payload: Buffer) => note(pong(payload)));
  socket.on('message', (data: string | Buffer) => note(typeof data === 'string' ? text(data) : binary(data)));
  let closes = 0;
  const closed = new Promise<readonly [number, string]>((resolve) => {
    socket.on('close', (code: number, reason: string) => {
      closes++;
      resolve([code, reason]);
    });
  });

  await peer.send(pieces);
  if (kind === 'open' || kind === 'waiting') {
    while (received.length < receives.length)
      await within(new Promise<void>((resolve) => (wake = resolve)), `one more than ${received.length} events`);
    await peer.framesUpTo(receives.filter((line) => line.startsWith('ping')).length);
    if (kind === 'open') peer.socket.write(frame('server', 0x88, closePayload(1000)));
    else peer.socket.destroy();
  }
  // §7.1.1: the client lets the server end the transport, unless it has failed the connection.
  if (kind === 'open' || kind === 'closed') {
    await peer.closeFrame();
    peer.socket.end();
  }
  const [code, reason] = await within(closed, 'the close event');
  if (kind !== 'waiting') await peer.end();
  expect(closes).toBe(1);
  const sent = peer.frames.map(({ firstByte, payload }) => controlFrame(firstByte, payload));
  if (kind === 'open') expect([sent.pop(), code]).toEqual([controlFrame(0x88, closePayload(1000)), 1000]);
  const isOver = kind === 'closed' || kind === 'failed';
  return { received, sent, closeCode: isOver ? code : 0, closeReason: isOver ? reason : '' };
}
