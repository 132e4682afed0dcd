// Observables that handlers return: one message for each value, when it comes; and in what order the answers of several
// messages leave (when they are ready, not in the order of the questions).

import { describe, expect, it } from '@jest/globals';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { EMPTY, NEVER, Observable, Subject, concat, defer, from, map, of, throwError, timer } from 'rxjs';
import type { WebSocket } from 'ws';
import { adapters } from '../../support/adapters.js';
import { Inbox } from '../../support/bounded-wait.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { itDiffersInEveryMode } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';
import { type RawClient, TEXT, frame } from '../../support/raw-client.js';

@WebSocketGateway()
class StreamsGateway extends EchoGateway {
  /** Questions that wait until `release` names them. */
  readonly waiting = new Map<string, () => void>();
  readonly teardowns = new Inbox<string>('a teardown');
  readonly released = new Subject<string>();

  @SubscribeMessage('several')
  several(): Observable<unknown> {
    return of(1, 'two', { event: 'three', data: 3 });
  }

  @SubscribeMessage('with gaps')
  withGaps(): Observable<unknown> {
    return of(1, null, undefined, 2);
  }

  @SubscribeMessage('empty')
  empty(): Observable<unknown> {
    return EMPTY;
  }

  @SubscribeMessage('never')
  never(): Observable<unknown> {
    return NEVER;
  }

  @SubscribeMessage('promises')
  promises(): Observable<Promise<number>> {
    return of(Promise.resolve(1), Promise.resolve(2));
  }

  @SubscribeMessage('observables')
  observables(): Observable<Observable<number>> {
    return of(of(1), of(2)).pipe(map((inner) => Object.assign(inner, { kept: true })));
  }

  @SubscribeMessage('promise of observable')
  async promiseOfObservable(): Promise<Observable<string>> {
    return of('a', 'b');
  }

  @SubscribeMessage('observable of a promise')
  observableOfAPromise(): Observable<string> {
    return from(Promise.resolve('a'));
  }

  @SubscribeMessage('timed')
  timed(): Observable<number> {
    return concat(of(1), timer(2).pipe(map(() => 2)), timer(1).pipe(map(() => 3)));
  }

  @SubscribeMessage('many')
  many(): Observable<number> {
    return from(Array.from({ length: 500 }, (_unused, index) => index));
  }

  @SubscribeMessage('cold')
  cold(@MessageBody() name: string): Observable<string> {
    return new Observable((subscriber) => {
      subscriber.next(`${name} subscribed`);
      return () => this.teardowns.push(name);
    });
  }

  @SubscribeMessage('close')
  close(@ConnectedSocket() client: WebSocket): void {
    client.close();
  }

  @SubscribeMessage('breaks')
  breaks(): Observable<number> {
    return concat(
      of(1, 2),
      throwError(() => new WsException('after two')),
    );
  }

  @SubscribeMessage('breaks deferred')
  breaksDeferred(): Observable<number> {
    return defer(() => {
      throw new Error('in the factory');
    });
  }

  @SubscribeMessage('breaks before')
  async breaksBefore(): Promise<Observable<number>> {
    return throwError(() => new WsException({ code: 17, why: 'rejected stream' }));
  }

  @SubscribeMessage('wait')
  async wait(@MessageBody() name: string): Promise<string> {
    await new Promise<void>((resolve) => this.waiting.set(name, resolve));
    return name;
  }

  @SubscribeMessage('release')
  release(@MessageBody() name: string): void {
    this.waiting.get(name)?.();
  }

  @SubscribeMessage('interleaved')
  interleaved(@MessageBody() name: string): Observable<string> {
    return this.released.pipe(map((value) => `${name}:${value}`));
  }
}

