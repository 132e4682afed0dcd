// Direct calls and Nest's own, side by side: the same gateway in two applications, one without direct calls. What handlers and
// filters see and what clients get must be the same; the stack tells who called.

import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  Catch,
  createParamDecorator,
  type ExceptionFilter,
  Injectable,
  Scope,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
} from '@nestjs/websockets';
import { concat, of, throwError } from 'rxjs';
import { WireRequest } from '../../../lib/gateway/dispatch/wire-request.js';
import { OnBinary, WireSocket } from '../../../lib/index.js';
import { frame } from '../../support/bytes.js';
import { useWireApp, type WireApp } from '../../support/wire-app.js';

const TEXT = 0x81;

/** What handlers and filters saw. */
const seen: unknown[] = [];
const Custom = createParamDecorator(() => 'custom');

class Special extends Error {}

@Catch(Special)
class RecordingFilter implements ExceptionFilter {
  catch(exception: Special, host: ArgumentsHost): void {
    const args = host.getArgs<unknown[]>().map((argument) => {
      if (argument instanceof WireSocket) return 'the client';
      return argument instanceof WireRequest ? `request ${argument.id}` : argument;
    });
    const ws = host.switchToWs();
    seen.push({ message: exception.message, args, type: host.getType(), pattern: ws.getPattern() });
    if (exception.message === 'twice') throw new WsException('The filter fails too.');
    ws.getClient<WireSocket>().send(`"filtered: ${exception.message}"`);
  }
}

/* oxlint-disable unicorn/no-thenable -- what is thenable is what is tested */
const isCalledByNest = (): boolean => /ws-context-creator/.test(new Error().stack!);

const failures: Record<string, () => unknown> = {
  throws: () => {
    throw new Special('thrown');
  },
  rejects: () => Promise.reject(new Special('rejected')),
  'rejects later': async () => {
    await new Promise((resolve) => setImmediate(resolve));
    throw new Special('rejected later');
  },
  'a thenable that rejects': () => ({
    then: (_: unknown, reject: (error: Error) => void) => reject(new Special('thenable')),
  }),
  'a thenable that throws': () => ({
    get then(): never {
      throw new Special('then');
    },
  }),
  'a filter that fails': () => {
    throw new Special('twice');
  },
  'an Observable that fails': () =>
    concat(
      of(1, 2),
      throwError(() => new Special('observed')),
    ),
  'a promised Observable that fails': () => Promise.resolve(throwError(() => new Special('promised'))),
  'an Observable whose filter fails': () => throwError(() => new Special('twice')),
  'something that no filter takes': () => {
    throw new WsException('Nobody’s.');
  },
  'an error that clients must not see': () => Promise.reject(new Error('secret')),
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- handlers may
  nothing: () => Promise.reject<unknown>(undefined),
};

const values: Record<string, () => unknown> = {
  value: () => ({ a: 1 }),
  nothing: () => undefined,
  event: () => ({ event: 'named', data: [1] }),
  promise: () => Promise.resolve('p'),
  thenable: () => ({ then: (resolve: (value: unknown) => void) => resolve('t') }),
  'a thenable of a thenable': () => ({
    then: (resolve: (value: unknown) => void) => resolve({ then: (inner: (value: unknown) => void) => inner('inner') }),
  }),
  'a function that is a thenable': () =>
    Object.assign(() => undefined, { then: (resolve: (value: unknown) => void) => resolve('f') }),
  Observable: () => of(1, 2),
  'promise of an Observable': () => Promise.resolve(of('x')),
  'what JSON cannot say': () => 10n,
};

@WebSocketGateway()
@UseFilters(RecordingFilter)
class ComparedGateway {
  readonly name = 'the gateway';

  private saw(args: unknown[]): void {
    seen.push([this.name, ...args.map((argument) => (argument instanceof WireSocket ? 'the client' : argument))]);
  }

  @SubscribeMessage('who')
  who(): boolean {
    return isCalledByNest();
  }

  @SubscribeMessage('who waits')
  async whoWaits(): Promise<boolean> {
    const answer = isCalledByNest();
    await Promise.resolve();
    return answer;
  }

  @SubscribeMessage('who, with an interceptor')
  @UseInterceptors({ intercept: (_context, next) => next.handle() })
  whoIntercepted(): boolean {
    return isCalledByNest();
  }

  @OnBinary()
  whoRaw(): string {
    return String(isCalledByNest());
  }

  @SubscribeMessage('fail')
  fail(@MessageBody() kind: string, @ConnectedSocket() _client: WireSocket): unknown {
    this.saw([...arguments] as unknown[]);
    return failures[kind]!();
  }

  @SubscribeMessage('give')
  give(@MessageBody('kind') kind: string): unknown {
    this.saw([...arguments] as unknown[]);
    return values[kind]!();
  }

  @SubscribeMessage('turn')
  turn(): Promise<string> {
    return new Promise((resolve) => setImmediate(resolve, 'turn'));
  }

  @SubscribeMessage('first, by Nest')
  firstByNest(@Custom() _custom: string): string {
    seen.push('first');
    return 'first';
  }

  @SubscribeMessage('second')
  second(_client: unknown, data: unknown): string {
    seen.push(`second ${String(data)}`);
    return 'second';
  }

