// @OnText() and @OnBinary(): messages as they are, with and without handlers of events beside them.

import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { type ArgumentsHost, Catch, type ExceptionFilter, UseFilters } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { from, type Observable, of } from 'rxjs';
import { BINARY_MESSAGES, RawMessagePattern, TEXT_MESSAGES } from '../../../lib/gateway/decorators/raw-message.js';
import { OnBinary, OnText, type WireSocket } from '../../../lib/index.js';
import { useKitApp } from '../../support/kit-app.js';

@WebSocketGateway({ path: '/both' })
class BothGateway {
  @OnText()
  text(@MessageBody() text: string): string {
    return `text ${typeof text} ${text}`;
  }

  @OnBinary()
  binary(@MessageBody() bytes: Uint8Array): Uint8Array {
    return Buffer.from(bytes).reverse();
  }
}

@WebSocketGateway({ path: '/mixed' })
class MixedGateway {
  @OnText()
  text(@MessageBody() text: string): string {
    return `raw ${text}`;
  }

  @SubscribeMessage('known')
  known(@MessageBody() data: unknown): unknown {
    return { known: data };
  }
}

@WebSocketGateway({ path: '/events' })
class EventsGateway {
  @SubscribeMessage('echo')
  echo(@MessageBody() data: unknown): unknown {
    return data;
  }
}

@Catch()
class ClosingFilter implements ExceptionFilter {
  catch(_exception: unknown, host: ArgumentsHost): void {
    host.switchToWs().getClient<WireSocket>().close(4000, 'filtered');
  }
}

@WebSocketGateway({ path: '/answers' })
class AnswersGateway {
  @OnText()
  answer(@MessageBody() kind: string): unknown {
    switch (kind) {
      case 'nothing':
        return undefined;
      case 'promise':
        return Promise.resolve('promised');
      case 'ArrayBuffer':
        return new Uint8Array([1, 2, 3]).buffer;
      case 'DataView':
        return new DataView(new Uint8Array([0, 7, 8, 0]).buffer, 1, 2);
      case 'Uint16Array':
        return new Uint16Array([0x0201]);
      case 'Observable':
        return of('a', Buffer.from('b'), 'c');
      case 'iterable':
        return pieces();
      case 'throw':
        throw new Error('secret');
      default:
        return kind === 'number' ? 5 : { an: 'object' };
    }
  }

  @OnBinary()
  @UseFilters(ClosingFilter)
  filtered(): never {
    throw new Error('secret');
  }
}

async function* pieces(): AsyncIterable<string | Uint8Array> {
  yield 'one';
  yield Buffer.from('two');
}

@WebSocketGateway({ path: '/binary' })
class OnlyBinaryGateway {
  @OnBinary()
  size(@MessageBody() bytes: Buffer, @ConnectedSocket() client: WireSocket): Observable<string> {
    return from([`${Buffer.isBuffer(bytes)} ${bytes.length} ${client.readyState}`]);
  }
}

const app = useKitApp({
  providers: [BothGateway, MixedGateway, EventsGateway, AnswersGateway, OnlyBinaryGateway],
});

describe('@OnText and @OnBinary', () => {
  it.each(['', 'plain', 'ünï 😀', '{"event":"echo"}', '{"id":1,"type":"cancel"}'])(
    'text %j comes as it is',
    async (text) => {
      const client = await app.current.connect('/both');
      client.sendText(text);
      expect(await client.nextMessage()).toBe(`text string ${text}`);
    },
  );

  it('bytes come as they are and go as they are', async () => {
    const client = await app.current.connect('/both');
    client.sendBinary(Buffer.from([1, 2, 255]));
    expect(await client.nextMessage()).toEqual(Buffer.from([255, 2, 1]));
    client.sendBinary(Buffer.alloc(0));
    expect(await client.nextMessage()).toEqual(Buffer.alloc(0));
  });

  it('without @OnText, text finds nobody; binary does', async () => {
    const client = await app.current.connect('/binary');
    client.sendText('{"event":"x","id":1}');
    await client.roundTrip();
    expect(client.waiting).toEqual([]);
    client.sendBinary(Buffer.alloc(3));
    expect(await client.nextMessage()).toBe('true 3 1');
  });
});

describe('beside handlers of events', () => {
  it('the event that has a handler goes there', async () => {
    const client = await app.current.connect('/mixed');
    client.send('known', 1);
    expect(await client.nextMessage()).toBe('{"known":1}');
    expect(await client.request('known', 1)).toEqual({ known: 1 });
  });

  it.each(['no JSON', '{"event":"unknown"}', '{"event":"unknown","id":1}', '5', '{"event":"known","id":1.5}'])(
    '%s goes to @OnText',
    async (text) => {
      const client = await app.current.connect('/mixed');
      client.sendText(text);
      expect(await client.nextMessage()).toBe(`raw ${text}`);
    },
  );

  it('a cancel stays a cancel', async () => {
    const client = await app.current.connect('/mixed');
    client.sendText('{"id":1,"type":"cancel"}');
    await client.roundTrip();
    expect(client.waiting).toEqual([]);
  });

  it('without @OnBinary, a binary message is read as the envelope', async () => {
    const client = await app.current.connect('/events');
    client.sendBinary(Buffer.from('{"event":"echo","data":"é"}'));
    expect(await client.nextMessage()).toBe('"é"');
    client.sendBinary(Buffer.from([0xff, 0xfe]));
    expect(await client.next('exception')).toEqual({ status: 'error', message: 'The message is not JSON.' });
  });
});

describe('what a raw handler answers', () => {
  it.each<[string, ...(string | Buffer)[]]>([
    ['nothing'],
    ['promise', 'promised'],
    ['ArrayBuffer', Buffer.from([1, 2, 3])],
    ['DataView', Buffer.from([7, 8])],
    ['Uint16Array', Buffer.from([1, 2])],
    ['Observable', 'a', Buffer.from('b'), 'c'],
    ['iterable', 'one', Buffer.from('two')],
  ])('%s', async (kind, ...expected) => {
    const client = await app.current.connect('/answers');
    client.sendText(kind);
    await client.roundTrip();
    expect(client.waiting).toEqual(expected);
  });

  it.each(['number', 'object'])('a %s cannot be sent: 1011, and the log says what to do', async (kind) => {
    const client = await app.current.connect('/answers');
    client.sendText(kind);
    await client.expectClose(1011);
    expect(app.current.log.textOf('error')).toMatch(
      'A raw answer could not be sent; the connection is closed with 1011',
    );
  });

  it('an exception is the business of filters, without a secret', async () => {
    const client = await app.current.connect('/answers');
    client.sendText('throw');
    expect(await client.next('exception')).toMatchObject({ message: 'Internal server error' });
    client.sendBinary(Buffer.alloc(1));
    await client.expectClose(4000);
  });
});

describe('the patterns', () => {
  it('are objects, which no message can name, and print as words', () => {
    expect(String(TEXT_MESSAGES)).toBe('(text messages)');
    expect(JSON.stringify({ pattern: BINARY_MESSAGES })).toBe('{"pattern":"(binary messages)"}');
    expect(Object.isFrozen(new RawMessagePattern('text'))).toBe(true);
    expect(app.current.log.textOf('log')).toMatch('BothGateway subscribed to the "(text messages)" message');
  });
});
