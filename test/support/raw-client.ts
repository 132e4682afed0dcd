// A client that is only a TCP socket: for the exact bytes of a handshake's answer and of frames, and for frames that the
// `ws` client would not send in that shape (fragments, many in one write, unmasked).

import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { within } from './bounded-wait.js';

export const TEXT = 0x1;
export const CONTINUATION = 0x0;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;

const MASK = Buffer.from([0x12, 0x34, 0x56, 0x78]);

/** A client's frame, masked, its length in the shortest form (RFC 6455 §5.2). */
export function frame(opcode: number, payload: string | Buffer, { fin = true } = {}): Buffer {
  const data = Buffer.from(payload);
  const length =
    data.length < 126
      ? Buffer.from([0x80 | data.length])
      : Buffer.from([0x80 | 126, data.length >> 8, data.length & 0xff]);
  const masked = data.map((byte, index) => byte ^ (MASK[index % 4] as number));
  return Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | opcode]), length, MASK, masked]);
}

/** An upgrade request as RFC 6455 §1.3 writes it; its accept value is `s3pPLMBiTxaQ9kYGzzhZRbK+xOo=`. */
export function upgradeRequest(path: string, overrides: Record<string, string | undefined> = {}): string {
  const headers: Record<string, string | undefined> = {
    Host: '127.0.0.1',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...overrides,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

export class RawClient {
  private received: Buffer = Buffer.alloc(0);
  private wake: (() => void) | undefined;
  private ended = false;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.wake?.();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.ended = true;
      this.wake?.();
    });
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await within(once(socket, 'connect'), 'the TCP connection');
    return new RawClient(socket);
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** The next `count` bytes. */
  async bytes(count: number): Promise<Buffer> {
    await this.until(() => this.received.length >= count, `${count} bytes`);
    const taken = this.received.subarray(0, count);
    this.received = this.received.subarray(count);
    return taken;
  }

  /** An HTTP answer's status line and header lines, its empty line taken off. */
  async head(): Promise<string[]> {
    await this.until(() => this.received.includes('\r\n\r\n'), 'the head of an answer');
    const end = this.received.indexOf('\r\n\r\n');
    return (await this.bytes(end + 4)).toString('latin1').trimEnd().split('\r\n');
  }

  /** Everything until the server ends the connection. */
  async rest(): Promise<Buffer> {
    await this.until(() => this.ended, 'the end of the connection');
    return this.bytes(this.received.length);
  }

  drop(): void {
    this.socket.destroy();
  }

  /** Ends the connection with a reset, as a crash does. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  private async until(condition: () => boolean, what: string): Promise<void> {
    while (!condition()) {
      if (this.ended) throw new Error(`the connection ended before ${what}: ${this.received.toString('latin1')}`);
      const progress = new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      await within(progress, what);
    }
  }
}
