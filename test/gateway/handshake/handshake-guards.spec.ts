// Guards before the 101: who is asked, what a refusal looks like, and that nothing of the gateway has run.

import { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  type ExecutionContext,
  HttpException,
  Inject,
  Injectable,
  Module,
  NotFoundException,
  Scope,
  SetMetadata,
  UnauthorizedException,
} from '@nestjs/common';
import { REQUEST, Reflector } from '@nestjs/core';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { of, throwError } from 'rxjs';
import { InvalidOptionError, UseHandshakeGuards, WireSocket } from '../../../lib/index.js';
import { headOf, refusalOf } from '../../support/upgrade-answer.js';
import { startWireApp, useWireApp } from '../../support/wire-app.js';

/** What of any gateway has run. */
const ran: string[] = [];

class Gateway {
  handleConnection(): void {
    ran.push('handleConnection');
  }

  @SubscribeMessage('user')
  user(@ConnectedSocket() socket: WireSocket<{ name: string }>): string | undefined {
    return socket.user?.name;
  }

  @SubscribeMessage('rename')
  rename(@ConnectedSocket() socket: WireSocket<{ name: string }>, @MessageBody() name: string): string {
    socket.user = { name };
    return (socket.request as IncomingMessage & { user: { name: string } }).user.name;
  }
}

@Injectable()
class Members {
  readonly names = new Set(['Ada']);
}

const requestOf = (context: ExecutionContext) =>
  context.switchToHttp().getRequest<IncomingMessage & { user?: unknown; query: Record<string, string> }>();

@Injectable()
class MemberGuard implements CanActivate {
  constructor(private readonly members: Members) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = requestOf(context);
    const { name } = request.query;
    await Promise.resolve();
    if (name === undefined || !this.members.names.has(name)) return false;
    request.user = { name };
    return true;
  }
}

@WebSocketGateway({ path: '/members' })
@UseHandshakeGuards(MemberGuard)
class MemberGateway extends Gateway {}

/** Answers as the query says. */
const answers: Record<string, () => unknown> = {
  yes: () => true,
  no: () => false,
  promised: () => Promise.resolve(false),
  observed: () => of(true, false),
  observedYes: () => of(false, true),
  observedError: () => throwError(() => new NotFoundException()),
  401: () => thrown(new UnauthorizedException('Who are you?')),
  404: () => thrown(new NotFoundException('No such room.')),
  429: () => thrown(Object.assign(new HttpException('Slow down.', 429), { headers: { 'Retry-After': 30 } })),
  418: () => thrown(new HttpException({ tea: ['green', 'black'] }, 418)),
  302: () => thrown(new HttpException('Elsewhere.', 302)),
  error: () => thrown(new Error('secret')),
  text: () => thrown('secret'),
  circular: () => thrown(new HttpException(circular(), 400)),
  injecting: () =>
    thrown(Object.assign(new UnauthorizedException(), { headers: { 'X-A': 'a\r\nSet-Cookie: evil=1' } })),
};

function thrown(error: unknown): never {
  throw error;
}

function circular(): object {
  const object: Record<string, unknown> = { secret: 'secret' };
  return Object.assign(object, { object });
}

class AnswerGuard implements CanActivate {
  canActivate(context: ExecutionContext): never {
    return answers[requestOf(context).query['answer']!]!() as never;
  }
}

@WebSocketGateway({ path: '/answers' })
@UseHandshakeGuards(new AnswerGuard())
class AnswerGateway extends Gateway {}

