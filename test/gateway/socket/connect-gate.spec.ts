// Messages that come while `handleConnection` is at work: they wait, bounded and in order, and a client that is turned away
// reaches no handler.

import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { type CanActivate, UseGuards } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { OnBinary, type OnWireDisconnect, type WireSocket } from '../../../lib/index.js';
import { Inbox, until } from '../../support/bounded-wait.js';
import { startWireApp, useWireApp } from '../../support/wire-app.js';

/** Far more than is held. */
const COUNT = 5000;

class Allow implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

/** One call of `handleConnection`, for the test to end. */
interface Connecting {
  readonly client: WireSocket;
  succeed(): void;
  fail(error: unknown): void;
}

class Gated implements OnWireDisconnect {
  readonly connecting = new Inbox<Connecting>('a connection');
  readonly left = new Inbox<{ client: WireSocket; how: unknown[] }>('a disconnect');
  readonly handled: unknown[] = [];

  async handleConnection(client: WireSocket): Promise<void> {
    await new Promise<void>((succeed, fail) => this.connecting.push({ client, succeed, fail }));
  }

  handleDisconnect(client: WireSocket, ...how: unknown[]): void {
    this.left.push({ client, how });
  }

  /** How a client left; those of earlier tests are passed over. */
  async leftOf(client: WireSocket): Promise<unknown[]> {
    for (;;) {
      const left = await this.left.next();
      if (left.client === client) return left.how;
    }
  }

  @SubscribeMessage('note')
  note(@MessageBody() data: unknown): unknown {
    this.handled.push(data);
    return data;
  }

  @SubscribeMessage('number')
  number(@MessageBody('number') number: number): number {
    return number;
  }

  @OnBinary()
  bytes(@MessageBody() bytes: Buffer): void {
    this.handled.push(bytes.toString('latin1'));
  }
}

@WebSocketGateway({ path: '/gated' })
class GatedGateway extends Gated {}

@WebSocketGateway({ path: '/open', connectGate: false })
class OpenGateway extends Gated {}

@WebSocketGateway({ path: '/short', limits: { connectTimeoutMs: 50 } })
class ShortGateway extends Gated {}

@WebSocketGateway({ path: '/endless', limits: { connectTimeoutMs: 0 } })
class EndlessGateway extends Gated {}

@WebSocketGateway({ path: '/two' })
class AsyncGateway extends Gated {}

@WebSocketGateway({ path: '/two' })
class SyncGateway {
  static how: 'pass' | 'throw' = 'pass';
  readonly handled: unknown[] = [];

  handleConnection(): void {
    if (SyncGateway.how === 'throw') throw new WsException({ code: 4403, message: 'not you' });
  }

  @SubscribeMessage('note')
  note(@MessageBody() data: unknown): void {
    this.handled.push(data);
  }
}

@WebSocketGateway({ path: '/asks' })
class AsksGateway {
  async handleConnection(client: WireSocket): Promise<void> {
    const answer = await new Promise<string>((resolve) => client.once('message', (data) => resolve(String(data))));
    client.send(`heard: ${answer}`);
  }

  @SubscribeMessage('note')
  note(@MessageBody() data: unknown, @ConnectedSocket() client: WireSocket): void {
    client.send(`note: ${String(data)}`);
  }
}

const providers = [GatedGateway, OpenGateway, ShortGateway, EndlessGateway, AsyncGateway, SyncGateway, AsksGateway];

