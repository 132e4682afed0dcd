// The events of the object that gateways get for a client, with the types of their arguments: `ws` gives Buffers.

import { EventEmitter, on, once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { WebSocketGateway } from '@nestjs/websockets';
import { adapters } from '../../support/adapters.js';
import { Inbox } from '../../support/bounded-wait.js';
import { itDiffersInEveryMode } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';
import { TEXT, frame } from '../../support/raw-client.js';
import { ServedClientsGateway, codeForHook, connectPair } from '../../support/served-clients.gateway.js';

@WebSocketGateway()
class EventsGateway extends ServedClientsGateway {}

describe.each(adapters)('the events of a client over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [EventsGateway] });

  it.each<[string, string | Buffer]>([
    ['a text', 'é✓'],
    ['an empty text', ''],
    ['a binary message', Buffer.from([0, 255, 1])],
    ['an empty binary message', Buffer.alloc(0)],
    ['an event', '{"event":"unknown here"}'],
  ])("'message' gives %s as a Buffer, and whether it is binary", async (_what, sent) => {
    const { client, served } = await connectPair(app, EventsGateway);
    const messages = new Inbox<unknown[]>('a message event');
    served.on('message', (...args) => messages.push(args));
    client.send(sent);
    const args = await messages.next();
    expect(args).toEqual([Buffer.from(sent), Buffer.isBuffer(sent)]);
    expect(Buffer.isBuffer(args[0])).toBe(true);
  });

  it("'message' comes for messages that a handler answers too, before the answer", async () => {
    const { client, served } = await connectPair(app, EventsGateway);
    served.on('message', (data: Buffer) => served.send(`heard ${data.toString()}`));
    client.emit('echo', 1);
    expect(await client.take(2)).toEqual(['heard {"event":"echo","data":1}', '{"event":"echo","data":1}']);
  });

  it('`this` of a listener is the client', async () => {
    const { client, served } = await connectPair(app, EventsGateway);
    const listeners = new Inbox<unknown>('this');
    served.on('message', function listener() {
      listeners.push(this);
    });
    client.send('x');
    expect((await listeners.next()) === served).toBe(true);
  });

  it('once, off, prependListener and removeAllListeners', async () => {
    const { client, served } = await connectPair(app, EventsGateway);
    const calls: string[] = [];
    const removed = (): void => void calls.push('removed');
    served.on('message', removed);
    served.once('message', () => calls.push('once'));
    served.on('message', () => calls.push('on'));
    served.prependListener('message', () => calls.push('first'));
    served.off('message', removed);
    await client.expectSilence();
    await client.expectSilence();
    expect(calls).toEqual(['first', 'once', 'on', 'first', 'on']);
    calls.length = 0;
    served.on('ping', removed).on('ping', removed);
    expect(served.listenerCount('ping')).toBe(2);
    served.removeAllListeners('ping');
    client.socket.ping('x');
    await client.nextPong();
    expect(calls).toEqual([]);
  });

  it('the client is an EventEmitter, for events of the gateway as well', async () => {
    const { client, served } = await connectPair(app, EventsGateway);
    expect(served).toBeInstanceOf(EventEmitter);
    const calls: unknown[] = [];
    served.on('my event', (...args) => calls.push(...args));
    expect(served.emit('my event', 1, 'two')).toBe(true);
    expect(served.emit('nobody listens')).toBe(false);
    expect(calls).toEqual([1, 'two']);
    await client.expectSilence();
  });

  it('works with once() and on() of node:events', async () => {
    const { client, served } = await connectPair(app, EventsGateway);
    const first = once(served, 'message');
    client.send('one');
    expect(await first).toEqual([Buffer.from('one'), false]);
    const rest = on(served, 'message');
    client.send('two');
    expect((await rest.next()).value).toEqual([Buffer.from('two'), false]);
    await rest.return?.();
  });

  it.each<[string, number | undefined, string | undefined, [number, string]]>([
    ['with code and reason', 4000, 'wörds', [4000, 'wörds']],
    ['with a code', 1001, undefined, [1001, '']],
    ['without a code', undefined, undefined, [1005, '']],
  ])("'close' gives the code and the reason as a Buffer: %s", async (_how, code, reason, [seenCode, seenReason]) => {
    const { client, served } = await connectPair(app, EventsGateway);
    const closed = once(served, 'close');
    client.socket.close(code, reason);
    const args = (await closed) as unknown[];
    expect(args).toEqual([seenCode, Buffer.from(seenReason)]);
    expect(Buffer.isBuffer(args[1])).toBe(true);
    expect(served.readyState).toBe(3);
  });

  it("'close' gives 1006 and an empty Buffer when the connection breaks", async () => {
    const { client, served } = await connectPair(app, EventsGateway);
    const closed = once(served, 'close');
    client.socket.terminate();
    expect(await closed).toEqual([1006, Buffer.alloc(0)]);
  });

  it("'ping' and 'pong' give their payload as a Buffer", async () => {
    const { client, served } = await connectPair(app, EventsGateway);
    const ping = once(served, 'ping');
    client.socket.ping(Buffer.from([1, 2]));
    expect(await ping).toEqual([Buffer.from([1, 2])]);
    expect(await client.nextPong()).toEqual(Buffer.from([1, 2]));

    const pong = once(served, 'pong');
    served.ping('are you there?');
    expect(await client.nextPing()).toEqual(Buffer.from('are you there?'));
    expect(await pong).toEqual([Buffer.from('are you there?')]);

    const unasked = once(served, 'pong');
    client.socket.pong();
    expect(await unasked).toEqual([Buffer.alloc(0)]);
  });

  // Having failed the connection, `ws` reads no more, so that it misses the client's close frame and reports 1006.
  it.each<[string, Buffer, number]>([
    ['text that is not UTF-8', frame(TEXT, Buffer.from([0xff])), 1007],
    ['an unmasked frame', Buffer.from([0x81, 0x01, 0x61]), 1002],
    ['a reserved opcode', frame(0x3, 'x'), 1002],
    ['a continuation of nothing', frame(0x0, 'x'), 1002],
    ['a fragmented ping', frame(0x9, 'x', { fin: false }), 1002],
  ])("'error' and then 'close' come for %s", async (_what, bytes, code) => {
    const raw = await app.rawUpgrade('/');
    const { client: served } = await app.get(EventsGateway).served.next();
    const events = new Inbox<unknown[]>('an event');
    served.on('error', (error) => events.push(['error', error instanceof Error]));
    served.on('close', (...args) => events.push(['close', ...args]));
    raw.write(bytes);
    expect(await raw.bytes(4)).toEqual(Buffer.from([0x88, 0x02, code >> 8, code & 0xff]));
    expect(await events.next()).toEqual(['error', true]);
    raw.drop();
    expect(await events.next()).toEqual(['close', 1006, Buffer.alloc(0)]);
    expect(await app.get(EventsGateway).disconnected(served)).toBe(codeForHook(adapter, 1006));
  });

  /** What is logged of a client that breaks a rule. */
  async function logOfViolation(): Promise<string[]> {
    const raw = await app.rawUpgrade('/');
    const { client: served } = await app.get(EventsGateway).served.next();
    app.logger.takeErrors();
    raw.write(frame(0x3, 'x'));
    await raw.bytes(4);
    raw.drop();
    await app.get(EventsGateway).disconnected(served);
    return app.logger.takeErrors();
  }

  itDiffersInEveryMode(adapter, 'a client that breaks the protocol is logged', {
    reason: 'no client fills the log; whoever wants to know listens to `error`',
    platformWs: async () => expect(await logOfViolation()).toEqual(['Invalid WebSocket frame: invalid opcode 3']),
    nestwire: async () => expect(await logOfViolation()).toEqual([]),
  });
});
