// Exception filters: of a handler and of a gateway, which one is chosen, what it sees, and what clients get from it.

import { describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  BadRequestException,
  Catch,
  type ExceptionFilter,
  HttpException,
  Injectable,
  UseFilters,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import {
  BaseWsExceptionFilter,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
} from '@nestjs/websockets';
import { type Observable, concat, of, throwError } from 'rxjs';
import type { WebSocket } from 'ws';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { itDiffers } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';

class AppError extends Error {}

const answer = (host: ArgumentsHost, from: string, error: unknown): void => {
  const ws = host.switchToWs();
  const client = ws.getClient<WebSocket>();
  const [first, ...rest] = host.getArgs<unknown[]>();
  const seen = [host.getType(), ws.getPattern(), ws.getData(), first === client, rest];
  client.send(JSON.stringify({ from, message: (error as Error).message, seen }));
};

@Catch(AppError)
class AppErrorFilter implements ExceptionFilter {
  catch(error: AppError, host: ArgumentsHost): void {
    answer(host, 'AppErrorFilter', error);
  }
}

@Catch(HttpException)
class HttpFilter implements ExceptionFilter {
  catch(error: HttpException, host: ArgumentsHost): void {
    answer(host, 'HttpFilter', error);
  }
}

@Injectable()
class Prefix {
  readonly text = 'injected';
}

@Catch()
class AllFilter implements ExceptionFilter {
  constructor(private readonly prefix: Prefix) {}

  catch(error: unknown, host: ArgumentsHost): void {
    answer(host, `AllFilter (${this.prefix.text})`, error);
  }
}

@Catch(WsException, HttpException)
class RewritingFilter extends BaseWsExceptionFilter {
  override catch(error: WsException | HttpException, host: ArgumentsHost): void {
    const rewritten = error instanceof HttpException ? new WsException(error.getResponse()) : error;
    super.catch(rewritten, host);
  }
}

@Catch()
class WithoutCause extends BaseWsExceptionFilter {
  constructor() {
    super({ includeCause: false });
  }
}

@Catch()
class OwnCause extends BaseWsExceptionFilter {
  constructor() {
    super({ causeFactory: (pattern, data) => ({ asked: pattern, with: data }) });
  }
}

@Catch()
class SilentFilter implements ExceptionFilter {
  catch(): void {}
}

@Catch()
class ReturningFilter implements ExceptionFilter {
  catch(): Observable<string> {
    return of('what a filter returns goes nowhere');
  }
}

@Catch()
class ClosingFilter implements ExceptionFilter {
  catch(_error: unknown, host: ArgumentsHost): void {
    host.switchToWs().getClient<WebSocket>().close(4001, 'closed by the filter');
  }
}

@Catch()
class FailingFilter implements ExceptionFilter {
  catch(): never {
    throw new Error('the filter failed too');
  }
}

@UseFilters(AllFilter)
@WebSocketGateway()
class FilteredGateway extends EchoGateway {
  @SubscribeMessage('gateway')
  gateway(): never {
    throw new Error('to the gateway');
  }

  @UseFilters(AppErrorFilter, new HttpFilter())
  @SubscribeMessage('method')
  method(@MessageBody() kind: string): never {
    if (kind === 'app') throw new AppError('app');
    if (kind === 'http') throw new BadRequestException('http');
    throw new WsException('ws');
  }

  @UseFilters(AppErrorFilter)
  @SubscribeMessage('stream')
  stream(): Observable<number> {
    return concat(
      of(1),
      throwError(() => new AppError('in mid-stream')),
    );
  }

  @UseFilters(AllFilter, AppErrorFilter)
  @SubscribeMessage('last first')
  lastFirst(): never {
    throw new AppError('two can catch it');
  }

  @UseFilters(AppErrorFilter, AllFilter)
  @SubscribeMessage('all shadows')
  allShadows(): never {
    throw new AppError('two can catch it');
  }

  @UseFilters(RewritingFilter)
  @SubscribeMessage('rewrite')
  rewrite(): never {
    throw new BadRequestException('to the client');
  }

  @UseFilters(new WithoutCause())
  @SubscribeMessage('without cause')
  withoutCause(@MessageBody() kind: string): never {
    throw kind === 'ws' ? new WsException('brief') : new Error('unknown');
  }

  @UseFilters(new OwnCause())
  @SubscribeMessage('own cause')
  ownCause(): never {
    throw new WsException('explained');
  }

  @UseFilters(SilentFilter)
  @SubscribeMessage('silent')
  silent(): never {
    throw new Error('swallowed');
  }

  @UseFilters(ReturningFilter)
  @SubscribeMessage('returning')
  returning(): never {
    throw new Error('swallowed');
  }

  @UseFilters(FailingFilter)
  @SubscribeMessage('failing')
  failing(): never {
    throw new Error('first');
  }

  @UseFilters(ClosingFilter)
  @SubscribeMessage('closing')
  closing(): never {
    throw new Error('goodbye');
  }
}

@WebSocketGateway()
class PlainGateway extends EchoGateway {
  @SubscribeMessage('plain')
  plain(@MessageBody() kind: string): never {
    throw kind === 'http' ? new BadRequestException('http') : new AppError('app');
  }
}

describe.each(adapters)('exception filters over %s', (_name, adapter) => {
  describe('of handlers and gateways', () => {
    const app = useApp({ adapter, providers: [FilteredGateway, Prefix] });
    const all = (message: string, event: string, data: string): string =>
      `{"from":"AllFilter (injected)","message":"${message}","seen":["ws","${event}",${data},true,[${data},"${event}","${event}"]]}`;

    it.each<[string, unknown, string]>([
      ['gateway', { x: 1 }, all('to the gateway', 'gateway', '{"x":1}')],
      [
        'method',
        'app',
        '{"from":"AppErrorFilter","message":"app","seen":["ws","method","app",true,["app","method","method"]]}',
      ],
      [
        'method',
        'http',
        '{"from":"HttpFilter","message":"http","seen":["ws","method","http",true,["http","method","method"]]}',
      ],
      ['method', 'ws', all('ws', 'method', '"ws"')],
      [
        'last first',
        0,
        '{"from":"AppErrorFilter","message":"two can catch it","seen":["ws","last first",0,true,[0,"last first","last first"]]}',
      ],
      ['all shadows', 0, all('two can catch it', 'all shadows', '0')],
      ['rewrite', 0, '{"event":"exception","data":{"message":"to the client","error":"Bad Request","statusCode":400}}'],
      ['without cause', 'ws', '{"event":"exception","data":{"status":"error","message":"brief"}}'],
      ['without cause', 'x', '{"event":"exception","data":{"status":"error","message":"Internal server error"}}'],
      [
        'own cause',
        [1],
        '{"event":"exception","data":{"status":"error","message":"explained","cause":{"asked":"own cause","with":[1]}}}',
      ],
    ])('%s with %j', async (event, data, expected) => {
      const client = await app.connect();
      expect(await client.ask(event, data)).toBe(expected);
      await client.expectSilence();
    });

    it('catch what a stream throws, after its values', async () => {
      const client = await app.connect();
      client.emit('stream', 0);
      expect(await client.take(2)).toEqual([
        '1',
        '{"from":"AppErrorFilter","message":"in mid-stream","seen":["ws","stream",0,true,[0,"stream","stream"]]}',
      ]);
      await client.expectSilence();
    });

    it.each(['silent', 'returning'])('a %s filter sends nothing', async (event) => {
      const client = await app.connect();
      client.emit(event);
      await client.expectSilence();
    });

    itDiffers(adapter, 'a failing filter is logged, sends nothing and ends nothing', {
      reason: 'who asks is told that something failed',
      identical: async () => {
        const client = await app.connect();
        app.logger.takeErrors();
        client.emit('failing');
        await client.expectSilence();
        expect(app.logger.takeErrors()).toHaveLength(1);
      },
      better: async () => {
        const client = await app.connect();
        app.logger.takeErrors();
        expect(await client.ask('failing')).toBe(
          '{"event":"exception","data":{"status":"error","message":"Internal server error"}}',
        );
        await client.expectSilence();
        expect(app.logger.takeErrors()).toHaveLength(1);
      },
    });

    it('may close the client', async () => {
      const client = await app.connect();
      client.emit('closing');
      expect(await client.closed()).toEqual({ code: 4001, reason: 'closed by the filter' });
    });
  });

  // Nest gives gateways no global filters; `getGlobalMetadata()` of their context is empty.
  describe('of the whole app do not run', () => {
    const app = useApp({
      adapter,
      providers: [PlainGateway, Prefix, { provide: APP_FILTER, useClass: AllFilter }],
      configure: (nest) => nest.useGlobalFilters(new AppErrorFilter()),
    });

    it.each(['app', 'http'])('for an exception of kind %s', async (kind) => {
      const client = await app.connect();
      expect(await client.ask('plain', kind)).toBe(
        `{"event":"exception","data":{"status":"error","message":"Internal server error","cause":{"pattern":"plain","data":"${kind}"}}}`,
      );
    });
  });
});