describe('@UseHandshakeGuards', () => {
  const app = useWireApp({ providers: [MemberGateway, AnswerGateway, Members] });

  it('a guard is made with what it injects, and what it learns is socket.user', async () => {
    const client = await app.current.client('/members?name=Ada');
    expect(await client.ask({ event: 'user' })).toBe('Ada');
  });

  it('a gateway may say itself who the user is', async () => {
    const client = await app.current.client('/members?name=Ada');
    expect(await client.ask({ event: 'rename', data: 'Grace' })).toBe('Grace');
    expect(await client.ask({ event: 'user' })).toBe('Grace');
  });

  it('a guard that says no is a 403 with Nest’s body, and nothing of the gateway runs', async () => {
    ran.length = 0;
    const { status, fields, body } = await refusalOf(app.current.port, '/members?name=Eve');
    expect([status, fields.get('content-type'), fields.get('connection')]).toEqual([
      403,
      'application/json; charset=utf-8',
      'close',
    ]);
    expect(JSON.parse(body)).toEqual({ message: 'Forbidden resource', error: 'Forbidden', statusCode: 403 });
    expect(ran).toEqual([]);
  });

  it.each([
    ['no', 403, { message: 'Forbidden resource', error: 'Forbidden', statusCode: 403 }],
    ['promised', 403, { message: 'Forbidden resource', error: 'Forbidden', statusCode: 403 }],
    ['observed', 403, { message: 'Forbidden resource', error: 'Forbidden', statusCode: 403 }],
    ['observedError', 404, { message: 'Not Found', statusCode: 404 }],
    ['401', 401, { message: 'Who are you?', error: 'Unauthorized', statusCode: 401 }],
    ['404', 404, { message: 'No such room.', error: 'Not Found', statusCode: 404 }],
    ['429', 429, { message: 'Slow down.', statusCode: 429 }],
    ['418', 418, { tea: ['green', 'black'] }],
    ['302', 500, { message: 'Internal server error', statusCode: 500 }],
    ['error', 500, { message: 'Internal server error', statusCode: 500 }],
    ['text', 500, { message: 'Internal server error', statusCode: 500 }],
  ])('%s: %i', async (answer, status, body) => {
    ran.length = 0;
    const refusal = await refusalOf(app.current.port, `/answers?answer=${answer}`);
    expect(refusal.status).toBe(status);
    expect(JSON.parse(refusal.body)).toEqual(body);
    expect(ran).toEqual([]);
  });

  it.each(['yes', 'observedYes'])('%s: 101', async (answer) => {
    const [status] = await headOf(app.current.port, `/answers?answer=${answer}`);
    expect(status).toBe('HTTP/1.1 101 Switching Protocols');
  });

  it('the headers of an exception are those of the answer', async () => {
    const { fields } = await refusalOf(app.current.port, '/answers?answer=429');
    expect(fields.get('retry-after')).toBe('30');
  });

  it.each(['circular', 'injecting'])('what cannot be written (%s) is a 500', async (answer) => {
    const { status, fields, body } = await refusalOf(app.current.port, `/answers?answer=${answer}`);
    expect([status, fields.get('set-cookie'), body]).toEqual([500, undefined, 'Internal Server Error']);
  });

  it('what is no HttpException is in the log', async () => {
    await refusalOf(app.current.port, '/answers?answer=error');
    const line = app.current.log.lines.findLast(({ level }) => level === 'error');
    expect(line?.message).toBe('A handshake failed');
  });
});

const Role = SetMetadata('role', 'admin');
const contexts: ExecutionContext[] = [];

class ContextGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    contexts.push(context);
    return true;
  }
}

@WebSocketGateway({ path: '/hooked' })
@UseHandshakeGuards(ContextGuard)
@Role
class HookedGateway extends Gateway {}

@WebSocketGateway({ path: '/bare' })
@UseHandshakeGuards(ContextGuard)
class BareGateway {
  @SubscribeMessage('event')
  event(): void {
    // Never called.
  }
}

describe('the context of a handshake guard', () => {
  const app = useWireApp({ providers: [HookedGateway, BareGateway] });

  it('is that of an HTTP request to the gateway', async () => {
    await headOf(app.current.port, '/hooked?name=a&name=b&__proto__=c', { 'X-Field': 'value' });
    const context = contexts.pop()!;
    expect(context.getType()).toBe('http');
    expect(context.getClass()).toBe(HookedGateway);
    expect(context.getHandler().name).toBe('handleConnection');
    expect(new Reflector().getAllAndOverride('role', [context.getHandler(), context.getClass()])).toBe('admin');
    const request = requestOf(context) as unknown as Record<string, Record<string, unknown>>;
    expect(request).toBeInstanceOf(IncomingMessage);
    expect(request['headers']!['x-field']).toBe('value');
    expect(Object.getPrototypeOf(request['query'])).toBeNull();
    expect(Object.entries(request['query']!)).toEqual([
      ['name', ['a', 'b']],
      ['__proto__', 'c'],
    ]);
    expect(request['ip']).toBe('127.0.0.1');
    expect(context.getArgs()).toEqual([request, context.switchToHttp().getResponse()]);
    expect(context.getArgByIndex(0)).toBe(request);
    expect(context.switchToHttp().getNext()).toBeUndefined();
  });

  it('has a handler also where the gateway has no handleConnection', async () => {
    await headOf(app.current.port, '/bare');
    expect(contexts.pop()!.getHandler().name).toBe('handshake');
  });

  it('has no client yet, and says so', async () => {
    await headOf(app.current.port, '/bare');
    const context = contexts.pop()!;
    expect(() => context.switchToWs()).toThrow('A handshake has no client and no message yet');
    expect(() => context.switchToRpc()).toThrow('switchToHttp()');
  });
});

const made: string[] = [];

