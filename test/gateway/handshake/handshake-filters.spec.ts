// Exception filters of the handshake, and the response that guards and filters get.

import { describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
  NotFoundException,
  UnauthorizedException,
} from '@nestjs/common';
import { BaseExceptionFilter, HttpAdapterHost } from '@nestjs/core';
import { WebSocketGateway } from '@nestjs/websockets';
import { UseHandshakeFilters, UseHandshakeGuards } from '../../../lib/index.js';
import { headOf, refusalOf } from '../../support/upgrade-answer.js';
import { useWireApp } from '../../support/wire-app.js';

/** What filters written for Express use of a response. */
interface Response {
  statusCode: number;
  readonly headersSent: boolean;
  status(code: number): this;
  header(name: string, value: string | number): this;
  setHeader(name: string, value: string | readonly string[]): this;
  getHeader(name: string): unknown;
  hasHeader(name: string): boolean;
  removeHeader(name: string): void;
  json(body: unknown): this;
  send(body?: unknown): this;
  end(body?: string): this;
}

const responseOf = (host: ArgumentsHost): Response => host.switchToHttp().getResponse<Response>();

/** Throws what the query names. */
class ThrowingGuard implements CanActivate {
  canActivate(context: ExecutionContext): never {
    const { query } = context.switchToHttp().getRequest<{ query: Record<string, string> }>();
    responseOf(context).header('X-Guard', 1).setHeader('Content-Type', 'text/html');
    throw (
      { 401: new UnauthorizedException(), 403: new ForbiddenException(), 404: new NotFoundException() }[
        query['status']!
      ] ?? new RangeError('secret')
    );
  }
}

@Injectable()
class Phrases {
  readonly unauthorized = 'Wer da?';
}

@Catch(UnauthorizedException)
class UnauthorizedFilter implements ExceptionFilter {
  constructor(private readonly phrases: Phrases) {}

  async catch(exception: UnauthorizedException, host: ArgumentsHost): Promise<void> {
    await Promise.resolve();
    responseOf(host)
      .status(exception.getStatus())
      .header('WWW-Authenticate', 'Bearer')
      .setHeader('Set-Cookie', ['a=1', 'b=2'])
      .json({ phrase: this.phrases.unauthorized });
  }
}

@Catch(ForbiddenException)
class TextFilter implements ExceptionFilter {
  catch(_exception: unknown, host: ArgumentsHost): void {
    const response = responseOf(host);
    response.statusCode = 451;
    response.removeHeader('content-type');
    response.send('Not here.');
  }
}

@Catch(NotFoundException)
class SilentFilter implements ExceptionFilter {
  catch(): void {
    // Sends nothing: Nest's rules hold.
  }
}

@Catch(RangeError)
class FailingFilter implements ExceptionFilter {
  catch(): never {
    throw new UnauthorizedException('of the filter');
  }
}

@WebSocketGateway({ path: '/filtered' })
@UseHandshakeGuards(ThrowingGuard)
@UseHandshakeFilters(UnauthorizedFilter, new TextFilter(), SilentFilter, FailingFilter)
class FilteredGateway {}

@Catch()
@Injectable()
class EverythingFilter extends BaseExceptionFilter {
  constructor({ httpAdapter }: HttpAdapterHost) {
    super(httpAdapter);
  }
}

@WebSocketGateway({ path: '/global' })
@UseHandshakeGuards(ThrowingGuard)
class GlobalGateway {}