describe('the connect gate', () => {
  const app = useWireApp({ providers });

  it('messages wait for handleConnection, in order, whatever their kind', async () => {
    const gateway = app.current.get(GatedGateway);
    const client = await app.current.client('/gated');
    const { succeed } = await gateway.connecting.next();
    client.json({ event: 'note', data: 1 });
    client.binary(Buffer.from('two'));
    client.json({ event: 'note', data: 3 });
    await client.expectSilence();
    expect(gateway.handled).toEqual([]);
    succeed();
    expect([await client.nextJson(), await client.nextJson()]).toEqual([1, 3]);
    expect(gateway.handled.splice(0)).toEqual([1, 'two', 3]);
    expect(await client.ask({ event: 'note', data: 4 })).toBe(4);
    gateway.handled.splice(0);
  });

  it('pings are answered meanwhile, and what is sent leaves', async () => {
    const client = await app.current.client('/gated');
    const { client: socket, succeed } = await app.current.get(GatedGateway).connecting.next();
    await client.roundTrip();
    socket.send('welcome');
    expect(await client.nextText()).toBe('welcome');
    succeed();
  });

  it('what waits is bounded: reading stops, and goes on afterwards with nothing lost', async () => {
    const gateway = app.current.get(GatedGateway);
    const client = await app.current.client('/gated');
    const { client: socket, succeed } = await gateway.connecting.next();
    const padding = 'x'.repeat(1000);
    for (let number = 0; number < COUNT; number++) client.json({ event: 'number', data: { number, padding } });
    await until(() => socket.isPaused, 'reading to stop');
    succeed();
    const answers: unknown[] = [];
    for (let number = 0; number < COUNT; number++) answers.push(await client.nextJson());
    expect(answers).toEqual(Array.from({ length: COUNT }, (_, number) => number));
  });

  it.each<[string, unknown, number, string]>([
    ['an error', new Error('secret'), 1011, ''],
    ['nothing', undefined, 1011, ''],
    ['a WsException', new WsException('no'), 1011, ''],
    ['a WsException that names a code', new WsException({ code: 4401, message: 'who are you?' }), 4401, 'who are you?'],
    ['one whose code must not be sent', new WsException({ code: 1006, message: 'x' }), 1011, ''],
    ['one whose code is a word', new WsException({ code: 'NO', message: 'x' }), 1011, ''],
    ['one whose message is no reason', new WsException({ code: 4401, message: 'x'.repeat(124) }), 4401, ''],
  ])('a handleConnection that rejects with %s: closed, and no handler runs', async (_what, error, code, reason) => {
    const gateway = app.current.get(GatedGateway);
    const client = await app.current.client('/gated');
    client.json({ event: 'note', data: 'before' });
    const { client: socket, fail } = await gateway.connecting.next();
    await client.roundTrip();
    fail(error);
    const { firstByte, payload } = await client.nextFrame();
    expect([firstByte, payload.readUInt16BE(0), payload.subarray(2).toString()]).toEqual([0x88, code, reason]);
    client.json({ event: 'note', data: 'after' });
    client.close(code);
    await client.ended();
    expect(await gateway.leftOf(socket)).toEqual([code, '']);
    expect(gateway.left.size).toBe(0);
    expect(gateway.handled).toEqual([]);
    expect(app.current.logged('error')).toMatch('GatedGateway.handleConnection failed');
  });

  it('a handleConnection that takes too long: 1011, a line with the gateway, and no handler runs', async () => {
    const gateway = app.current.get(ShortGateway);
    const client = await app.current.client('/short');
    client.json({ event: 'note', data: 1 });
    const { client: socket, succeed } = await gateway.connecting.next();
    expect(await client.nextClose()).toBe(1011);
    expect(app.current.logged('error')).toMatch(
      'ShortGateway.handleConnection has not ended within 50 ms (limits.connectTimeoutMs)',
    );
    client.close(1011);
    await client.ended();
    expect(await gateway.leftOf(socket)).toEqual([1011, '']);
    succeed();
    expect(gateway.handled).toEqual([]);
  });

  it('connectTimeoutMs 0 waits for as long as it takes', async () => {
    const client = await app.current.client('/endless');
    client.json({ event: 'note', data: 1 });
    (await app.current.get(EndlessGateway).connecting.next()).succeed();
    expect(await client.nextJson()).toBe(1);
  });

  it('connectGate: false lets messages overtake', async () => {
    const client = await app.current.client('/open');
    const { succeed } = await app.current.get(OpenGateway).connecting.next();
    expect(await client.ask({ event: 'note', data: 1 })).toBe(1);
    succeed();
  });

  it('a client that leaves meanwhile: its messages are handled, and then its disconnect', async () => {
    const gateway = app.current.get(GatedGateway);
    const client = await app.current.client('/gated');
    const { client: socket, succeed } = await gateway.connecting.next();
    while (gateway.left.size > 0) await gateway.left.next();
    client.json({ event: 'note', data: 'last words' });
    client.close(1000, 'bye');
    await client.ended();
    expect([gateway.handled.length, gateway.left.size]).toEqual([0, 0]);
    succeed();
    expect(await gateway.leftOf(socket)).toEqual([1000, 'bye']);
    expect(gateway.handled.splice(0)).toEqual(['last words']);
  });

  it('listeners of the socket are told at once, so that handleConnection can ask and wait for the answer', async () => {
    const client = await app.current.client('/asks');
    client.json({ event: 'note', data: 'sesame' });
    expect(await client.nextText()).toBe('heard: {"event":"note","data":"sesame"}');
    expect(await client.nextText()).toBe('note: sesame');
  });

  describe('with two gateways on one path', () => {
    it('both wait for the one that takes its time', async () => {
      SyncGateway.how = 'pass';
      const client = await app.current.client('/two');
      client.json({ event: 'note', data: 1 });
      const { succeed } = await app.current.get(AsyncGateway).connecting.next();
      await client.expectSilence();
      expect(app.current.get(SyncGateway).handled).toEqual([]);
      succeed();
      expect(await client.nextJson()).toBe(1);
      expect(app.current.get(SyncGateway).handled.splice(0)).toEqual([1]);
      expect(app.current.get(AsyncGateway).handled.splice(0)).toEqual([1]);
    });

    it('one that throws turns the client away from both', async () => {
      SyncGateway.how = 'throw';
      const client = await app.current.client('/two');
      client.json({ event: 'note', data: 1 });
      expect(await client.nextClose()).toBe(4403);
      client.json({ event: 'note', data: 2 });
      (await app.current.get(AsyncGateway).connecting.next()).succeed();
      client.close(4403);
      await client.ended();
      expect(app.current.get(SyncGateway).handled).toEqual([]);
      expect(app.current.get(AsyncGateway).handled).toEqual([]);
    });
  });
});

