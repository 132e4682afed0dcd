// Members of a topic that read too slowly, over real sockets: each gets what its policy says, and the others get everything.
import { describe, expect, it } from '@jest/globals';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Backpressure, SubscribeTopic, Topics, TopicsModule, type WireSocket } from '../../../lib/index.js';
import type { FrameClient } from '../../support/frame-client.js';
import { useWireApp } from '../../support/wire-app.js';

const FILLER = 'x'.repeat(64 * 1024);
const MAX_BUFFERED_BYTES = 512 * 1024;
/** So many that neither the socket's buffers nor the limit have room for them. */
const MANY = 200;

let newest: WireSocket;

@WebSocketGateway({ limits: { maxBufferedBytes: MAX_BUFFERED_BYTES } })
class FeedGateway {
  handleConnection(socket: WireSocket) {
    newest = socket;
  }

  @SubscribeTopic('plain')
  plain() {}

  @SubscribeTopic('drop-oldest')
  @Backpressure({ strategy: 'drop-oldest', bufferSize: 3 })
  dropOldest() {}

  @SubscribeTopic('error')
  @Backpressure({ strategy: 'error', bufferSize: 3 })
  error() {}

  @SubscribeTopic('close')
  @Backpressure({ strategy: 'close', bufferSize: 3 })
  close() {}

  @SubscribeMessage('hello')
  hello() {
    return 'hello';
  }
}

interface Told {
  readonly type: string;
  readonly offset?: number;
  readonly recovered?: boolean;
  readonly error?: unknown;
}

const app = useWireApp({ imports: [TopicsModule], providers: [FeedGateway] });
const topics = (): Topics => app.current.get(Topics);

async function subscribed(topic: string): Promise<{ client: FrameClient; server: WireSocket }> {
  const client = await app.current.client();
  const server = newest;
  client.json({ id: 1, type: 'subscribe', topic });
  expect(await client.nextJson()).toMatchObject({ type: 'subscribed' });
  return { client, server };
}

/** Publishes, a turn of the event loop between each message and the next, and takes what a neighbour gets of it. */
async function publishMany(topic: string, neighbour: FrameClient): Promise<number[]> {
  const offsets: number[] = [];
  for (let i = 0; i < MANY; i++) {
    await topics().publish(topic, 'news', FILLER);
    offsets.push(((await neighbour.nextJson()) as Told).offset!);
  }
  return offsets;
}

describe('a member of a topic that does not read', () => {
  const all = Array.from({ length: MANY }, (_, i) => i + 1);

  it('is cut off above limits.maxBufferedBytes, and delays nobody', async () => {
    const [slow, neighbour] = [await subscribed('plain'), await subscribed('plain')];
    slow.client.stopReading();
    let highest = 0;
    const watching = topics()
      .messages('plain')
      .subscribe(() => (highest = Math.max(highest, slow.server.readyState === 1 ? slow.server.bufferedAmount : 0)));
    expect(await publishMany('plain', neighbour.client)).toEqual(all);
    watching.unsubscribe();
    expect(slow.server.readyState).toBe(3);
    expect(highest).toBeLessThanOrEqual(MAX_BUFFERED_BYTES + FILLER.length);
    expect(topics().size('plain')).toBe(1);
  });

  it('drop-oldest: gets what is new, and is told where messages are missing', async () => {
    const [slow, neighbour] = [await subscribed('drop-oldest'), await subscribed('drop-oldest')];
    slow.client.stopReading();
    expect(await publishMany('drop-oldest', neighbour.client)).toEqual(all);
    const dropped = slow.server.droppedValues;
    expect(dropped).toBeGreaterThan(0);
    slow.client.readAgain();
    const told: Told[] = [];
    while (told.at(-1)?.offset !== MANY) told.push((await slow.client.nextJson()) as Told);
    const gaps = told.filter(({ type }) => type === 'subscribed');
    expect(gaps).toEqual([expect.objectContaining({ recovered: false, offset: MANY - 3 })]);
    const offsets = told.filter(({ type }) => type === 'next').map(({ offset }) => offset);
    expect(offsets).toEqual([...all.slice(0, MANY - 3 - dropped), ...all.slice(-3)]);
    // Once more it keeps up.
    await topics().publish('drop-oldest', 'news', 'short');
    expect(await slow.client.nextJson()).toMatchObject({ type: 'next', offset: MANY + 1 });
  });

  it('error: its subscription ends, and nothing else of it', async () => {
    const [slow, neighbour] = [await subscribed('error'), await subscribed('error')];
    slow.client.stopReading();
    expect(await publishMany('error', neighbour.client)).toEqual(all);
    expect(topics().size('error')).toBe(1);
    slow.client.readAgain();
    let told: Told;
    do told = (await slow.client.nextJson()) as Told;
    while (told.type === 'next');
    expect(told).toMatchObject({ id: 1, type: 'error', error: { status: 503, code: 'SLOW_CLIENT' } });
    expect(await slow.client.ask({ id: 1, event: 'hello' })).toMatchObject({ id: 1, data: 'hello' });
  });

  it('close: it is closed with 1008', async () => {
    const [slow, neighbour] = [await subscribed('close'), await subscribed('close')];
    slow.client.stopReading();
    expect(await publishMany('close', neighbour.client)).toEqual(all);
    slow.client.readAgain();
    expect(await slow.client.nextClose()).toBe(1008);
    expect(topics().size('close')).toBe(1);
  });
});
