// How clients are sent away: who goes when, what is still answered, and what happens to those who will not go. Time is
// the spec's, but for what happens in memory.

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Observable } from 'rxjs';
import { OnText, type WireAdapterOptions, WireServer } from '../../../lib/index.js';
import type { TestClient } from '../../../lib/testing/index.js';
import { Inbox } from '../../support/bounded-wait.js';
import { type KitApp, startKitApp } from '../../support/kit-app.js';
import { settled } from '../../support/scripted-duplex.js';

const steps: string[] = [];
const waiting: (() => void)[] = [];
const torn: string[] = [];

@WebSocketGateway()
class WorkGateway {
  static disconnecting: Promise<void> | undefined;
  server!: WireServer;

  afterInit(server: WireServer): void {
    this.server = server;
  }

  async handleDisconnect(): Promise<void> {
    steps.push('disconnecting');
    await WorkGateway.disconnecting;
    steps.push('disconnected');
  }

  @SubscribeMessage('wait')
  async wait(@MessageBody() data: unknown): Promise<unknown> {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return data;
  }

  @SubscribeMessage('forever')
  forever(): Observable<never> {
    return new Observable(() => () => torn.push('forever'));
  }

  @SubscribeMessage('until-closing')
  untilClosing(): AsyncIterable<string> {
    const closing = new Inbox<string>('the closing');
    this.server.once('closing', () => {
      closing.push('the last');
      closing.close('the server is closing');
    });
    return (async function* () {
      yield await closing.next();
    })();
  }
}

@WebSocketGateway({ path: '/raw' })
class RawGateway {
  @OnText()
  async echo(@MessageBody() text: string): Promise<string> {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return text;
  }
}

@WebSocketGateway(81)
class PortGateway {
  @SubscribeMessage('wait')
  async wait(): Promise<string> {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return 'port 81';
  }
}

let app: KitApp;

async function start(drain?: WireAdapterOptions['drain']): Promise<void> {
  app = await startKitApp({ providers: [WorkGateway, RawGateway, PortGateway], options: drain ? { drain } : {} });
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
}

beforeEach(() => {
  steps.length = 0;
  waiting.length = 0;
  torn.length = 0;
  WorkGateway.disconnecting = undefined;
});

afterEach(async () => {
  jest.useRealTimers();
  for (const release of waiting) release();
  await app.close();
});

/** A request whose handler has begun. */
async function ask(client: TestClient, event: string, data?: unknown): Promise<{ answer: Promise<unknown> }> {
  const answer = client.request(event, data);
  answer.catch(() => undefined);
  await client.roundTrip();
  return { answer };
}

/** Begins to drain. @returns whether it is over, and a promise of that */
function drain(): { readonly isOver: boolean; readonly over: Promise<void> } {
  let isOver = false;
  const over = app.adapter.drain().then(() => void (isOver = true));
  return {
    over,
    get isOver() {
      return isOver;
    },
  };
}

/** Far behind all that other parts of a server may wait for. */
const LONG_MS = 600_000;

/** After a drain of {@link LONG_MS}: none of its timers is left. */
function expectNoTimers(): void {
  jest.advanceTimersByTime(LONG_MS / 2);
  expect(jest.getTimerCount()).toBe(0);
}

async function pass(ms: number): Promise<void> {
  jest.advanceTimersByTime(ms);
  await settled();
}

