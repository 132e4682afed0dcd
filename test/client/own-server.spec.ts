// Our client against our own adapter: the two roles of the engine face to face.

import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MessageBody, type OnGatewayConnection, WebSocketGateway } from '@nestjs/websockets';
import { connect, type ConnectOptions } from '../../lib/client/connect.js';
import { HandshakeRefusedError } from '../../lib/client/handshake-refused.error.js';
import { OnBinary, OnText, type WireAdapterOptions, type WireSocket } from '../../lib/index.js';
import { Inbox } from '../support/bounded-wait.js';
import { startWireApp, type WireApp } from '../support/wire-app.js';
import { HeardClient } from './heard-client.js';

@WebSocketGateway({ path: '/' })
class MirrorGateway implements OnGatewayConnection {
  readonly served = new Inbox<WireSocket>('a client');

  handleConnection(client: WireSocket): void {
    this.served.push(client);
  }

  @OnText()
  text(@MessageBody() text: string): string {
    return text;
  }

  @OnBinary()
  bytes(@MessageBody() bytes: Uint8Array): Uint8Array {
    return bytes;
  }
}

const MODES: [string, WireAdapterOptions['compression']][] = [
  ['off', false],
  ['on', { thresholdBytes: 0 }],
  ['with takeover', { thresholdBytes: 0, takeover: true }],
  ['in a window of 9 bits', { thresholdBytes: 0, takeover: true, windowBits: 9 }],
];

describe.each(MODES)('both roles, compression %s', (_, compression) => {
  let app: WireApp;
  let clients: HeardClient[];

  beforeAll(async () => {
    clients = [];
    app = await startWireApp({
      providers: [MirrorGateway],
      options: {
        compression: compression ?? false,
        subprotocols: ['mirror.v1'],
        // All are sent at once, and what waits for the compressor counts as well.
        limits: { maxMessageBytes: 3_000_000, maxBufferedBytes: 0 },
      },
    });
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.drop();
  });

  afterAll(() => app.close());

  async function pair(options?: ConnectOptions): Promise<{ client: HeardClient; served: WireSocket }> {
    const client = await HeardClient.open(`ws://127.0.0.1:${app.port}/`, {
      compression: true,
      limits: { maxMessageBytes: 3_000_000, maxBufferedBytes: 0 },
      ...options,
    });
    clients.push(client);
    return { client, served: await app.app.get(MirrorGateway).served.next() };
  }

  it('agree on compression and subprotocol', async () => {
    const { client, served } = await pair({ subprotocols: ['other', 'mirror.v1'] });
    expect(client.socket.protocol).toBe('mirror.v1');
    expect(client.socket.extensions).toBe(served.extensions);
    expect(client.socket.extensions.startsWith('permessage-deflate')).toBe(compression !== false);
  });

  it('texts and bytes of all sizes come back in order', async () => {
    const { client } = await pair();
    const sizes = [0, 1, 125, 126, 1023, 1024, 16_384, 16_385, 65_535, 65_536, 1_048_576, 2_900_000, 7];
    const messages = sizes.flatMap((size) => [
      'ab'.repeat(size).slice(0, size),
      randomBytes(size),
      Buffer.alloc(size, 'z'),
      '世🌍é'.repeat(size / 9),
    ]);
    for (const message of messages) expect(client.socket.send(message)).toBe(true);
    for (const message of messages) {
      const answer = await client.next();
      // Not toEqual, which would print millions of bytes.
      expect(typeof answer).toBe(typeof message);
      expect(Buffer.from(answer).equals(Buffer.from(message))).toBe(true);
    }
  });

  it('fragments from the server are put together', async () => {
    const { client, served } = await pair();
    served.send('one, ', { fin: false });
    served.send('two', { fin: true });
    expect(await client.next()).toBe('one, two');
  });

  it('pings go both ways', async () => {
    const { client, served } = await pair();
    const pong = new Promise((resolve) => served.once('pong', (data: Buffer) => resolve(data.toString())));
    served.ping('from the server');
    expect((await client.nextPing()).toString()).toBe('from the server');
    expect(await pong).toBe('from the server');
    client.socket.ping(Buffer.from('from the client'));
    expect((await client.nextPong()).toString()).toBe('from the client');
  });

  it.each([1000, 1001, 3000, 4999])('a close with %i, from either side', async (code) => {
    const first = await pair();
    const seen = new Promise((resolve) => first.served.once('close', (...said) => resolve(said)));
    first.client.socket.close(code, 'à bientôt');
    expect(await first.client.closed()).toEqual([code, 'à bientôt']);
    expect(await seen).toEqual([code, Buffer.from('à bientôt')]);

    const second = await pair();
    second.served.close(code, 'enough');
    expect(await second.client.closed()).toEqual([code, 'enough']);
  });

  it('both close at once', async () => {
    const { client, served } = await pair();
    served.close(3000, 'server');
    client.socket.close(3001, 'client');
    expect(await client.closed()).toEqual([3000, 'server']);
  });

  it('a message too big for the server ends with 1009', async () => {
    const { client } = await pair();
    client.socket.send(Buffer.alloc(3_000_001));
    expect((await client.closed())[0]).toBe(1009);
  });

  it('a message too big for the client is an error of its own', async () => {
    const { client } = await pair({ limits: { maxMessageBytes: 100 } });
    client.socket.send('x'.repeat(101));
    await client.closed();
    expect(client.errors).toEqual([expect.objectContaining({ violation: 'message-too-big' })]);
  });
});

describe('refusals', () => {
  let app: WireApp;

  beforeAll(async () => {
    app = await startWireApp({ providers: [MirrorGateway] });
  });

  afterAll(() => app.close());

  it('a path without a gateway is 404', async () => {
    const refused = connect(`ws://127.0.0.1:${app.port}/nowhere`);
    await expect(refused).rejects.toBeInstanceOf(HandshakeRefusedError);
    await expect(refused).rejects.toMatchObject({ status: 404 });
  });

  it('a page of another origin is 403', async () => {
    const headers = { Origin: 'http://elsewhere.example' };
    await expect(connect(`ws://127.0.0.1:${app.port}/`, { headers })).rejects.toMatchObject({ status: 403 });
  });
});
