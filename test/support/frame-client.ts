// A client that is a TCP or TLS socket and speaks in single frames: it can stop reading, break off, or send what no
// library would, and hands out the server's frames one by one.

import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from '@jest/globals';
import { Inbox, within } from './bounded-wait.js';
import { closePayload, frame } from './bytes.js';
import { upgradeRequest } from './raw-client.js';
import { readServerFrame, type ServerFrame } from './server-frames.js';

const TEXT = 0x81;
const BINARY = 0x82;
const CLOSE = 0x88;
const PING = 0x89;
const PONG = 0x8a;

export interface FrameClientOptions {
  headers?: Record<string, string | undefined>;
  /** Sent in the same write as the handshake. */
  behind?: Uint8Array;
  tls?: boolean;
}

export class FrameClient {
  /** Status line and header lines of the answer to the upgrade. */
  head: string[];
  private readonly frames: Inbox<ServerFrame>;
  private readonly ending: Promise<void>;
  private received: Buffer;
  private headIsRead: boolean;

  private constructor(readonly socket: Socket) {
    this.head = [];
    this.frames = new Inbox('a frame');
    this.received = Buffer.alloc(0);
    this.headIsRead = false;
    socket.setNoDelay(true).on('error', () => undefined);
    this.ending = new Promise<void>((resolve) => {
      socket.once('close', () => {
        this.frames.close('the connection ended');
        resolve();
      });
    });
  }

  /** Has the upgrade to `path` accepted. */
  static async open(port: number, path = '/', options: FrameClientOptions = {}): Promise<FrameClient> {
    const socket = options.tls
      ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
      : connect(port, '127.0.0.1');
    const client = new FrameClient(socket);
    await within(once(socket, options.tls ? 'secureConnect' : 'connect'), 'the connection');
    const opened = new Promise<void>((resolve, reject) => {
      socket.on('data', (chunk: Buffer) => client.take(chunk, resolve));
      socket.once('close', () => reject(new Error(`no 101 came: ${client.received.toString('latin1')}`)));
    });
    socket.write(
      Buffer.concat([Buffer.from(upgradeRequest(path, options.headers)), options.behind ?? Buffer.alloc(0)]),
    );
    await within(opened, 'the answer to the upgrade');
    if (!client.head[0]!.includes(' 101 ')) throw new Error(client.head[0]);
    return client;
  }

  write(...bytes: Uint8Array[]): void {
    this.socket.write(Buffer.concat(bytes));
  }

  text(text: string): void {
    this.write(frame('client', TEXT, text));
  }

  json(message: unknown): void {
    this.text(JSON.stringify(message));
  }

  binary(bytes: Uint8Array): void {
    this.write(frame('client', BINARY, bytes));
  }

  close(code?: number, reason = ''): void {
    this.write(frame('client', CLOSE, code === undefined ? '' : closePayload(code, reason)));
  }

  /** The next frame, of whatever kind. */
  nextFrame(): Promise<ServerFrame> {
    return this.frames.next();
  }

  /** The text of the next frame, which must be a text message. */
  async nextText(): Promise<string> {
    const { firstByte, payload } = await this.nextFrame();
    if (firstByte !== TEXT) throw new Error(`not a text message: ${firstByte.toString(16)} ${payload.toString('hex')}`);
    return payload.toString();
  }

  async nextJson(): Promise<unknown> {
    return JSON.parse(await this.nextText());
  }

  async ask(message: unknown): Promise<unknown> {
    this.json(message);
    return this.nextJson();
  }

  /** The code of the next Close frame; the frames before it are passed over. 1005 for one without a code. */
  async nextClose(): Promise<number> {
    for (;;) {
      const { firstByte, payload } = await this.nextFrame();
      if (firstByte === CLOSE) return payload.length === 0 ? 1005 : payload.readUInt16BE(0);
    }
  }

  /** Everything before this has been read by the server, which answers a ping; what arrives meanwhile is passed over. */
  async roundTrip(): Promise<void> {
    this.write(frame('client', PING, 'probe'));
    while ((await this.nextFrame()).firstByte !== PONG);
  }

  /** Asserts that nothing has arrived, and nothing does in a round trip. */
  async expectSilence(): Promise<void> {
    this.write(frame('client', PING, 'silence'));
    const { firstByte, payload } = await this.nextFrame();
    expect(`${firstByte.toString(16)} ${payload.toString()}`).toBe('8a silence');
  }

  /** Frames that have arrived and were not taken. */
  get waiting(): number {
    return this.frames.size;
  }

  stopReading(): void {
    this.socket.pause();
  }

  readAgain(): void {
    this.socket.resume();
  }

  /** The end of the connection. */
  async ended(): Promise<void> {
    await within(this.ending, 'the end of the connection');
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  drop(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer, opened: () => void): void {
    this.received = Buffer.concat([this.received, chunk]);
    if (!this.headIsRead) {
      const end = this.received.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.head = this.received.subarray(0, end).toString('latin1').split('\r\n');
      this.received = this.received.subarray(end + 4);
      this.headIsRead = true;
      opened();
    }
    for (;;) {
      const read = readServerFrame(this.received);
      if (read === undefined) return;
      this.received = read.rest;
      this.frames.push(read.frame);
    }
  }
}
