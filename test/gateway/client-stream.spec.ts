// What a client sends under the id of its request: `@ClientStream()`.

import { describe, expect, it } from '@jest/globals';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { finalize, map, type Observable } from 'rxjs';
import { ClientStream, ClientStreamError } from '../../lib/index.js';
import { Inbox, until } from '../support/bounded-wait.js';
import type { FrameClient } from '../support/frame-client.js';
import { useWireApp } from '../support/wire-app.js';

const gates = new Inbox<() => void>('a handler that waits');
const told = new Inbox<unknown>('news of a stream');
const gate = (): Promise<void> => new Promise((resolve) => gates.push(resolve));

@WebSocketGateway()
class UploadGateway {
  @SubscribeMessage('collect')
  async collect(@ClientStream() stream: ClientStream, @MessageBody() name: string): Promise<unknown> {
    const values: unknown[] = [];
    try {
      for await (const value of stream) values.push(Buffer.isBuffer(value) ? value.toString('hex') : value);
    } catch (error) {
      told.push(error);
      throw error;
    }
    return { name, values };
  }

  @SubscribeMessage('double')
  double(@ClientStream() stream: ClientStream<number>): Observable<number> {
    return stream.pipe(
      map((value) => value * 2),
      finalize(() => told.push('finalized')),
    );
  }

  @SubscribeMessage('echo')
  async *echo(@ClientStream() stream: ClientStream): AsyncIterable<unknown> {
    yield* stream;
  }

  @SubscribeMessage('slow')
  async slow(@ClientStream() stream: ClientStream<number>): Promise<number> {
    let sum = 0;
    await gate();
    for await (const value of stream) {
      sum += value;
      await gate();
    }
    return sum;
  }

  @SubscribeMessage('first')
  async first(@ClientStream() stream: ClientStream): Promise<unknown> {
    for await (const value of stream) {
      told.push(value);
      break;
    }
    await gate();
    return 'done';
  }

  @SubscribeMessage('twice')
  async twice(@ClientStream() stream: ClientStream): Promise<string> {
    stream.subscribe({ error: () => undefined });
    try {
      stream[Symbol.asyncIterator]();
    } catch (error) {
      return (error as Error).message;
    }
    return 'no error';
  }

  @SubscribeMessage('careless')
  async careless(@ClientStream() stream: ClientStream): Promise<string> {
    stream.pipe(map((value) => value)).subscribe((value) => told.push(value));
    await gate();
    return 'done';
  }

  @SubscribeMessage('none')
  async none(): Promise<string> {
    await gate();
    return 'done';
  }
}

const app = useWireApp({ providers: [UploadGateway] });
const GRANT = { id: 'a', type: 'request', n: 16 };
const MORE = { id: 'a', type: 'request', n: 8 };

/** A client of a request `a` that was granted its first values. */
async function begun(event: string): Promise<FrameClient> {
  while (told.size > 0) await told.next();
  const client = await app.current.client();
  expect(await client.ask({ id: 'a', event, data: 'x' })).toEqual(GRANT);
  return client;
}

const send = (client: FrameClient, ...values: unknown[]): void =>
  values.forEach((data) => client.json({ id: 'a', type: 'next', data }));
const end = (client: FrameClient): void => client.json({ id: 'a', type: 'complete' });
const answer = (data: unknown): unknown => ({ id: 'a', type: 'next', data });
const COMPLETE = { id: 'a', type: 'complete' };

describe('the values of a client', () => {
  it('reach an async iterable, to their end', async () => {
    const client = await begun('collect');
    send(client, 1, 'two', null, { three: 3 });
    end(client);
    expect(await client.nextJson()).toEqual(answer({ name: 'x', values: [1, 'two', null, { three: 3 }] }));
    expect(await client.nextJson()).toEqual(COMPLETE);
  });

  it('reach an Observable, and its answers the client', async () => {
    const client = await begun('double');
    send(client, 1, 2);
    expect([await client.nextJson(), await client.nextJson()]).toEqual([answer(2), answer(4)]);
    end(client);
    expect(await client.nextJson()).toEqual(COMPLETE);
  });

  it('may be binary: announced, and between others', async () => {
    const client = await begun('collect');
    send(client, 1);
    client.json({ id: 'a', type: 'next', binary: true });
    client.binary(Buffer.from([1, 2, 255]));
    send(client, 2);
    end(client);
    expect(await client.nextJson()).toEqual(answer({ name: 'x', values: [1, '0102ff', 2] }));
  });

  it('may be none', async () => {
    const client = await app.current.client();
    client.json({ id: 'a', event: 'collect', data: 'x' });
    end(client);
    // And nothing is granted to who has ended.
    expect(await client.nextJson()).toEqual(answer({ name: 'x', values: [] }));
  });

  it('do not mix with those of another request', async () => {
    const client = await begun('echo');
    client.json({ id: 'b', event: 'echo' });
    expect(await client.nextJson()).toEqual({ ...GRANT, id: 'b' });
    send(client, 1);
    client.json({ id: 'b', type: 'next', data: 2 });
    expect([await client.nextJson(), await client.nextJson()]).toEqual([
      answer(1),
      { ...COMPLETE, id: 'b', type: 'next', data: 2 },
    ]);
  });

  it('are consumed once', async () => {
    const client = await begun('twice');
    expect(await client.nextJson()).toEqual(
      answer('A ClientStream can be subscribed to, or iterated, once: use share()'),
    );
  });
});