describe('a client that leaves while its gateways connect', () => {
  const steps: string[] = [];
  const hooks = new Inbox<() => void>('a hook at work');

  @WebSocketGateway({ path: '/leaves' })
  class LeavesGateway {
    async handleConnection(): Promise<void> {
      await new Promise<void>((resolve) => hooks.push(resolve));
      steps.push('connected');
    }

    handleDisconnect(): void {
      steps.push('left');
    }

    @UseGuards(Allow)
    @SubscribeMessage('join')
    join(): void {
      steps.push('joined');
    }
  }

  @WebSocketGateway({ path: '/leaves' })
  class FailingGateway {
    static fails = false;

    handleConnection(): void {
      if (FailingGateway.fails) throw new Error('not today');
    }
  }

  const app = useWireApp({ providers: [LeavesGateway, FailingGateway, Allow] });

  it('its messages come before its disconnect, also through Nest’s pipeline, and its requests never begin', async () => {
    steps.length = 0;
    const client = await app.current.client('/leaves');
    const connected = await hooks.next();
    client.json({ event: 'join' });
    client.json({ id: 1, event: 'join' });
    client.close(1000);
    await client.ended();
    connected();
    await until(() => steps.includes('left'), 'the disconnect');
    expect(steps).toEqual(['connected', 'joined', 'left']);
  });

  it('its disconnect waits for a hook that is still at work when another has failed', async () => {
    steps.length = 0;
    FailingGateway.fails = true;
    const client = await app.current.client('/leaves');
    const connected = await hooks.next();
    client.json({ event: 'join' });
    expect(await client.nextClose()).toBe(1011);
    client.close(1011);
    await client.ended();
    FailingGateway.fails = false;
    expect(steps).toEqual([]);
    connected();
    await until(() => steps.includes('left'), 'the disconnect');
    expect(steps).toEqual(['connected', 'left']);
  });

  it('a drain waits for the hook, and for what waits behind it', async () => {
    steps.length = 0;
    const own = await startWireApp({ providers: [LeavesGateway, FailingGateway, Allow] });
    const client = await own.client('/leaves');
    const connected = await hooks.next();
    client.json({ event: 'join' });
    await client.roundTrip();
    const closed = own.app.close();
    await client.roundTrip();
    connected();
    expect(await client.nextClose()).toBe(1001);
    client.close(1001);
    await closed;
    expect(steps).toEqual(['connected', 'joined', 'left']);
  });
});
