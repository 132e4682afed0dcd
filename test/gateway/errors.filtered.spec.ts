// What a stream fails with reaches the exception filters of its handler, however Nest gets to the handler: past global guards,
// and by way of an instance that is made for the client. No guard is asked twice.

import { describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { concat, type Observable, of, throwError } from 'rxjs';
import type { WireSocket } from '../../lib/index.js';
import { itOnNest12, onNest } from '../support/nest-version.js';
import { useWireApp } from '../support/wire-app.js';

class Special extends Error {}

const calls: string[] = [];

@Catch(Special)
class SpecialFilter implements ExceptionFilter {
  catch(exception: Special, host: ArgumentsHost): void {
    const ws = host.switchToWs();
    calls.push(`${exception.message} of ${ws.getPattern()} with ${JSON.stringify(ws.getData())}`);
    ws.getClient<WireSocket>().send('"filtered"');
  }
}

function guard(name: string) {
  return {
    canActivate(): boolean {
      calls.push(name);
      return true;
    },
  };
}

class Streams {
  @SubscribeMessage('iterable')
  async *iterable(@MessageBody() times: number): AsyncIterable<number> {
    for (let i = 1; i <= times; i++) yield i;
    throw new Special('failed');
  }

  @SubscribeMessage('observable')
  observable(@MessageBody() times: number): Observable<number> {
    return concat(
      of(...Array.from({ length: times }, (_, i) => i + 1)),
      throwError(() => new Special('failed')),
    );
  }

  @SubscribeMessage('echo')
  echo(@MessageBody() data: unknown): unknown {
    return data;
  }
}

@UseFilters(SpecialFilter)
@WebSocketGateway({ path: '/plain' })
class PlainGateway extends Streams {}

@UseFilters(SpecialFilter)
@UseGuards(guard('class'))
@WebSocketGateway({ path: '/guarded' })
class GuardedGateway extends Streams {}

@Injectable({ scope: Scope.REQUEST })
class PerClient {}

@UseFilters(SpecialFilter)
@UseGuards(guard('class'))
@WebSocketGateway({ path: '/scoped' })
class ScopedGateway extends Streams {
  constructor(readonly perClient: PerClient) {
    super();
  }
}

const app = useWireApp({
  providers: [
    PlainGateway,
    GuardedGateway,
    ...onNest({ 11: [], 12: [ScopedGateway, PerClient] }),
    { provide: APP_GUARD, useValue: guard('app') },
  ],
  configure: (application) => application.useGlobalGuards(guard('global')),
});

// With Nest 11, global guards are not asked about messages.
const globals = onNest({ 11: [], 12: ['app', 'global'] });

async function expectFiltered(path: string, event: string, guards: readonly string[]): Promise<void> {
  const client = await app.current.client(path);
  for (const id of [undefined, 7]) {
    calls.length = 0;
    client.json({ event, data: 2, ...(id !== undefined && { id }) });
    for (const value of [1, 2]) {
      expect(await client.nextJson()).toEqual(id === undefined ? value : { id, type: 'next', data: value });
    }
    expect(await client.nextText()).toBe('"filtered"');
    if (id !== undefined) expect(await client.nextJson()).toEqual({ id, type: 'complete' });
    expect(calls).toEqual([...guards, `failed of ${event} with 2`]);
  }
  // The gate stands open for whoever comes next.
  expect(await client.ask({ event: 'echo', data: 'still' })).toBe('still');
}

describe.each(['iterable', 'observable'])('an %s that fails', (event) => {
  it('behind global guards', () => expectFiltered('/plain', event, globals));

  it('behind global guards and those of the class', () => expectFiltered('/guarded', event, [...globals, 'class']));

  itOnNest12('of a request-scoped gateway', () => expectFiltered('/scoped', event, [...globals, 'class']));
});

itOnNest12('an error of a request-scoped gateway keeps nobody else from its handler', async () => {
  const client = await app.current.client('/scoped');
  client.json({ id: 1, event: 'iterable', data: 0 });
  client.json({ id: 2, event: 'echo', data: 0 });
  client.json({ id: 3, event: 'echo', data: 0 });
  const answers = new Set<string>();
  while (answers.size < 6) answers.add(await client.nextText());
  expect(answers).toEqual(
    new Set([
      '"filtered"',
      '{"id":1,"type":"complete"}',
      ...[2, 3].flatMap((id) => [`{"id":${id},"type":"next","data":0}`, `{"id":${id},"type":"complete"}`]),
    ]),
  );
});
