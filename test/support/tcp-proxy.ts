// A TCP proxy that does to a connection what networks do: cut it, lose what goes in one direction without a word, or hold it up.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Towards the server, or towards the client. */
export type Direction = 'to-server' | 'to-client';

/** What becomes of the bytes that go in a direction. */
type Treatment = 'pass' | 'swallow' | 'hold';

/** Something that happens before a text is passed on. */
interface Interruption {
  readonly text: string;
  readonly action: (rest: string) => void | Promise<void>;
  done(): void;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

export class TcpProxy {
  private readonly listener: Server;
  private readonly pairs: Set<Pair>;
  private readonly treatments: Record<Direction, Treatment>;
  private interruption: Interruption | undefined;

  static async to(port: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(port);
    proxy.listener.listen(0, '127.0.0.1');
    await once(proxy.listener, 'listening');
    return proxy;
  }

  private constructor(
    /** The port of the server, for connections to come. */
    public target: number,
  ) {
    this.pairs = new Set();
    this.treatments = { 'to-server': 'pass', 'to-client': 'pass' };
    this.interruption = undefined;
    this.listener = createServer((client) => this.join(client));
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  /** What goes in a direction is lost, and nobody is told; for new connections as well. */
  swallow(direction: Direction): void {
    this.treat(direction, 'swallow');
  }

  /** What goes in a direction waits, until the sender cannot send any more. */
  hold(direction: Direction): void {
    this.treat(direction, 'hold');
  }

  /**
   * Does something once, before a text is passed on to the server: it waits for that, and all behind it. Resolves when it is done.
   * @param action is told the text and what came with it
   */
  before(text: string, action: Interruption['action']): Promise<void> {
    return new Promise((done) => (this.interruption = { text, action, done }));
  }

  /** All is as it should be again. */
  heal(): void {
    this.treat('to-server', 'pass');
    this.treat('to-client', 'pass');
  }

  /** Ends the connections that there are. */
  cut(): void {
    for (const { client, server } of this.pairs) {
      client.destroy();
      server.destroy();
    }
  }

  async close(): Promise<void> {
    this.cut();
    this.listener.close();
    await once(this.listener, 'close');
  }

  private treat(direction: Direction, treatment: Treatment): void {
    this.treatments[direction] = treatment;
    for (const pair of this.pairs) this.apply(pair, direction);
  }

  private join(client: Socket): void {
    const pair = { client, server: connect(this.target, '127.0.0.1') };
    this.pairs.add(pair);
    const { server } = pair;
    client.on('data', (chunk) => void this.passToServer(pair, chunk));
    server.on('data', (chunk) => this.pass('to-client', chunk, client));
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.pairs.delete(pair);
        other.destroy();
      });
    }
    this.apply(pair, 'to-server');
    this.apply(pair, 'to-client');
  }

  private async passToServer({ client, server }: Pair, chunk: Buffer): Promise<void> {
    const { interruption } = this;
    const place = interruption === undefined ? -1 : chunk.indexOf(interruption.text);
    if (interruption === undefined || place < 0) return this.pass('to-server', chunk, server);
    this.interruption = undefined;
    this.pass('to-server', chunk.subarray(0, place), server);
    const rest = chunk.subarray(place);
    client.pause();
    await interruption.action(rest.toString());
    interruption.done();
    client.resume();
    this.pass('to-server', rest, server);
  }

  private pass(direction: Direction, chunk: Buffer, to: Socket): void {
    if (this.treatments[direction] !== 'swallow') to.write(chunk);
  }

  private apply({ client, server }: Pair, direction: Direction): void {
    const from = direction === 'to-server' ? client : server;
    if (this.treatments[direction] === 'hold') from.pause();
    else from.resume();
  }
}
