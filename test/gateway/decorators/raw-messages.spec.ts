// @OnText() and @OnBinary(): messages as they are, with and without handlers of events beside them.

import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { type ArgumentsHost, Catch, type ExceptionFilter, UseFilters } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { from, type Observable, of } from 'rxjs';
import { BINARY_MESSAGES, RawMessagePattern, TEXT_MESSAGES } from '../../../lib/gateway/decorators/raw-message.js';
import { OnBinary, OnText, type WireSocket } from '../../../lib/index.js';
import { frame } from '../../support/bytes.js';
import { useWireApp } from '../../support/wire-app.js';

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

const app = useWireApp({
  providers: [BothGateway, MixedGateway, EventsGateway, AnswersGateway, OnlyBinaryGateway],
});

describe('@OnText and @OnBinary', () => {
  it.each(['', 'plain', 'ünï 😀', '{"event":"echo"}', '{"id":1,"type":"cancel"}'])(
    'text %j comes as it is',
    async (text) => {
      const client = await app.current.client('/both');
      client.text(text);
      expect(await client.nextText()).toBe(`text string ${text}`);
    },
  );

  it('bytes come as they are and go as they are', async () => {
    const client = await app.current.client('/both');
    client.binary(Buffer.from([1, 2, 255]));
    expect(await client.nextFrame()).toEqual({ firstByte: 0x82, payload: Buffer.from([255, 2, 1]) });
    client.binary(Buffer.alloc(0));
    expect(await client.nextFrame()).toEqual({ firstByte: 0x82, payload: Buffer.alloc(0) });
  });

  it('bytes that came in fragments are whole', async () => {
    const client = await app.current.client('/both');
    client.write(frame('client', 0x02, 'a'), frame('client', 0x00, 'b'), frame('client', 0x80, 'c'));
    expect((await client.nextFrame()).payload.toString()).toBe('cba');
  });

  it('without @OnText, text finds nobody; binary does', async () => {
    const client = await app.current.client('/binary');
    client.text('{"event":"x","id":1}');
    await client.expectSilence();
    client.binary(Buffer.alloc(3));
    expect(await client.nextText()).toBe('true 3 1');
  });
});

describe('beside handlers of events', () => {
  it('the event that has a handler goes there', async () => {
    const client = await app.current.client('/mixed');
    expect(await client.ask({ event: 'known', data: 1 })).toEqual({ known: 1 });
    expect(await client.ask({ event: 'known', data: 1, id: 3 })).toEqual({ id: 3, type: 'next', data: { known: 1 } });
  });

  it.each(['no JSON', '{"event":"unknown"}', '{"event":"unknown","id":1}', '5', '{"event":"known","id":1.5}'])(
    '%s goes to @OnText',
    async (text) => {
      const client = await app.current.client('/mixed');
      client.text(text);
      expect(await client.nextText()).toBe(`raw ${text}`);
    },
  );

  it('a cancel stays a cancel', async () => {
    const client = await app.current.client('/mixed');
    client.json({ id: 1, type: 'cancel' });
    await client.expectSilence();
  });

  it('without @OnBinary, a binary message is read as the envelope', async () => {
    const client = await app.current.client('/events');
    client.binary(Buffer.from('{"event":"echo","data":"é"}'));
    expect(await client.nextJson()).toBe('é');
    client.binary(Buffer.from([0xff, 0xfe]));
    expect(await client.nextJson()).toEqual({
      event: 'exception',
      data: { status: 'error', message: 'The message is not JSON.' },
    });
  });
});

describe('what a raw handler answers', () => {
  it.each<[string, ...string[]]>([
    ['nothing'],
    ['promise', '81 promised'],
    ['ArrayBuffer', '82 \x01\x02\x03'],
    ['DataView', '82 \x07\x08'],
    ['Uint16Array', '82 \x01\x02'],
    ['Observable', '81 a', '82 b', '81 c'],
    ['iterable', '81 one', '82 two'],
  ])('%s', async (kind, ...expected) => {
    const client = await app.current.client('/answers');
    client.text(kind);
    for (const line of expected) {
      const { firstByte, payload } = await client.nextFrame();
      expect(`${firstByte.toString(16)} ${payload.toString()}`).toBe(line);
    }
    await client.expectSilence();
  });

  it.each(['number', 'object'])('a %s cannot be sent: 1011, and the log says what to do', async (kind) => {
    const client = await app.current.client('/answers');
    client.text(kind);
    expect(await client.nextClose()).toBe(1011);
    expect(app.current.logged('error')).toMatch('A raw answer could not be sent; the connection is closed with 1011');
  });

  it('an exception is the business of filters, without a secret', async () => {
    const client = await app.current.client('/answers');
    client.text('throw');
    expect(await client.nextJson()).toMatchObject({ event: 'exception', data: { message: 'Internal server error' } });
    client.binary(Buffer.alloc(1));
    expect(await client.nextClose()).toBe(4000);
  });
});

describe('the patterns', () => {
  it('are objects, which no message can name, and print as words', () => {
    expect(String(TEXT_MESSAGES)).toBe('(text messages)');
    expect(JSON.stringify({ pattern: BINARY_MESSAGES })).toBe('{"pattern":"(binary messages)"}');
    expect(Object.isFrozen(new RawMessagePattern('text'))).toBe(true);
    expect(app.current.logged('log')).toMatch('BothGateway subscribed to the "(text messages)" message');
  });
});
