// What Nest developers have asked for, for years, beyond the handshake (handshake-wishes.spec.ts): each with what platform-ws
// does and what nestwire does instead. docs/why.md has the list.

import { Buffer } from 'node:buffer';
import type { EventEmitter } from 'node:events';
import { describe, expect } from '@jest/globals';
import { type Type, UsePipes, ValidationPipe } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { IsInt } from 'class-validator';
import { interval, type Observable } from 'rxjs';
import { finalize } from 'rxjs/operators';
import { OnBinary, OnText } from '../../../lib/index.js';
import { adapters } from '../../support/adapters.js';
import { Inbox } from '../../support/bounded-wait.js';
import { itDiffers, itDiffersInEveryMode } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';

class Query {
  @IsInt()
  readonly page!: number;
}

const slow = new Inbox<() => void>('a slow handler');
const ended = new Inbox<unknown>('the end of a stream');

@WebSocketGateway({ path: '/wishes' })
class WishesGateway {
  @UsePipes(new ValidationPipe())
  @SubscribeMessage('list')
  list(@MessageBody() query: Query): unknown {
    return query.page;
  }

  @SubscribeMessage('slow')
  async slow(@MessageBody() data: unknown): Promise<unknown> {
    await new Promise<void>((resolve) => slow.push(resolve));
    return data;
  }

  @SubscribeMessage('fast')
  fast(@MessageBody() data: unknown): unknown {
    return data;
  }

  @SubscribeMessage('ticks')
  ticks(@MessageBody() name: unknown): Observable<number> {
    return interval(5).pipe(finalize(() => ended.push(name)));
  }
}

@WebSocketGateway({ path: '/raw' })
class RawGateway {
  @OnText()
  text(@MessageBody() text: string): string {
    return text;
  }

  @OnBinary()
  bytes(@MessageBody() bytes: Uint8Array): Uint8Array {
    return bytes;
  }
}

/** As an application of many modules has them, all on one path. */
function manyGateways(): Type[] {
  return Array.from({ length: 20 }, (_, i) => {
    class OneOfMany {
      one(client: EventEmitter): string {
        const isSound = client.listenerCount('close') <= client.getMaxListeners();
        return isSound ? 'sound' : 'more close listeners than Node takes for sound';
      }

      handleDisconnect(): void {
        // That there is one is what matters.
      }
    }
    SubscribeMessage(`event ${i}`)(OneOfMany.prototype, 'one', { value: OneOfMany.prototype.one });
    WebSocketGateway({ path: '/many' })(OneOfMany);
    return OneOfMany;
  });
}

describe.each(adapters)('wishes over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [WishesGateway, RawGateway, ...manyGateways()] });

  itDiffers(
    adapter,
    'nest#3476, nest#12088: a failed validation is an internal server error, and belongs to no request',
    {
      reason: 'it says what is wrong, and with which request',
      identical: async () => {
        const client = await app.connect('/wishes');
        client.socket.send('{"id":7,"event":"list","data":{"page":"one"}}');
        expect(await client.next()).toBe(
          '{"event":"exception","data":{"status":"error","message":"Internal server error","cause":{"pattern":"list","data":{"page":"one"}}}}',
        );
      },
      better: async () => {
        const client = await app.connect('/wishes');
        client.socket.send('{"id":7,"event":"list","data":{"page":"one"}}');
        expect(JSON.parse(String(await client.next()))).toEqual({
          id: 7,
          type: 'error',
          error: {
            status: 400,
            code: 'BAD_REQUEST',
            message: 'Bad Request',
            details: ['page must be an integer number'],
          },
        });
      },
    },
  );

  itDiffers(adapter, 'nest#249, nest#581, nest#2115: nothing says to which message an answer belongs', {
    reason: 'answers carry the id of their request',
    identical: async () => {
      const client = await app.connect('/wishes');
      client.socket.send('{"id":1,"event":"slow","data":"same"}');
      client.socket.send('{"id":2,"event":"fast","data":"same"}');
      expect(await client.next()).toBe('"same"');
      (await slow.next())();
      expect(await client.next()).toBe('"same"');
    },
    better: async () => {
      const client = await app.connect('/wishes');
      client.socket.send('{"id":1,"event":"slow","data":"same"}');
      client.socket.send('{"id":2,"event":"fast","data":"same"}');
      expect(await client.take(2)).toEqual(['{"id":2,"type":"next","data":"same"}', '{"id":2,"type":"complete"}']);
      (await slow.next())();
      expect(await client.take(2)).toEqual(['{"id":1,"type":"next","data":"same"}', '{"id":1,"type":"complete"}']);
    },
  });

  itDiffers(adapter, 'nest#1524: a stream ends with its client, and cannot be stopped before', {
    reason: 'a client can cancel one stream and stay',
    identical: async () => {
      const client = await app.connect('/wishes');
      client.socket.send('{"id":1,"event":"ticks","data":"a"}');
      await client.next();
      client.socket.send('{"id":1,"type":"cancel"}');
      await client.take(5);
      expect(ended.size).toBe(0);
      await client.drop();
      expect(await ended.next()).toBe('a');
    },
    better: async () => {
      const client = await app.connect('/wishes');
      client.socket.send('{"id":1,"event":"ticks","data":"a"}');
      await client.next();
      client.socket.send('{"id":1,"type":"cancel"}');
      expect(await ended.next()).toBe('a');
      client.socket.send('{"event":"fast","data":"still here"}');
      for (;;) if ((await client.next()) === '"still here"') break;
    },
  });

  itDiffersInEveryMode(adapter, 'nest#3524, nest#3965: text and bytes without an envelope reach no handler', {
    reason: '@OnText() and @OnBinary() get them',
    platformWs: async () => {
      const client = await app.connect('/raw');
      client.socket.send('just text');
      client.socket.send(Uint8Array.of(1, 2, 3));
      client.socket.ping('all read');
      expect((await client.nextPong()).toString()).toBe('all read');
      expect(client.waiting).toBe(0);
    },
    nestwire: async () => {
      const client = await app.connect('/raw');
      client.socket.send('just text');
      expect(await client.next()).toBe('just text');
      client.socket.send(Uint8Array.of(1, 2, 3));
      expect(await client.next()).toEqual(Buffer.of(1, 2, 3));
    },
  });

  itDiffersInEveryMode(adapter, 'nest#7287: twenty gateways on a path look like a leak of listeners', {
    reason: 'each may listen',
    platformWs: async () => {
      const client = await app.connect('/many');
      expect(await client.ask('event 3')).toBe('"more close listeners than Node takes for sound"');
    },
    nestwire: async () => {
      const client = await app.connect('/many');
      expect(await client.ask('event 3')).toBe('"sound"');
    },
  });
});
