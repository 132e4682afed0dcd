// A server that is a TCP or TLS socket and answers a handshake with whatever bytes a test wants; then it hands out the
// client's frames one by one and sends single frames of its own.

import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Inbox, within } from '../support/bounded-wait.js';
import { type ClientFrame, readClientFrame } from './client-frames.js';

/** The head of a request, line by line. */
export class Request {
  constructor(readonly lines: readonly string[]) {}

  /** The value of a field, by its exact name. */
  field(name: string): string | undefined {
    return this.lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  }

  /** What answers this request's key (§4.2.2). */
  get accept(): string {
    const key = `${this.field('Sec-WebSocket-Key')}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    return createHash('sha1').update(key).digest('base64');
  }

  /** A right answer, with more or other fields; `undefined` leaves one out. */
  answer(fields: Record<string, string | undefined> = {}): string {
    const all = { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Accept': this.accept, ...fields };
    const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
    return `HTTP/1.1 101 Switching Protocols\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
  }
}

/** The server's end of one connection. */
export class ServedSocket {
  private readonly frames: Inbox<ClientFrame>;
  private readonly ending: Promise<void>;
  private received: Buffer;

  constructor(
    readonly socket: Socket,
    readonly request: Request,
    behind: Buffer,
  ) {
    this.frames = new Inbox('a frame from the client');
    this.received = behind;
    this.ending = new Promise((resolve) => {
      socket.once('close', () => {
        this.frames.close('the connection ended');
        resolve();
      });
    });
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.readFrames();
    });
  }

  write(...pieces: (string | Uint8Array)[]): void {
    this.socket.write(Buffer.concat(pieces.map((piece) => Buffer.from(piece))));
  }

  nextFrame(): Promise<ClientFrame> {
    return this.frames.next();
  }

  take(count: number): Promise<ClientFrame[]> {
    return this.frames.take(count);
  }

  async ended(): Promise<void> {
    await within(this.ending, 'the end of the connection');
  }

  private readFrames(): void {
    for (;;) {
      const read = readClientFrame(this.received);
      if (read === undefined) return;
      this.received = read.rest;
      this.frames.push(read.frame);
    }
  }
}

export class RawServer {
  private readonly arrivals: Inbox<ServedSocket>;
  private readonly sockets: Set<Socket>;
  /** How many connections were made in all. */
  connections: number;

  private constructor(
    private readonly server: Server,
    private readonly answer: (request: Request) => string | Uint8Array | undefined,
  ) {
    this.arrivals = new Inbox('a connection');
    this.sockets = new Set();
    this.connections = 0;
  }

  /** @param answer what is written when the request is there; undefined for silence */
  static async start(
    answer: (request: Request) => string | Uint8Array | undefined = (request) => request.answer(),
    tls?: { key: string; cert: string },
  ): Promise<RawServer> {
    const server = tls === undefined ? createServer() : createTlsServer(tls);
    const raw = new RawServer(server, answer);
    server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => raw.serve(socket));
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return raw;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/`;
  }

  /** The next connection whose request has come. */
  next(): Promise<ServedSocket> {
    return this.arrivals.next();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private serve(socket: Socket): void {
    this.connections++;
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    let received = Buffer.alloc(0);
    const read = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', read);
      const request = new Request(received.subarray(0, end).toString('latin1').split('\r\n'));
      const served = new ServedSocket(socket, request, received.subarray(end + 4));
      const answer = this.answer(request);
      if (answer !== undefined) socket.write(answer);
      this.arrivals.push(served);
    };
    socket.on('data', read);
  }
}
