// What a spec can do with the kit's client, and the errors it gets when things turn out otherwise.

import { Buffer } from 'node:buffer';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { HttpException } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { type Observable, Subject } from 'rxjs';
import { OnBinary, OnText, type WireSocket } from '../../lib/index.js';
import { RequestFailedError, type TestClient } from '../../lib/testing/index.js';
import { useKitApp } from '../support/kit-app.js';
import { settled } from '../support/scripted-duplex.js';

@WebSocketGateway()
class KitGateway {
  readonly subjects: Subject<unknown>[] = [];
  readonly returned: number[] = [];
  pulled = 0;

  @SubscribeMessage('greet')
  greet(@MessageBody() name: string): object {
    return { event: 'greeting', data: `Hello ${name}` };
  }

  @SubscribeMessage('sum')
  async sum(@MessageBody() [a, b]: [number, number]): Promise<number> {
    return Promise.resolve(a + b);
  }

  @SubscribeMessage('nothing')
  nothing(): void {
    // Answers with an end alone.
  }

  @SubscribeMessage('never')
  never(): Promise<void> {
    return new Promise(() => undefined);
  }

  @SubscribeMessage('fail')
  fail(@MessageBody() status: number): void {
    throw status === 0 ? new WsException('no') : new HttpException({ message: 'gone away', code: 'GONE' }, status);
  }

  @SubscribeMessage('count')
  async *count(@MessageBody() to: number): AsyncIterable<number> {
    let i = 1;
    try {
      for (; i <= to; i++) yield i;
    } finally {
      this.returned.push(i);
    }
  }

  @SubscribeMessage('pull')
  async *pull(): AsyncIterable<string> {
    for (;;) {
      this.pulled++;
      yield 'x'.repeat(10_000);
    }
  }

  @SubscribeMessage('watch')
  watch(): Observable<unknown> {
    const subject = new Subject();
    this.subjects.push(subject);
    return subject;
  }

  @SubscribeMessage('leave')
  leave(@ConnectedSocket() socket: WireSocket): void {
    socket.close(4001, 'left');
  }

  @OnText()
  text(@MessageBody() text: string): string {
    return `<${text}>`;
  }

  @OnBinary()
  binary(@MessageBody() bytes: Buffer): Buffer {
    return Buffer.from(bytes).reverse();
  }
}

@WebSocketGateway({ path: '/events' })
class EventGateway {
  @SubscribeMessage('known')
  known(): void {
    // Only there so that others are not.
  }
}

const app = useKitApp({ providers: [KitGateway, EventGateway] });
let gateway: KitGateway;
let client: TestClient;

beforeEach(async () => {
  gateway = app.current.get(KitGateway);
  client = await app.current.connect();
});

/** A client whose waits end soon. */
function impatient(): Promise<TestClient> {
  return app.current.connect('/', { timeoutMs: 400 });
}

