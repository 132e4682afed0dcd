// Several gateways on one path: they share a server, each gets every client and answers the events that it knows.

import { describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import {
  MessageBody,
  type OnGatewayConnection,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
} from '@nestjs/websockets';
import type { Server, WebSocket } from 'ws';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { itDiffers } from '../../support/it-differs.js';
import { onNest } from '../../support/nest-version.js';
import { type RunningApp, startApp, useApp } from '../../support/nest-app.js';

@WebSocketGateway({ path: '/shared' })
class FirstGateway extends EchoGateway implements OnGatewayConnection {
  @WebSocketServer()
  readonly server!: Server;

  handleConnection(client: WebSocket): void {
    client.send('first');
  }

  @SubscribeMessage('first only')
  firstOnly(): string {
    return 'from first';
  }

  @SubscribeMessage('both')
  both(@MessageBody() data: unknown): object {
    return { from: 'first', data };
  }

  @SubscribeMessage('one fails')
  oneFails(): never {
    throw new WsException('first failed');
  }

  @SubscribeMessage('one waits')
  async oneWaits(): Promise<string> {
    await new Promise((resolve) => setImmediate(resolve));
    return 'first, later';
  }
}

@WebSocketGateway({ path: '/shared' })
class SecondGateway implements OnGatewayConnection {
  @WebSocketServer()
  readonly io!: Server;

  handleConnection(client: WebSocket): void {
    client.send('second');
  }

  @SubscribeMessage('second only')
  secondOnly(): string {
    return 'from second';
  }

  @SubscribeMessage('both')
  both(@MessageBody() data: unknown): object {
    return { from: 'second', data };
  }

  @SubscribeMessage('one fails')
  oneFails(): string {
    return 'second is well';
  }

  @SubscribeMessage('one waits')
  oneWaits(): string {
    return 'second, at once';
  }
}

@WebSocketGateway({ path: '/shared' })
class ThirdGateway {
  @WebSocketServer()
  readonly server!: Server;

  @SubscribeMessage('both')
  both(): object {
    return { from: 'third' };
  }
}

@Module({ providers: [ThirdGateway] })
class OtherModule {}

@WebSocketGateway()
class TwiceGateway extends EchoGateway {
  @SubscribeMessage('twice')
  early(): string {
    return 'declared first';
  }

  @SubscribeMessage('twice')
  late(): string {
    return 'declared last';
  }
}

@WebSocketGateway({ path: '/differing', maxPayload: 64 })
class NarrowGateway extends EchoGateway {}

@WebSocketGateway({ path: '/differing', maxPayload: 128 })
class WideGateway {}

class AncestorGateway extends EchoGateway {
  @SubscribeMessage('inherited')
  inherited(): string {
    return `inherited by ${this.constructor.name}`;
  }

  @SubscribeMessage('overridden')
  overridden(): string {
    return 'of the ancestor';
  }
}

@WebSocketGateway({ path: '/heir' })
class HeirGateway extends AncestorGateway {
  @SubscribeMessage('overridden')
  override overridden(): string {
    return `of the heir, not ${super.overridden()}`;
  }
}

describe.each(adapters)('several gateways on one path over %s', (_name, adapter) => {
  describe('in one module', () => {
    const app = useApp({ adapter, providers: [FirstGateway, SecondGateway] });

    // Nest 12 connects the gateway that is declared first after all others (see lifecycle.spec.ts), Nest 11 in order.
    const inOrder = onNest({ 11: ['first', 'second'], 12: ['second', 'first'] });

    it('each event is answered by those that know it, with Nest 12 the first declared last', async () => {
      const client = await app.connect('/shared');
      expect(await client.take(2)).toEqual(inOrder);
      expect(await client.ask('first only')).toBe('"from first"');
      expect(await client.ask('second only')).toBe('"from second"');
      client.emit('both', 1);
      expect(await client.take(2)).toEqual(inOrder.map((from) => `{"from":"${from}","data":1}`));
      await client.expectSilence();
    });

    it('one failing or waiting does not touch the other', async () => {
      const client = await app.connect('/shared');
      await client.take(2);
      client.emit('one fails');
      expect(new Set(await client.take(2))).toEqual(
        new Set([
          '"second is well"',
          '{"event":"exception","data":{"status":"error","message":"first failed","cause":{"pattern":"one fails"}}}',
        ]),
      );
      client.emit('one waits');
      expect(await client.take(2)).toEqual(['"second, at once"', '"first, later"']);
      await client.expectSilence();
    });

    it('they share the server', () => {
      expect(app.get(FirstGateway).server).toBe(app.get(SecondGateway).io);
    });
  });

  describe('with different options', () => {
    const start = (): Promise<RunningApp> => startApp({ adapter, providers: [NarrowGateway, WideGateway] });

    // With Nest 11 that is the first declared, which takes 64 bytes, with Nest 12 the second, which takes 128.
    const [short, long] = onNest({ 11: [30, 60], 12: [60, 120] });

    itDiffers(adapter, 'those of the one that Nest connects first hold for all', {
      reason: 'an error at start-up names both, the path and the option',
      identical: async () => {
        const app = await start();
        const client = await app.connect('/differing');
        expect(await client.ask('echo', 'x'.repeat(short))).toContain('xxx');
        client.emit('echo', 'x'.repeat(long));
        expect(await client.closed()).toEqual({ code: 1009, reason: '' });
        await app.close();
      },
      better: () =>
        expect(start()).rejects.toThrow(
          'option "maxPayload" must be the same in NarrowGateway and WideGateway, which share the path "/differing", ' +
            'not { NarrowGateway: 64, WideGateway: 128 }',
        ),
    });
  });

  describe('in several modules', () => {
    const app = useApp({ adapter, imports: [OtherModule], providers: [FirstGateway, SecondGateway] });

    it('they share it all the same', async () => {
      expect(app.get(ThirdGateway).server).toBe(app.get(FirstGateway).server);
      const client = await app.connect('/shared');
      await client.take(2);
      client.emit('both', 1);
      const answers = await client.take(3);
      expect(new Set(answers)).toEqual(
        new Set(['{"from":"first","data":1}', '{"from":"second","data":1}', '{"from":"third"}']),
      );
    });
  });

  describe('or rather one gateway', () => {
    const app = useApp({ adapter, providers: [TwiceGateway, HeirGateway] });

    it('that subscribes one event twice answers with the handler declared last', async () => {
      const client = await app.connect();
      expect(await client.ask('twice')).toBe('"declared last"');
      await client.expectSilence();
    });

    it('that inherits handlers answers with them', async () => {
      const client = await app.connect('/heir');
      expect(await client.ask('inherited')).toBe('"inherited by HeirGateway"');
      expect(await client.ask('overridden')).toBe('"of the heir, not of the ancestor"');
      await client.expectSilence();
    });
  });
});
