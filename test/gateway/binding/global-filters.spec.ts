// Global exception filters and gateways: not asked unless `useGlobalFilters` says so, and then behind the gateway's own.

import { describe, expect, it } from '@jest/globals';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, UseFilters } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { WireSocket } from '../../../lib/index.js';
import { useWireApp } from '../../support/wire-app.js';

class Special extends Error {}
class Other extends Error {}

function send(host: ArgumentsHost, text: string): void {
  host.switchToWs().getClient<WireSocket>().send(text);
}

@Catch(Special)
class OwnFilter implements ExceptionFilter {
  catch(_exception: Special, host: ArgumentsHost): void {
    send(host, '"own"');
  }
}

@Catch()
class FirstGlobalFilter implements ExceptionFilter {
  catch(_exception: Error, host: ArgumentsHost): void {
    send(host, '"first global"');
  }
}

@Catch(Other, Special)
class LastGlobalFilter implements ExceptionFilter {
  catch(_exception: Error, host: ArgumentsHost): void {
    send(host, '"last global"');
  }
}

/** As many are: it knows HTTP alone. */
@Catch(HttpException)
class HttpFilter implements ExceptionFilter {
  catch(_exception: HttpException, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<{ status(code: number): void }>().status(500);
  }
}

@UseFilters(OwnFilter)
@WebSocketGateway({ path: '/fail' })
class FailingGateway {
  @SubscribeMessage('fail')
  fail(@MessageBody() kind: string): void {
    if (kind === 'special') throw new Special('special');
    if (kind === 'http') throw new HttpException('gone', 410);
    throw kind === 'other' ? new Other('other') : new Error('any');
  }
}

const providers = [FailingGateway, { provide: APP_FILTER, useClass: FirstGlobalFilter }];

describe('useGlobalFilters', () => {
  const app = useWireApp({
    providers,
    options: { useGlobalFilters: true },
    configure: (nest) => nest.useGlobalFilters(new LastGlobalFilter(), new HttpFilter()),
  });

  it.each([
    ['special', 'own'],
    ['other', 'last global'],
    ['any', 'first global'],
  ])('an exception of kind %s goes to the %s filter', async (kind, filter) => {
    const client = await app.current.client('/fail');
    client.json({ event: 'fail', data: kind });
    expect(await client.nextJson()).toBe(filter);
    await client.expectSilence();
  });

  it('a filter that knows HTTP alone fails, and the client is told of an error', async () => {
    const client = await app.current.client('/fail');
    client.json({ id: 1, event: 'fail', data: 'http' });
    expect(await client.nextJson()).toMatchObject({ id: 1, type: 'error', error: { code: 'INTERNAL_ERROR' } });
  });
});

describe('without useGlobalFilters', () => {
  const app = useWireApp({ providers, configure: (nest) => nest.useGlobalFilters(new LastGlobalFilter()) });

  it.each(['other', 'any'])('nobody asks them about an exception of kind %s', async (kind) => {
    const client = await app.current.client('/fail');
    client.json({ event: 'fail', data: kind });
    expect(await client.nextJson()).toMatchObject({ event: 'exception' });
  });
});