@Injectable({ scope: Scope.REQUEST })
class ScopedGuard implements CanActivate {
  constructor(
    @Inject(REQUEST) private readonly request: IncomingMessage,
    private readonly members: Members,
  ) {
    made.push('ScopedGuard');
  }

  canActivate(context: ExecutionContext): boolean {
    return this.request === requestOf(context) && this.members.names.has('Ada');
  }
}

@Injectable({ scope: Scope.REQUEST })
class Visit {
  constructor(@Inject(REQUEST) readonly request: IncomingMessage) {
    made.push('Visit');
  }
}

/** Request-scoped by what it injects. */
@Injectable()
class VisitGuard implements CanActivate {
  constructor(private readonly visit: Visit) {}

  canActivate(context: ExecutionContext): boolean {
    return this.visit.request === requestOf(context);
  }
}

@WebSocketGateway({ path: '/scoped' })
@UseHandshakeGuards(ScopedGuard)
class ScopedGateway extends Gateway {
  constructor() {
    super();
    made.push('ScopedGateway');
  }
}

@WebSocketGateway({ path: '/visited' })
@UseHandshakeGuards(VisitGuard)
class VisitedGateway extends Gateway {}

describe('a request-scoped guard', () => {
  const app = useWireApp({ providers: [ScopedGateway, VisitedGateway, Members, Visit] });

  it('is made for each handshake, with the request; its gateway is not', async () => {
    expect(made).toEqual(['ScopedGateway']);
    for (let i = 0; i < 2; i++) await headOf(app.current.port, '/scoped');
    expect(made.splice(0)).toEqual(['ScopedGateway', 'ScopedGuard', 'ScopedGuard']);
  });

  it('may be so by what it injects', async () => {
    const [status] = await headOf(app.current.port, '/visited');
    expect(status).toMatch(' 101 ');
    expect(made).toContain('Visit');
  });
});

const asked: string[] = [];
const named = (name: string, verdict = true): CanActivate => ({
  canActivate: () => {
    asked.push(name);
    return verdict;
  },
});

@UseHandshakeGuards(named('ancestor'))
class Ancestor extends Gateway {}

@WebSocketGateway({ path: '/ordered' })
@UseHandshakeGuards(named('second'), named('third'))
@UseHandshakeGuards(named('first'))
class OrderedGateway extends Ancestor {}

@WebSocketGateway({ path: '/shared' })
@UseHandshakeGuards(named('open'))
class OpenGateway extends Gateway {}

@WebSocketGateway({ path: '/shared' })
@UseHandshakeGuards(named('closed', false))
class ClosedGateway extends Gateway {}

@WebSocketGateway({ path: '/open' })
class UnguardedGateway extends Gateway {}

@Injectable()
class GlobalGuard implements CanActivate {
  constructor(private readonly members: Members) {}

  canActivate(): boolean {
    asked.push('global class');
    return this.members.names.has('Ada');
  }
}

@Module({ providers: [Members, GlobalGuard] })
class MembersModule {}

describe('several guards', () => {
  const app = useWireApp({
    imports: [MembersModule],
    providers: [OrderedGateway, OpenGateway, ClosedGateway, UnguardedGateway],
    options: { handshakeGuards: [GlobalGuard, named('global instance')] },
  });

  it('are asked in Nest’s order: those of the adapter first, then the ancestor’s and the gateway’s', async () => {
    asked.length = 0;
    await headOf(app.current.port, '/ordered');
    expect(asked).toEqual(['global class', 'global instance', 'ancestor', 'first', 'second', 'third']);
  });

  it('of the adapter stand before every gateway', async () => {
    asked.length = 0;
    await headOf(app.current.port, '/open');
    expect(asked).toEqual(['global class', 'global instance']);
  });

  it('of gateways that share a path must all say yes', async () => {
    ran.length = 0;
    expect((await refusalOf(app.current.port, '/shared')).status).toBe(403);
    expect(ran).toEqual([]);
  });

  it('a global class that Nest does not know is an error at start-up', async () => {
    const start = startWireApp({ providers: [UnguardedGateway], options: { handshakeGuards: [GlobalGuard] } });
    await expect(start).rejects.toThrow(InvalidOptionError);
    await expect(start).rejects.toThrow('"handshakeGuards" must be instances, and classes that are providers');
  });

  it('what is no guard is an error too', () => {
    class NamedGateway {}
    expect(() => UseHandshakeGuards({} as CanActivate)(NamedGateway)).toThrow('@UseGuards()');
    const start = startWireApp({ options: { handshakeGuards: [{} as CanActivate] } });
    return expect(start).rejects.toThrow('a list of classes or instances with a method "canActivate"');
  });
});