describe('clients', () => {
  it('that are idle go at once, with 1001', async () => {
    await start({ timeoutMs: LONG_MS });
    const clients = [await app.connect(), await app.connect(), await app.connect('/raw')];
    await drain().over;
    for (const client of clients) await client.expectClose(1001, 'The server is shutting down');
    expectNoTimers();
  });

  it('go with 1012 where the option says so', async () => {
    await start({ closeCode: 1012 });
    const client = await app.connect();
    await drain().over;
    await client.expectClose(1012, 'The server is shutting down');
  });

  it('with a request that runs get its answer first', async () => {
    await start();
    const [busy, idle] = [await app.connect(), await app.connect()];
    const { answer } = await ask(busy, 'wait', 'done');
    const draining = drain();
    await idle.expectClose(1001);
    await pass(5_000);
    expect(busy.readyState).toBe(1);
    expect(draining.isOver).toBe(false);
    waiting[0]!();
    expect(await answer).toBe('done');
    await busy.expectClose(1001);
    await draining.over;
    expect(steps).toEqual(['disconnecting', 'disconnected', 'disconnecting', 'disconnected']);
  });

  it('with a message without an id that is at work, and with a raw one, too', async () => {
    await start();
    const [bare, raw] = [await app.connect(), await app.connect('/raw')];
    bare.send('wait', 'bare');
    raw.sendText('raw');
    await Promise.all([bare.roundTrip(), raw.roundTrip()]);
    const draining = drain();
    await settled();
    for (const release of waiting) release();
    expect(await bare.nextMessage()).toBe('"bare"');
    expect(await raw.nextMessage()).toBe('raw');
    await draining.over;
  });

  it('that are at work ask in vain for more: 503, and the running request is answered', async () => {
    await start();
    const client = await app.connect();
    const { answer } = await ask(client, 'wait', 1);
    const draining = drain();
    await expect(client.request('wait', 2)).rejects.toMatchObject({
      body: { status: 503, code: 'SHUTTING_DOWN', message: 'The server is shutting down.' },
    });
    waiting[0]!();
    expect(await answer).toBe(1);
    await draining.over;
    expect(waiting).toHaveLength(1);
  });

  it('that we do not read from hear of it all the same', async () => {
    await start();
    const client = await app.connect();
    for (const served of app.get(WorkGateway).server.clients) served.pause();
    await drain().over;
    await client.expectClose(1001);
  });

  it('spread over spreadMs: one after the other, answered until their turn', async () => {
    await start({ spreadMs: 1_000 });
    const clients = [await app.connect(), await app.connect(), await app.connect(), await app.connect()];
    const draining = drain();
    const open = (): number => clients.filter(({ readyState }) => readyState === 1).length;
    await clients[0]!.expectClose(1001);
    await pass(249);
    expect(open()).toBe(3);
    await pass(1);
    await clients[1]!.expectClose(1001);
    const { answer } = await ask(clients[3]!, 'wait', 'in between');
    expect(open()).toBe(2);
    await pass(250);
    await clients[2]!.expectClose(1001);
    await pass(250);
    expect(open()).toBe(1);
    waiting[0]!();
    expect(await answer).toBe('in between');
    await clients[3]!.expectClose(1001);
    await draining.over;
  });
});

describe('new upgrades', () => {
  it('get a 503 with Retry-After, until the application is gone', async () => {
    await start({ retryAfterSeconds: 7 });
    const client = await app.connect();
    await ask(client, 'wait');
    const draining = drain();
    for (const wave of ['while it drains', 'afterwards']) {
      await expect(app.connect()).rejects.toMatchObject({
        status: 503,
        headers: { 'retry-after': '7' },
        body: 'The server is shutting down.',
      });
      if (wave === 'while it drains') waiting[0]!();
      await draining.over;
    }
  });
});

describe('streams', () => {
  it('that end by themselves when the server says that it is closing are complete', async () => {
    await start({ timeoutMs: LONG_MS });
    const client = await app.connect();
    const { answer } = await ask(client, 'until-closing');
    const draining = drain();
    expect(await answer).toBe('the last');
    await draining.over;
    expectNoTimers();
  });

  it('that do not are cancelled a second before the time is up, when their client is closed', async () => {
    await start({ timeoutMs: 10_000 });
    const client = await app.connect();
    const { answer } = await ask(client, 'forever');
    const draining = drain();
    await pass(8_999);
    expect(client.readyState).toBe(1);
    await pass(1);
    await expect(answer).rejects.toThrow('the connection was closed with 1001 "The server is shutting down"');
    expect(torn).toEqual(['forever']);
    await draining.over;
  });

  it('in a short drain the last quarter is kept for that', async () => {
    await start({ timeoutMs: 400 });
    const client = await app.connect();
    await ask(client, 'forever');
    const draining = drain();
    await pass(299);
    expect(client.readyState).toBe(1);
    await pass(1);
    await client.expectClose(1001);
    await draining.over;
  });
});

