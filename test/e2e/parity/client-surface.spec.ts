// What is left of the object that gateways get for a client: pausing, binaryType, and what it is as a JavaScript object.

import { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { WebSocketGateway } from '@nestjs/websockets';
import { adapters } from '../../support/adapters.js';
import { Inbox } from '../../support/bounded-wait.js';
import { useApp } from '../../support/nest-app.js';
import { ServedClientsGateway, connectPair } from '../../support/served-clients.gateway.js';

@WebSocketGateway()
class SurfaceGateway extends ServedClientsGateway {}

describe.each(adapters)('the object for a client over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [SurfaceGateway] });

  it('has the fields of a WebSocket', async () => {
    const { served } = await connectPair(app, SurfaceGateway);
    const { readyState, protocol, extensions, bufferedAmount, binaryType, isPaused } = served;
    expect({ readyState, protocol, extensions, bufferedAmount, binaryType, isPaused }).toEqual({
      readyState: 1,
      protocol: '',
      extensions: '',
      bufferedAmount: 0,
      binaryType: 'nodebuffer',
      isPaused: false,
    });
  });

  it('pause stops messages and resume lets them come', async () => {
    const { client, served } = await connectPair(app, SurfaceGateway);
    const messages = new Inbox<string>('a message event');
    served.on('message', (data: Buffer) => messages.push(data.toString()));
    served.pause();
    expect(served.isPaused).toBe(true);
    client.send('one');
    // By the time that another client was answered twice, the first message would have come.
    const { client: other } = await connectPair(app, SurfaceGateway);
    await other.expectSilence();
    await other.expectSilence();
    expect(messages.size).toBe(0);
    served.resume();
    expect(served.isPaused).toBe(false);
    expect(await messages.next()).toBe('one');
  });

  it.each([
    ['arraybuffer', 'ArrayBuffer'],
    ['nodebuffer', 'Buffer'],
  ] as const)("binaryType '%s' gives binary messages as %s", async (binaryType, expected) => {
    const { client, served } = await connectPair(app, SurfaceGateway);
    served.binaryType = binaryType;
    const messages = new Inbox<object>('a message event');
    served.on('message', (data) => messages.push(data));
    client.send(Buffer.from([1, 2]));
    const data = await messages.next();
    expect(data.constructor.name).toBe(expected);
    expect(Buffer.from(data as ArrayBuffer)).toEqual(Buffer.from([1, 2]));
  });

  it('is a key of maps and sets, takes properties, and is no promise', async () => {
    const { served } = await connectPair(app, SurfaceGateway);
    const { served: other } = await connectPair(app, SurfaceGateway);
    const users = new Map([[served, 'Ada']]);
    const extended = Object.assign(served, { user: 'Ada', [Symbol.for('mine')]: 1 });
    expect([users.get(served), users.get(other), extended.user]).toEqual(['Ada', undefined, 'Ada']);
    expect(new WeakSet([served]).has(served)).toBe(true);
    expect((await Promise.resolve(served)) === served).toBe(true);
  });

  it('gives the request of its connection, its socket included', async () => {
    const { request } = await connectPair(app, SurfaceGateway, '/?x=1', { headers: { 'X-Forwarded-For': '10.0.0.1' } });
    expect(request).toBeInstanceOf(IncomingMessage);
    expect(request.headers['x-forwarded-for']).toBe('10.0.0.1');
    expect(request.socket.remoteAddress).toBe('127.0.0.1');
    expect(typeof request.socket.remotePort).toBe('number');
    expect(request.rawHeaders).toContain('X-Forwarded-For');
  });
});
