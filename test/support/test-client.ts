// A `ws` client whose arrivals are kept until a test asks for them. A text message is handed out as a string, a binary
// one as a Buffer, so that one `expect` compares both kind and bytes.

import { type IncomingMessage } from 'node:http';
import { type ClientOptions, type RawData, WebSocket } from 'ws';
import { expect } from '@jest/globals';
import { Inbox, within } from './bounded-wait.js';

interface Closed {
  code: number;
  reason: string;
}

export interface ClientSettings extends ClientOptions {
  protocols?: string | string[];
}

export class TestClient {
  private readonly messages = new Inbox<string | Buffer>('a message');
  private readonly pings = new Inbox<Buffer>('a ping');
  private readonly pongs = new Inbox<Buffer>('a pong');
  private readonly ending: Promise<Closed>;
  private probes = 0;

  private constructor(
    readonly socket: WebSocket,
    /** The answer to the upgrade request. */
    readonly response: IncomingMessage,
  ) {
    socket.on('message', (data: RawData, isBinary: boolean) => {
      const bytes = data as Buffer;
      this.messages.push(isBinary ? bytes : bytes.toString('utf8'));
    });
    socket.on('ping', (data: Buffer) => this.pings.push(data));
    socket.on('pong', (data: Buffer) => this.pongs.push(data));
    // A connection that a test breaks on purpose also emits 'error'; its 'close' is what tests look at.
    socket.on('error', () => undefined);
    this.ending = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        const closed = { code, reason: reason.toString('utf8') };
        for (const inbox of [this.messages, this.pings, this.pongs]) inbox.close(`closed with ${code}`);
        resolve(closed);
      });
    });
  }

  static async open(url: string, { protocols, ...options }: ClientSettings = {}): Promise<TestClient> {
    const socket = new WebSocket(url, protocols, options);
    const opened = new Promise<TestClient>((resolve, reject) => {
      // 'upgrade' comes before the first frame is read, so nothing that the server sends at once is missed.
      socket.once('upgrade', (response) => {
        const client = new TestClient(socket, response);
        socket.once('open', () => resolve(client));
      });
      socket.once('error', reject);
    });
    return within(opened, `the connection to ${url}`);
  }

  next(): Promise<string | Buffer> {
    return this.messages.next();
  }

  take(count: number): Promise<(string | Buffer)[]> {
    return this.messages.take(count);
  }

  /** Messages that have arrived and were not taken. */
  get waiting(): number {
    return this.messages.size;
  }

  nextPing(): Promise<Buffer> {
    return this.pings.next();
  }

  nextPong(): Promise<Buffer> {
    return this.pongs.next();
  }

  closed(): Promise<Closed> {
    return within(this.ending, 'the close');
  }

  send(data: string | Buffer): void {
    this.socket.send(data);
  }

  /** Sends `{"event","data"}`; without `data` the member is left out. */
  emit(event: string, data?: unknown): void {
    this.socket.send(JSON.stringify({ event, data }));
  }

  async ask(event: string, data?: unknown): Promise<string | Buffer> {
    this.emit(event, data);
    return this.next();
  }

  /** Asserts that nothing has arrived: the answer to a fresh `echo` comes next. The gateway extends EchoGateway. */
  async expectSilence(): Promise<void> {
    const probe = `probe-${(this.probes += 1)}`;
    expect(await this.ask('echo', probe)).toBe(`{"event":"echo","data":"${probe}"}`);
  }

  /** Ends the connection without a closing handshake, for the end of a test. */
  async drop(): Promise<void> {
    this.socket.terminate();
    await this.closed();
  }
}