describe('the deadline', () => {
  it('cuts off who does not answer the Close frame', async () => {
    await start();
    const client = await app.connect();
    client.pause();
    const draining = drain();
    await pass(9_999);
    expect(draining.isOver).toBe(false);
    await pass(1);
    await draining.over;
    expect(steps).toEqual(['disconnecting', 'disconnected']);
    client.resume();
    await client.expectClose();
  });

  it('is not waited beyond for a handler that never ends', async () => {
    await start();
    const client = await app.connect();
    await ask(client, 'wait');
    const draining = drain();
    await pass(9_000);
    await client.expectClose(1001);
    await draining.over;
  });

  it('is not waited beyond for a handleDisconnect that never ends', async () => {
    await start();
    WorkGateway.disconnecting = new Promise(() => undefined);
    const client = await app.connect();
    const draining = drain();
    await client.expectClose(1001);
    await pass(9_999);
    expect(draining.isOver).toBe(false);
    await pass(1);
    await draining.over;
    expect(steps).toEqual(['disconnecting']);
  });

  it('there is none with timeoutMs: 0', async () => {
    await start({ timeoutMs: 0 });
    const client = await app.connect();
    const { answer } = await ask(client, 'wait', 'at last');
    const draining = drain();
    // Not so long that the heartbeat would ask for life.
    await pass(20_000);
    expect(draining.isOver).toBe(false);
    waiting[0]!();
    expect(await answer).toBe('at last');
    await draining.over;
  });
});

describe('handleDisconnect', () => {
  it('has come to rest for everyone when it is over, for those too who left before', async () => {
    await start();
    let release!: () => void;
    WorkGateway.disconnecting = new Promise<void>((resolve) => (release = resolve));
    const [early, late] = [await app.connect(), await app.connect()];
    await early.close();
    const draining = drain();
    await late.expectClose(1001);
    await settled();
    expect(draining.isOver).toBe(false);
    release();
    await draining.over;
    expect(steps).toEqual(['disconnecting', 'disconnecting', 'disconnected', 'disconnected']);
  });
});

describe('one path, or one port', () => {
  it('closes by itself, the same way; the others stay', async () => {
    await start();
    const other = await app.connect('/raw');
    const [busy, idle] = [await app.connect(), await app.connect()];
    const { answer } = await ask(busy, 'wait', 'done');
    const closed = new Promise<void>((resolve) => app.get(WorkGateway).server.close(() => resolve()));
    await idle.expectClose(1001);
    await expect(app.connect()).rejects.toMatchObject({ status: 503 });
    waiting[0]!();
    expect(await answer).toBe('done');
    await closed;
    expect(other.readyState).toBe(1);
  });

  it('a gateway’s own port is drained with all', async () => {
    await start();
    const client = await app.connectOn(81);
    const { answer } = await ask(client, 'wait');
    const draining = drain();
    await expect(app.connectOn(81)).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    waiting[0]!();
    expect(await answer).toBe('port 81');
    await client.expectClose(1001);
    await draining.over;
  });
});

it('a second drain waits for the same end', async () => {
  await start();
  const client = await app.connect();
  const { answer } = await ask(client, 'wait', 1);
  const [first, second] = [drain(), drain()];
  waiting[0]!();
  await Promise.all([first.over, second.over]);
  expect(await answer).toBe(1);
  await app.adapter.drain();
});