  @SubscribeMessage('pause and resume')
  pauseAndResume(@ConnectedSocket() client: WireSocket): string {
    seen.push('paused');
    client.pause();
    client.resume();
    return 'resumed';
  }

  @SubscribeMessage('count writes')
  countWrites(@ConnectedSocket() client: WireSocket): void {
    const { _socket: socket } = client;
    const { write } = socket;
    socket.write = function (...args: Parameters<typeof write>) {
      seen.push('a write');
      return write.apply(socket, args);
    } as typeof write;
  }
}

const direct = useWireApp({ providers: [ComparedGateway], options: { directCalls: true } });
const byNest = useWireApp({ providers: [ComparedGateway], options: { directCalls: false } });

beforeEach(() => {
  seen.length = 0;
});

/** What one application makes of messages that come at once: what was seen, and the answers. */
async function outcome(app: WireApp, messages: unknown[]): Promise<{ seen: unknown[]; answers: string[] }> {
  seen.length = 0;
  const client = await app.client();
  client.write(...messages.map((message) => frame('client', TEXT, JSON.stringify(message))));
  const answers: string[] = [];
  // What they wait for comes in the next turns.
  for (let turn = 0; turn < 3; turn++) {
    client.json({ event: 'turn' });
    for (let text = await client.nextText(); text !== '"turn"'; text = await client.nextText()) answers.push(text);
  }
  client.drop();
  return { seen: [...seen], answers };
}

async function expectEqual(...messages: unknown[]): Promise<void> {
  const expected = await outcome(byNest.current, messages);
  expect(expected.seen.length + expected.answers.length).toBeGreaterThan(0);
  expect(await outcome(direct.current, messages)).toEqual(expected);
}

describe('who calls', () => {
  it.each([
    ['who', false],
    ['who waits', false],
    ['who, with an interceptor', true],
  ])('%s', async (event, expected) => {
    const client = await direct.current.client();
    expect(await client.ask({ event })).toBe(expected);
    expect(await client.ask({ event, id: 1 })).toEqual({ id: 1, type: 'next', data: expected });
    expect(await (await byNest.current.client()).ask({ event })).toBe(true);
  });

  it('a handler of raw messages', async () => {
    const client = await direct.current.client();
    client.binary(Buffer.from([1]));
    expect(await client.nextText()).toBe('false');
  });
});

describe('the same', () => {
  const ids = [{}, { id: 1 }];

  it.each(Object.keys(failures))('for a handler with %s', async (data) => {
    for (const id of ids) await expectEqual({ event: 'fail', data, ...id });
  });

  it.each(Object.keys(values))('for a handler that gives %s', async (kind) => {
    for (const id of ids) await expectEqual({ event: 'give', data: { kind }, ...id });
  });

  it('order of handlers, where a direct one comes behind one of Nest’s', async () => {
    await expectEqual({ event: 'first, by Nest' }, { event: 'second', data: 1 }, { event: 'second', data: 2 });
  });

  it.each(['throws', 'an Observable that fails'])('order of answers, where one %s before the next', async (data) => {
    const messages = [
      { event: 'fail', data },
      { event: 'second', data: 1 },
    ];
    const { answers } = await outcome(byNest.current, messages);
    expect((await outcome(direct.current, messages)).answers).toEqual(answers);
  });

  it('order of handlers, where one lets reading go on', async () => {
    await expectEqual({ event: 'second', data: 1 }, { event: 'pause and resume' }, { event: 'second', data: 2 });
  });

  it('refusal of an id that is in use', async () => {
    await expectEqual({ event: 'second', data: 1, id: 1 }, { event: 'second', data: 2, id: 1 });
  });
});

it('what 16 messages are answered with that came at once leaves in one write', async () => {
  const client = await direct.current.client();
  client.json({ event: 'count writes' });
  await client.roundTrip();
  seen.length = 0;
  const sixteen = Array.from({ length: 16 }, (_, data) => ({ event: 'give', data: { kind: 'value', data } }));
  client.write(...sixteen.map((message) => frame('client', TEXT, JSON.stringify(message))));
  for (let i = 0; i < 16; i++) expect(await client.nextText()).toBe('{"a":1}');
  expect(seen.filter((one) => one === 'a write')).toHaveLength(1);
});

describe('gateways that direct calls leave alone', () => {
  @Injectable({ scope: Scope.REQUEST })
  class PerRequest {}

  @WebSocketGateway()
  class ScopedGateway implements OnGatewayInit {
    constructor(readonly dependency: PerRequest) {}

    afterInit(): void {
      // A hook of the user's, with a server like any other.
    }

    @SubscribeMessage('who')
    who(): boolean {
      return isCalledByNest();
    }
  }

  const scoped = useWireApp({ providers: [PerRequest, ScopedGateway] });

  it('request-scoped ones', async () => {
    expect(await (await scoped.current.client()).ask({ event: 'who' })).toBe(true);
  });

  const guarded = useWireApp({
    providers: [ComparedGateway],
    configure: (app) => app.useGlobalGuards({ canActivate: () => true }),
  });

  it('those of an application with global guards', async () => {
    expect(await (await guarded.current.client()).ask({ event: 'who' })).toBe(true);
  });
});