describe('credit', () => {
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

  it('is granted as the handler consumes, and no sooner', async () => {
    const client = await begun('slow');
    send(client, ...numbers(16));
    await client.expectSilence();
    for (let i = 0; i < 8; i++) (await gates.next())();
    expect(await client.nextJson()).toEqual(MORE);
    await client.expectSilence();
    end(client);
    await client.roundTrip();
    for (let i = 8; i < 17; i++) (await gates.next())();
    expect(await client.nextJson()).toEqual(answer(136));
  });

  it('goes on for as long as the stream does', async () => {
    const client = await begun('double');
    for (let round = 0; round < 5; round++) {
      send(client, ...numbers(8));
      for (const n of numbers(7)) expect(await client.nextJson()).toEqual(answer(n * 2));
      expect([await client.nextJson(), await client.nextJson()]).toEqual([MORE, answer(16)]);
    }
  });

  it.each(['slow', 'none'])('exceeded, it ends the request (%s)', async (event) => {
    const client = await app.current.client();
    client.json({ id: 'a', event });
    if (event === 'slow') expect(await client.nextJson()).toEqual(GRANT);
    send(client, ...numbers(17));
    expect(await client.nextJson()).toMatchObject({
      id: 'a',
      type: 'error',
      error: { status: 429, code: 'CREDIT_EXCEEDED' },
    });
    await client.expectSilence();
    if (event === 'slow') (await gates.next())();
    await client.expectSilence();
  });
});

describe('the end', () => {
  it("by the client's error fails the stream, and the handler may let it through", async () => {
    const client = await begun('collect');
    send(client, 1);
    client.json({ id: 'a', type: 'error', error: { code: 'DISK' } });
    const error = await told.next();
    expect(error).toBeInstanceOf(ClientStreamError);
    expect((error as ClientStreamError).sent).toEqual({ code: 'DISK' });
    expect(await client.nextJson()).toMatchObject({
      type: 'error',
      error: { status: 400, code: 'CLIENT_STREAM_ERROR' },
    });
  });

  it('is logged where a subscriber handles no errors, and ends no process', async () => {
    const client = await begun('careless');
    send(client, 1);
    expect(await told.next()).toBe(1);
    client.reset();
    await until(
      () => app.current.logged('error').includes('A ClientStream failed, and its subscriber handles no errors'),
      'the line in the log',
    );
    (await gates.next())();
  });

  it.each<[string, (client: FrameClient) => void]>([
    ['cancelling', (client) => client.json({ id: 'a', type: 'cancel' })],
    ['leaving', (client) => client.close(1000)],
    ['vanishing', (client) => client.reset()],
  ])('by %s fails it too', async (_, leave) => {
    const client = await begun('collect');
    send(client, 1);
    await client.roundTrip();
    leave(client);
    const error = await told.next();
    expect(error).toBeInstanceOf(ClientStreamError);
    expect((error as ClientStreamError).getError()).toMatchObject({ code: 'CANCELLED' });
  });

  it('by cancelling lets go of a piped Observable', async () => {
    const client = await begun('double');
    client.json({ id: 'a', type: 'cancel' });
    expect(await told.next()).toBe('finalized');
    await client.expectSilence();
  });

  it('by the handler is a cancel, and what was on its way is ignored', async () => {
    const client = await begun('first');
    send(client, 'a', 'b');
    expect(await told.next()).toBe('a');
    expect(await client.nextJson()).toEqual({ id: 'a', type: 'cancel' });
    send(client, 'c');
    client.json({ id: 'a', type: 'next', binary: true });
    client.binary(Buffer.from('d'));
    await client.expectSilence();
    (await gates.next())();
    expect([await client.nextJson(), await client.nextJson()]).toEqual([answer('done'), COMPLETE]);
    send(client, 'e');
    client.json({ id: 'a', type: 'next', binary: true });
    client.binary(Buffer.from('f'));
    end(client);
    client.json({ id: 'a', type: 'error', error: {} });
    await client.expectSilence();
  });
});

it('needs an id', async () => {
  const client = await app.current.client();
  expect(await client.ask({ event: 'collect' })).toMatchObject({
    event: 'exception',
    data: { message: 'The message needs an id: values are sent under it.' },
  });
});