describe('@UseHandshakeFilters', () => {
  const app = useWireApp({
    providers: [FilteredGateway, Phrases, EverythingFilter],
    options: { handshakeFilters: [EverythingFilter] },
  });

  it('a filter is made with what it injects, and what it sends is the refusal', async () => {
    const head = await headOf(app.current.port, '/filtered?status=401');
    expect(head).toEqual([
      'HTTP/1.1 401 Unauthorized',
      'Connection: close',
      'Content-Type: text/html',
      'Content-Length: 20',
      'X-Guard: 1',
      'WWW-Authenticate: Bearer',
      'Set-Cookie: a=1',
      'Set-Cookie: b=2',
    ]);
  });

  it('may send text, with any status', async () => {
    const { status, fields, body } = await refusalOf(app.current.port, '/filtered?status=403');
    expect([status, fields.get('content-type'), body]).toEqual([451, 'text/plain; charset=utf-8', 'Not here.']);
  });

  it('that sends nothing leaves the answer to Nest’s rules, with the headers so far', async () => {
    const { status, fields, body } = await refusalOf(app.current.port, '/filtered?status=404');
    expect([status, fields.get('x-guard'), fields.get('content-type')]).toEqual([
      404,
      '1',
      'application/json; charset=utf-8',
    ]);
    expect(JSON.parse(body)).toEqual({ message: 'Not Found', statusCode: 404 });
  });

  it('that throws an HttpException is answered with it', async () => {
    const { status, body } = await refusalOf(app.current.port, '/filtered?status=other');
    expect(status).toBe(401);
    expect(body).toMatch('of the filter');
  });
});

describe.each(['express', 'fastify'] as const)('a filter of the adapter on %s', (http) => {
  const app = useWireApp({
    http,
    providers: [GlobalGateway, EverythingFilter],
    options: { handshakeFilters: [EverythingFilter] },
  });

  it.each([
    ['404', 404, { message: 'Not Found', statusCode: 404 }],
    ['other', 500, { message: 'Internal server error', statusCode: 500 }],
  ])('hears of all gateways, and may be Nest’s BaseExceptionFilter (%s)', async (query, status, body) => {
    const refusal = await refusalOf(app.current.port, `/global?status=${query}`);
    expect([refusal.status, JSON.parse(refusal.body)]).toEqual([status, body]);
  });
});

class SendingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { query } = context.switchToHttp().getRequest<{ query: Record<string, string> }>();
    const response = responseOf(context);
    expect(response.headersSent).toBe(false);
    response.statusCode = Number(query['status']);
    response.end(query['body']);
    expect(response.headersSent).toBe(true);
    if (query['then'] === 'twice') response.end();
    return query['then'] === 'never' ? new Promise(() => undefined) : true;
  }
}

@WebSocketGateway({ path: '/sending' })
@UseHandshakeGuards(SendingGuard)
class SendingGateway {}

class HeaderGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const response = responseOf(context);
    response.setHeader('X-Remaining', '9').setHeader('Set-Cookie', ['a=1', 'b=2']).setHeader('X-Gone', 'x');
    response.header('Content-Type', 'text/html').header('Sec-WebSocket-Protocol', 'evil').header('Upgrade', 'h2c');
    response.removeHeader('x-gone');
    return response.hasHeader('x-remaining') && response.getHeader('X-REMAINING') === '9';
  }
}

@WebSocketGateway({ path: '/headers' })
@UseHandshakeGuards(HeaderGuard)
class HeaderGateway {}

describe('the response of a handshake guard', () => {
  const app = useWireApp({ providers: [SendingGateway, HeaderGateway] });

  it.each(['returns', 'never', 'twice'])('what it sends is the refusal, whatever it says then (%s)', async (then) => {
    const { status, body } = await refusalOf(app.current.port, `/sending?status=402&body=Pay.&then=${then}`);
    expect([status, body]).toEqual([402, 'Pay.']);
  });

  it('without a body there are the words of the status', async () => {
    const { status, body } = await refusalOf(app.current.port, '/sending?status=402');
    expect([status, body]).toEqual([402, 'Payment Required']);
  });

  it('what is no refusal cannot be sent: 500, and a log line', async () => {
    const { status } = await refusalOf(app.current.port, '/sending?status=302');
    expect(status).toBe(500);
    expect(app.current.logged('error')).toMatch('A handshake failed');
  });

  it('what it sets is in the 101, but for what is ours to say', async () => {
    const head = await headOf(app.current.port, '/headers', { 'Sec-WebSocket-Protocol': 'chat' });
    expect(head).toEqual([
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
      'Sec-WebSocket-Protocol: chat',
      'X-Remaining: 9',
      'Set-Cookie: a=1',
      'Set-Cookie: b=2',
    ]);
  });
});
