// What is published while a client is being sent a message in fragments.

import { describe, expect, it } from '@jest/globals';
import { WebSocketGateway } from '@nestjs/websockets';
import { BufferOverflowError, type WireSocket } from '../../../lib/index.js';
import { Inbox, within } from '../../support/bounded-wait.js';
import { useWireApp } from '../../support/wire-app.js';

const MAX_BUFFERED_BYTES = 100_000;
const TEXT = 'x'.repeat(30_000);

const served = new Inbox<WireSocket>('a served client');

@WebSocketGateway()
class Gateway {
  handleConnection(client: WireSocket): void {
    served.push(client);
  }
}

describe('a client that is being sent a message in fragments', () => {
  const app = useWireApp({
    providers: [Gateway],
    options: { limits: { maxBufferedBytes: MAX_BUFFERED_BYTES } },
  });

  async function begin(topic: string) {
    const client = await app.current.client('/');
    const socket = await served.next();
    await socket.subscribe(topic);
    socket.send('first', { fin: false });
    expect((await client.nextFrame()).firstByte).toBe(0x01);
    const publish = (text = TEXT): Promise<unknown> => app.current.adapter.topics.publish(topic, 'told', text);
    return { client, socket, publish };
  }

  it('gets what was published when it is through', async () => {
    const { client, socket, publish } = await begin('through');
    for (let i = 0; i < 3; i++) await publish();
    await client.expectSilence();
    expect(socket.bufferedAmount).toBeGreaterThan(3 * TEXT.length);
    expect(socket.isBehind).toBe(false);
    socket.send('last');
    const frames = [];
    for (let i = 0; i < 4; i++) frames.push(await client.nextFrame());
    expect(socket.bufferedAmount).toBe(0);
    expect(frames.map(({ firstByte }) => firstByte)).toEqual([0x80, 0x81, 0x81, 0x81]);
    socket.send('first', { fin: false });
    for (let i = 0; i < 3; i++) await publish();
    expect(socket.readyState).toBe(1);
  });

  it('is cut off when more waits for it than may', async () => {
    const { client, socket, publish } = await begin('too much');
    const failed = within(new Promise((resolve) => socket.on('error', resolve)), 'the error');
    for (let i = 0; i < 3; i++) await publish();
    expect(socket.readyState).toBe(1);
    await publish();
    expect(await failed).toBeInstanceOf(BufferOverflowError);
    expect(socket.bufferedAmount).toBeGreaterThan(4 * TEXT.length);
    await client.ended();
    expect(app.current.adapter.topics.names).not.toContain('too much');
  });

  it('has lost what waits when it leaves', async () => {
    const { client, socket, publish } = await begin('leaving');
    await publish();
    const closed = within(new Promise((resolve) => socket.on('close', resolve)), 'the close');
    client.drop();
    await closed;
    const before = socket.bufferedAmount;
    expect(before).toBeGreaterThan(TEXT.length);
    socket.send('last');
    expect(socket.bufferedAmount).toBe(before + 'last'.length);
  });

  it('may be sent one message that is larger than what may wait', async () => {
    const { client, socket, publish } = await begin('large');
    await publish('x'.repeat(2 * MAX_BUFFERED_BYTES));
    socket.send('last');
    expect((await client.nextFrame()).firstByte).toBe(0x80);
    expect((await client.nextFrame()).payload.length).toBeGreaterThan(2 * MAX_BUFFERED_BYTES);
  });
});