describe('events and messages', () => {
  it('next() takes the data of an event; what came before stays', async () => {
    client.send('greet', 'Ada');
    client.sendText('raw');
    client.send('greet', 'Grace');
    client.sendBinary(Buffer.from([1, 2, 3]));
    expect(await client.next('greeting')).toBe('Hello Ada');
    expect(await client.next('greeting')).toBe('Hello Grace');
    expect(await client.nextMessage()).toBe('<raw>');
    expect(await client.nextMessage()).toEqual(Buffer.from([3, 2, 1]));
  });

  it('those who wait are served in the order in which they came', async () => {
    const both = Promise.all([client.next('greeting'), client.nextMessage()]);
    client.send('greet', 'Ada');
    client.send('greet', 'Grace');
    expect(await both).toEqual(['Hello Ada', '{"event":"greeting","data":"Hello Grace"}']);
  });

  it('roundTrip() shows that nothing else has come', async () => {
    client.send('nothing');
    await client.roundTrip();
    expect(client.waiting).toEqual([]);
    client.sendText('raw');
    await client.roundTrip();
    expect(client.waiting).toEqual(['<raw>']);
  });

  it('an event that does not come: the error says what came instead, and its stack where it was expected', async () => {
    const soon = await impatient();
    for (let i = 0; i < 12; i++) soon.sendText(`${i} ${'x'.repeat(i === 0 ? 300 : 0)}`);
    soon.sendBinary(Buffer.from([0xca, 0xfe]));
    const error = await soon.next('greeting').catch((failure: unknown) => failure as Error);
    const [first, second, third] = (error as Error).message.split('\n');
    expect(first).toBe('expected an event "greeting", but none came within 400 ms; waiting instead:');
    expect(second).toMatch(/^ {2}message <0 x+$/);
    expect(second!.length).toBeLessThan(210);
    expect(third).toBe('  message <1 >');
    expect((error as Error).message).toMatch(/and 3 more$/);
    expect((error as Error).stack).toMatch('test-client.spec.ts');
  });

  it('an event that does not come: bytes that came instead are shown', async () => {
    const soon = await impatient();
    soon.sendBinary(Buffer.from([0xca, 0xfe]));
    const error = await soon.next('greeting').catch((failure: unknown) => failure as Error);
    expect((error as Error).message.split('\n')[1]).toBe('  2 bytes feca');
  });

  it('a message that does not come', async () => {
    await expect((await impatient()).nextMessage()).rejects.toThrow(
      'expected a message, but none came within 400 ms; nothing else is waiting',
    );
  });

  it('waits for real time where the spec fakes it', async () => {
    const soon = await impatient();
    jest.useFakeTimers({ doNotFake: ['nextTick'] });
    try {
      expect(await soon.request('sum', [1, 2])).toBe(3);
      await expect(soon.nextMessage()).rejects.toThrow('none came within 400 ms');
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('requests', () => {
  it('resolve with what the handler returned', async () => {
    expect(await client.request('sum', [1, 2])).toBe(3);
    expect(await client.request('greet', 'Ada')).toEqual({ event: 'greeting', data: 'Hello Ada' });
    expect(await client.request('nothing')).toBeUndefined();
    expect(client.waiting).toEqual([]);
  });

  it.each([
    ['fail', 0, { status: 400, code: 'BAD_REQUEST', message: 'no' }],
    ['fail', 410, { status: 410, code: 'GONE', message: 'gone away' }],
  ])('%s %i rejects with the error body', async (event, data, body) => {
    const failed = client.request(event, data);
    await expect(failed).rejects.toBeInstanceOf(RequestFailedError);
    await expect(failed).rejects.toMatchObject({
      message: `"${event}" was answered with ${body.status} ${body.code}: ${body.message}`,
      body,
    });
  });

  it('an event that nobody handles', async () => {
    const other = await app.current.connect('/events');
    await expect(other.request('unheard')).rejects.toMatchObject({ body: { status: 404, code: 'UNKNOWN_EVENT' } });
  });

  it('more than one value is for stream(); the request is cancelled', async () => {
    await expect(client.request('count', 1_000_000)).rejects.toThrow(
      '"count" was answered with more than one value: use stream("count")',
    );
    await client.roundTrip();
    expect(gateway.returned).toHaveLength(1);
    expect(gateway.returned.pop()).toBeLessThan(1_000_000);
  });

  it('no answer', async () => {
    await expect((await impatient()).request('never')).rejects.toThrow(
      'expected an answer to "never", but none came within 400 ms',
    );
  });

  it('the connection ends instead', async () => {
    const failed = client.request('never');
    client.send('leave');
    await expect(failed).rejects.toThrow(
      'expected an answer to "never", but the connection was closed with 4001 "left"',
    );
  });

  it('an id that is not the kit’s own is a message like any other', async () => {
    client.sendText('{"id":7,"event":"sum","data":[1,1]}');
    expect(await client.nextMessage()).toBe('{"id":7,"type":"next","data":2}');
    expect(await client.nextMessage()).toBe('{"id":7,"type":"complete"}');
  });
});

describe('streams', () => {
  it('give their values and end', async () => {
    const values: unknown[] = [];
    for await (const value of client.stream('count', 3)) values.push(value);
    expect(values).toEqual([1, 2, 3]);
    expect(gateway.returned.pop()).toBe(4);
  });

  it('leaving the loop cancels the request: an Observable is unsubscribed', async () => {
    const values = client.stream('watch');
    await client.roundTrip();
    const subject = gateway.subjects.pop()!;
    subject.next(1);
    for await (const value of values) {
      expect(value).toBe(1);
      break;
    }
    await client.roundTrip();
    expect(subject.observed).toBe(false);
    expect(await values.next()).toEqual({ done: true, value: undefined });
    expect(client.waiting).toEqual([]);
  });

  it('an error in mid-stream is thrown, and ends it', async () => {
    const values = client.stream('watch');
    await client.roundTrip();
    const subject = gateway.subjects.pop()!;
    subject.next(1);
    subject.error(new WsException('broken'));
    expect(await values.next()).toEqual({ done: false, value: 1 });
    await expect(values.next()).rejects.toMatchObject({ body: { message: 'broken' } });
    expect(await values.next()).toEqual({ done: true, value: undefined });
    await values.return();
    await client.roundTrip();
    expect(client.waiting).toEqual([]);
  });

  it('a client that does not read holds back what is pulled', async () => {
    gateway.pulled = 0;
    const values = client.stream('pull');
    await values.next();
    client.pause();
    let before: number;
    do {
      before = gateway.pulled;
      await settled();
    } while (gateway.pulled > before);
    // One buffer on each side, and one message more than fits.
    expect(gateway.pulled * 10_000).toBeLessThan(1_000_000);
    client.resume();
    for (let i = 0; i < 2 * before; i++) await values.next();
    expect(gateway.pulled).toBeGreaterThan(before);
    await values.return();
  });
});

describe('the end', () => {
  it('expectClose() has code and reason, as often as it is asked', async () => {
    client.send('leave');
    expect(await client.expectClose()).toEqual({ code: 4001, reason: 'left' });
    await client.expectClose(4001);
    await client.expectClose(4001, 'left');
    expect(client.readyState).toBe(3);
  });

  it('is told to all who wait for it', async () => {
    const both = Promise.all([client.expectClose(4001), client.expectClose(4001, 'left')]);
    client.send('leave');
    await both;
  });

  it('another end than expected', async () => {
    client.send('leave');
    await expect(client.expectClose(1000)).rejects.toThrow('expected a close with 1000, but it was 4001 "left"');
    await expect(client.expectClose(4001, 'gone')).rejects.toThrow(
      'expected a close with 4001 "gone", but it was 4001 "left"',
    );
  });

  it('no end', async () => {
    const soon = await impatient();
    soon.sendText('raw');
    await expect(soon.expectClose(1000)).rejects.toThrow(
      'expected a close with 1000, but none came within 400 ms; waiting instead:\n  message <raw>',
    );
  });

  it('a message after the end: the error says how it ended', async () => {
    client.send('leave');
    await expect(client.next('greeting')).rejects.toThrow(
      'expected an event "greeting", but the connection was closed with 4001 "left"; waiting instead:\n  close 4001 "left"',
    );
    expect(() => client.send('greet')).toThrow('the connection is closed: nothing can be sent');
  });

  it('close() goes through the closing handshake', async () => {
    expect(await client.close()).toEqual({ code: 1000, reason: '' });
    expect(await (await impatient()).close(4002, 'bye')).toEqual({ code: 4002, reason: 'bye' });
  });

  it('terminate() is a 1006', async () => {
    client.terminate();
    await client.expectClose(1006);
  });
});
