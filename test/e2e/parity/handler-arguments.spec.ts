// What reaches a handler's parameters: with no decorators, with Nest's, and with custom ones that look into the context.

import { describe, expect, it } from '@jest/globals';
import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import { Ack, ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { itDiffers } from '../../support/it-differs.js';
import { onNest } from '../../support/nest-version.js';
import { useApp } from '../../support/nest-app.js';

/** Everything a custom decorator can see, in a form that survives JSON. */
const Seen = createParamDecorator((given: string | undefined, context: ExecutionContext) => {
  const ws = context.switchToWs();
  const [client, data, ...rest] = context.getArgs<[WebSocket, unknown, ...unknown[]]>();
  return {
    given,
    type: context.getType(),
    class: context.getClass().name,
    handler: context.getHandler().name,
    data,
    rest,
    sameClient: ws.getClient<WebSocket>() === client && context.getArgByIndex(0) === client,
    sameData: ws.getData<unknown>() === data,
    pattern: ws.getPattern(),
  };
});

const ClientUrl = createParamDecorator((_given: unknown, context: ExecutionContext) => {
  const client = context.switchToWs().getClient<WebSocket & { seenUrl?: string }>();
  return client.seenUrl;
});

const describeArgument = (argument: unknown): unknown => {
  if (typeof argument === 'function') return 'a function';
  if (typeof argument === 'object' && argument !== null && 'readyState' in argument) return 'the client';
  return argument === undefined ? 'undefined' : argument;
};

@WebSocketGateway()
class ArgumentsGateway extends EchoGateway {
  private readonly known = new Set<WebSocket>();

  handleConnection(client: WebSocket & { seenUrl?: string }, request: { url: string }): void {
    this.known.add(client);
    client.seenUrl = request.url;
  }

  @SubscribeMessage('undecorated')
  undecorated(...args: unknown[]): unknown[] {
    return args.map(describeArgument);
  }

  @SubscribeMessage('client and data')
  clientAndData(client: WebSocket, data: unknown): object {
    return { known: this.known.has(client), data };
  }

  @SubscribeMessage('body')
  body(@MessageBody() data: unknown): unknown[] {
    return [describeArgument(data)];
  }

  @SubscribeMessage('prop')
  prop(@MessageBody('name') name: unknown, @MessageBody('age') age: unknown, @MessageBody() all: unknown): unknown[] {
    return [name, age, all].map(describeArgument);
  }

  @SubscribeMessage('socket')
  socket(@ConnectedSocket() client: WebSocket, @MessageBody() data: unknown): unknown[] {
    return [this.known.has(client), data];
  }

  @SubscribeMessage('gap')
  gap(first: unknown, @MessageBody() second: unknown, third?: unknown): unknown[] {
    return [first, second, third].map(describeArgument);
  }

  @SubscribeMessage('ack')
  ack(@MessageBody() data: unknown, @Ack() ack: ((answer: unknown) => void) | undefined): unknown[] {
    const returned = [data, ack].map(describeArgument);
    ack?.([...returned, 'acknowledged']);
    return returned;
  }

  @SubscribeMessage('ack and event')
  ackAndEvent(@Ack() ack: ((answer: unknown) => void) | undefined): object {
    ack?.({ event: 'acknowledged', data: 1 });
    return { event: 'returned', data: 2 };
  }

  @SubscribeMessage('seen')
  seen(@Seen('the data of the decorator') seen: object): object {
    return seen;
  }

  @SubscribeMessage('seen without')
  seenWithout(@Seen() seen: object): object {
    return seen;
  }

  @SubscribeMessage('url')
  url(@ClientUrl() url: string): string {
    return url;
  }

  @SubscribeMessage('this')
  this(): boolean {
    return this instanceof ArgumentsGateway && this.known.size > 0;
  }

  @SubscribeMessage('first name')
  @SubscribeMessage('second name')
  stacked(@MessageBody() data: unknown): unknown[] {
    return ['stacked', data];
  }
}

describe.each(adapters)('the arguments of a handler over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [ArgumentsGateway] });

  it.each<[string, unknown, string]>([
    ['client and data', [1, 2], '{"known":true,"data":[1,2]}'],
    ['body', { deep: { list: [true, null] } }, '[{"deep":{"list":[true,null]}}]'],
    ['body', 'text', '["text"]'],
    ['body', 0, '[0]'],
    ['body', false, '[false]'],
    ['body', null, '[null]'],
    ['body', undefined, '["undefined"]'],
    ['prop', { name: 'Ada', age: 36 }, '["Ada",36,{"name":"Ada","age":36}]'],
    ['prop', 'text', '["undefined","undefined","text"]'],
    ['prop', null, '["undefined","undefined",null]'],
    ['prop', undefined, '["undefined","undefined","undefined"]'],
    ['socket', 'x', '[true,"x"]'],
    // With one decorated parameter, the others are undefined.
    ['gap', 'x', '["undefined","x","undefined"]'],
    ['url', undefined, '"/?from=the-request"'],
    ['this', undefined, 'true'],
    // Decorators apply from the bottom up and the last one wins: the upper.
    ['first name', 1, '["stacked",1]'],
  ])('%s with %j', async (event, data, expected) => {
    const client = await app.connect('/?from=the-request');
    expect(await client.ask(event, data)).toBe(expected);
  });

  itDiffers(adapter, 'a name that a later decorator replaced is unknown', {
    reason: 'unknown events are answered with an exception',
    identical: async () => {
      const client = await app.connect();
      client.emit('second name', 1);
      await client.expectSilence();
    },
  });

  it('a custom decorator sees the client, the data and the pattern', async () => {
    const client = await app.connect();
    // Nest 11 appends the pattern once more.
    const rest = (pattern: string): string =>
      JSON.stringify(onNest({ 11: [pattern, pattern, pattern], 12: [pattern, pattern] }));
    expect(await client.ask('seen', { x: 1 })).toBe(
      '{"given":"the data of the decorator","type":"ws","class":"ArgumentsGateway","handler":"seen","data":{"x":1},' +
        `"rest":${rest('seen')},"sameClient":true,"sameData":true,"pattern":"seen"}`,
    );
    expect(await client.ask('seen without')).toBe(
      '{"type":"ws","class":"ArgumentsGateway","handler":"seenWithout",' +
        `"rest":${rest('seen without')},"sameClient":true,"sameData":true,"pattern":"seen without"}`,
    );
  });

  // Nest treats a handler without decorators as (client, body, ack), of which there is no ack: only @Ack() asks for it.
  it('a handler without decorators', async () => {
    const client = await app.connect();
    expect(await client.ask('undecorated', { a: 1 })).toBe('["the client",{"a":1},"undefined"]');
    expect(await client.ask('undecorated')).toBe('["the client","undefined","undefined"]');
  });

  // The id is of no interest to platform-ws; by default it must not show among the arguments.
  it('a handler without decorators, asked with an id', async () => {
    const client = await app.connect();
    client.send('{"event":"undecorated","data":1,"id":7}');
    expect(await client.next()).toContain('["the client",1,"undefined"]');
  });

  itDiffers(adapter, '@Ack()', {
    reason: 'it gives a function that answers; of what is returned besides, only what names its event is sent',
    identical: async () => {
      const client = await app.connect();
      expect(await client.ask('ack', 1)).toBe('[1,"undefined"]');
      expect(await client.ask('ack and event')).toBe('{"event":"returned","data":2}');
      await client.expectSilence();
    },
    better: async () => {
      const client = await app.connect();
      expect(await client.ask('ack', 1)).toBe('[1,"a function","acknowledged"]');
      client.emit('ack and event');
      expect(await client.take(2)).toEqual(['{"event":"acknowledged","data":1}', '{"event":"returned","data":2}']);
      await client.expectSilence();
    },
  });
});
