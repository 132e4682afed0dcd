// The browser's way to listen, which `ws` offers too: addEventListener, onmessage and what builds on them (fromEvent).

import { describe, expect, it } from '@jest/globals';
import { WebSocketGateway } from '@nestjs/websockets';
import { firstValueFrom, fromEvent, map, take, toArray } from 'rxjs';
import type { CloseEvent, MessageEvent } from 'ws';
import { adapters } from '../../support/adapters.js';
import { Inbox, within } from '../../support/bounded-wait.js';
import { useApp } from '../../support/nest-app.js';
import { ServedClientsGateway, connectPair } from '../../support/served-clients.gateway.js';

@WebSocketGateway()
class TargetGateway extends ServedClientsGateway {}

describe.each(adapters)('a client as an event target over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [TargetGateway] });

  it("addEventListener('message') gives an event: a text's data is a string, a binary message's a Buffer", async () => {
    const { client, served } = await connectPair(app, TargetGateway);
    const events = new Inbox<MessageEvent>('a message event');
    served.addEventListener('message', (event) => events.push(event));
    client.send('text');
    client.send(Buffer.from([1]));
    const text = await events.next();
    expect([text.type, text.data, text.target === served]).toEqual(['message', 'text', true]);
    const binary = await events.next();
    expect(binary.data).toEqual(Buffer.from([1]));
    expect(Buffer.isBuffer(binary.data)).toBe(true);
  });

  it('an option listens once, and listeners can be removed', async () => {
    const { client, served } = await connectPair(app, TargetGateway);
    const calls: string[] = [];
    const removed = (): void => void calls.push('removed');
    served.addEventListener('message', removed);
    served.addEventListener('message', () => calls.push('once'), { once: true });
    served.addEventListener('message', () => calls.push('each time'));
    served.removeEventListener('message', removed);
    await client.expectSilence();
    await client.expectSilence();
    expect(calls).toEqual(['once', 'each time', 'each time']);
  });

  it('the same listener is added once only', async () => {
    const { client, served } = await connectPair(app, TargetGateway);
    let calls = 0;
    const listener = (): void => void (calls += 1);
    served.addEventListener('message', listener);
    served.addEventListener('message', listener);
    await client.expectSilence();
    expect(calls).toBe(1);
  });

  it('onmessage is one listener, replaced by assignment and taken off by null', async () => {
    const { client, served } = await connectPair(app, TargetGateway);
    const calls: unknown[] = [];
    expect(served.onmessage).toBeNull();
    served.onmessage = () => void calls.push('replaced');
    const listener = (event: MessageEvent): void => void calls.push(event.data);
    served.onmessage = listener;
    expect(served.onmessage).toBe(listener);
    await client.ask('echo', 'one');
    served.onmessage = null;
    expect(served.onmessage).toBeNull();
    await client.ask('echo', 'two');
    expect(calls).toEqual(['{"event":"echo","data":"one"}']);
  });

  it.each<[string, (client: WebSocketLike) => void, object]>([
    ['a clean close', (client) => client.close(4000, 'wörds'), { code: 4000, reason: 'wörds', wasClean: true }],
    ['a broken connection', (client) => client.terminate(), { code: 1006, reason: '', wasClean: false }],
  ])(
    "onclose and addEventListener('close') give code, reason as a string and wasClean: %s",
    async (_how, end, expected) => {
      const { client, served } = await connectPair(app, TargetGateway);
      const events = new Inbox<CloseEvent>('a close event');
      served.onclose = (event) => events.push(event);
      served.addEventListener('close', (event) => events.push(event));
      end(client.socket);
      for (const { type, code, reason, wasClean, target } of await events.take(2)) {
        expect({ type, code, reason, wasClean, same: target === served }).toEqual({
          type: 'close',
          ...expected,
          same: true,
        });
      }
    },
  );

  it("fromEvent(client, 'message') gives those events", async () => {
    const { client, served } = await connectPair(app, TargetGateway);
    const all = firstValueFrom(
      fromEvent<MessageEvent>(served, 'message').pipe(
        map((event) => event.data),
        take(2),
        toArray(),
      ),
    );
    client.send('text');
    client.send(Buffer.from('binary'));
    expect(await within(all, 'two events')).toEqual(['text', Buffer.from('binary')]);
  });

  it("fromEvent(client, 'close') ends what listens until then", async () => {
    const { client, served } = await connectPair(app, TargetGateway);
    const closed = firstValueFrom(fromEvent<CloseEvent>(served, 'close'));
    client.socket.close(1000);
    expect((await within(closed, 'the close event')).code).toBe(1000);
  });
});

interface WebSocketLike {
  close(code: number, reason: string): void;
  terminate(): void;
}
