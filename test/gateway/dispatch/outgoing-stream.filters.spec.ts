// Streams that fail, and whose exception filter fails too: the client is told, and the next message is served.

import { expect, it } from '@jest/globals';
import { Catch, type ExceptionFilter, UseFilters } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { concat, type Observable, of, throwError } from 'rxjs';
import { useWireApp } from '../../support/wire-app.js';

@Catch()
class FailingFilter implements ExceptionFilter {
  catch(): never {
    throw new Error('the filter is broken');
  }
}

@WebSocketGateway()
@UseFilters(FailingFilter)
class FailingGateway {
  @SubscribeMessage('iterable')
  async *iterable(): AsyncIterable<unknown> {
    yield 1;
    throw new WsException('Broken.');
  }

  @SubscribeMessage('observable')
  observable(): Observable<unknown> {
    return concat(
      of(1),
      throwError(() => new WsException('Broken.')),
    );
  }

  @SubscribeMessage('value')
  value(): number {
    return 2;
  }
}

const app = useWireApp({ providers: [FailingGateway] });

it.each(['iterable', 'observable'])('an %s that fails, with a filter that fails', async (event) => {
  const client = await app.current.client();
  client.json({ id: 1, event });
  expect(await client.nextJson()).toEqual({ id: 1, type: 'next', data: 1 });
  expect(await client.nextJson()).toMatchObject({ id: 1, type: 'error' });
  expect(await client.ask({ id: 2, event: 'value' })).toMatchObject({ id: 2, data: 2 });
});