describe.each(adapters)('a returned stream over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [StreamsGateway] });

  it.each<[string, string[]]>([
    ['several', ['1', '"two"', '{"event":"three","data":3}']],
    ['with gaps', ['1', '2']],
    ['promise of observable', ['"a"', '"b"']],
    ['observable of a promise', ['"a"']],
    ['timed', ['1', '2', '3']],
    ['many', Array.from({ length: 500 }, (_unused, index) => `${index}`)],
    ['empty', []],
    ['never', []],
    // A promise among the values is not waited for: it is an object without fields.
    ['promises', ['{}', '{}']],
    ['observables', ['{"kept":true}', '{"kept":true}']],
  ])('%s', async (event, expected) => {
    const client = await app.connect();
    client.emit(event);
    expect(await client.take(expected.length)).toEqual(expected);
    await client.expectSilence();
  });

  it('sends the exception of a stream after the values before it', async () => {
    const client = await app.connect();
    client.emit('breaks', 'question');
    expect(await client.take(3)).toEqual([
      '1',
      '2',
      '{"event":"exception","data":{"status":"error","message":"after two","cause":{"pattern":"breaks","data":"question"}}}',
    ]);
    await client.expectSilence();
  });

  it('sends the exception of a stream that could not begin', async () => {
    const client = await app.connect();
    expect(await client.ask('breaks deferred')).toBe(
      '{"event":"exception","data":{"status":"error","message":"Internal server error","cause":{"pattern":"breaks deferred"}}}',
    );
    expect(await client.ask('breaks before')).toBe('{"event":"exception","data":{"code":17,"why":"rejected stream"}}');
    await client.expectSilence();
  });

  it('unsubscribes a stream when its client goes, and no other', async () => {
    const gateway = app.get(StreamsGateway);
    const leaving = await app.connect();
    const staying = await app.connect();
    expect(await leaving.ask('cold', 'leaving')).toBe('"leaving subscribed"');
    expect(await staying.ask('cold', 'staying')).toBe('"staying subscribed"');
    leaving.socket.close();
    expect(await gateway.teardowns.next()).toBe('leaving');
    await staying.expectSilence();
    expect(gateway.teardowns.size).toBe(0);
    staying.socket.terminate();
    expect(await gateway.teardowns.next()).toBe('staying');
  });

  /** Begins a stream, then the closing handshake, which the client does not answer. */
  async function closeOverStream(): Promise<RawClient> {
    const client = await app.rawUpgrade('/');
    client.write(frame(TEXT, '{"event":"cold","data":"closing"}'));
    expect((await client.bytes(22)).toString('latin1')).toBe('\x81\x14"closing subscribed"');
    client.write(frame(TEXT, '{"event":"close"}'));
    expect((await client.bytes(2)).toString('hex')).toBe('8800');
    return client;
  }

  itDiffersInEveryMode(adapter, 'goes on after our Close frame, until the connection has ended', {
    reason: 'nothing can be sent any more, so it stops',
    platformWs: async () => {
      const { teardowns } = app.get(StreamsGateway);
      const client = await closeOverStream();
      await (await app.connect()).expectSilence();
      expect(teardowns.size).toBe(0);
      client.drop();
      expect(await teardowns.next()).toBe('closing');
    },
    nestwire: async () => {
      await closeOverStream();
      expect(await app.get(StreamsGateway).teardowns.next()).toBe('closing');
    },
  });

  it('answers when an answer is ready: a fast one overtakes a slow one', async () => {
    const client = await app.connect();
    for (const name of ['first', 'second', 'third']) client.emit('wait', name);
    await client.expectSilence();
    for (const name of ['third', 'first', 'second']) {
      expect(await client.ask('release', name)).toBe(`"${name}"`);
    }
  });

  it('interleaves the streams of one client', async () => {
    const gateway = app.get(StreamsGateway);
    const client = await app.connect();
    client.emit('interleaved', 'a');
    client.emit('interleaved', 'b');
    await client.expectSilence();
    gateway.released.next('1');
    gateway.released.next('2');
    expect(await client.take(4)).toEqual(['"a:1"', '"b:1"', '"a:2"', '"b:2"']);
  });
});
