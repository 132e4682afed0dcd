// A client of ours whose arrivals are kept until a test asks for them.

import { Buffer } from 'node:buffer';
import { type ConnectOptions, connect } from '../../lib/client/connect.js';
import { type ClientSocket } from '../../lib/client/client-socket.js';
import { Inbox, within } from '../support/bounded-wait.js';

export class HeardClient {
  readonly errors: Error[];
  private readonly messages: Inbox<string | Buffer>;
  private readonly pings: Inbox<Buffer>;
  private readonly pongs: Inbox<Buffer>;
  private readonly ending: Promise<readonly [code: number, reason: string]>;

  constructor(readonly socket: ClientSocket) {
    this.errors = [];
    this.messages = new Inbox('a message');
    this.pings = new Inbox('a ping');
    this.pongs = new Inbox('a pong');
    socket.on('message', (data: string | Buffer) => this.messages.push(data));
    socket.on('ping', (data: Buffer) => this.pings.push(data));
    socket.on('pong', (data: Buffer) => this.pongs.push(data));
    socket.on('error', (error: Error) => this.errors.push(error));
    this.ending = new Promise((resolve) => {
      socket.on('close', (code: number, reason: string) => {
        for (const inbox of [this.messages, this.pings, this.pongs]) inbox.close(`closed with ${code}`);
        resolve([code, reason]);
      });
    });
  }

  static async open(url: string, options?: ConnectOptions): Promise<HeardClient> {
    return new HeardClient(await within(connect(url, options), `the connection to ${url}`));
  }

  next(): Promise<string | Buffer> {
    return this.messages.next();
  }

  take(count: number): Promise<(string | Buffer)[]> {
    return this.messages.take(count);
  }

  nextPing(): Promise<Buffer> {
    return this.pings.next();
  }

  nextPong(): Promise<Buffer> {
    return this.pongs.next();
  }

  /** Code and reason. */
  closed(): Promise<readonly [code: number, reason: string]> {
    return within(this.ending, 'the close');
  }

  async drop(): Promise<void> {
    this.socket.terminate();
    await this.closed();
  }
}
