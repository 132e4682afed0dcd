// Gateways on the application's own HTTP server, of Express and of Fastify: which request targets reach which gateway,
// the bytes of the 101, and the HTTP routes beside them.

import { type IncomingMessage, type Server, get } from 'node:http';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { itDiffers } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';
import { upgradeRequest } from '../../support/raw-client.js';

@WebSocketGateway()
class RootGateway extends EchoGateway {
  @SubscribeMessage('where')
  where(): string {
    return 'root';
  }
}

@WebSocketGateway({ path: '/chat' })
class ChatGateway extends EchoGateway {
  @SubscribeMessage('where')
  where(): string {
    return 'chat';
  }
}

@WebSocketGateway({ path: 'no/slash/' })
class SlashlessGateway extends EchoGateway {
  @SubscribeMessage('where')
  where(): string {
    return 'slashless';
  }
}

@Controller()
class PagesController {
  @Get('chat')
  chat(): string {
    return 'the page beside the gateway';
  }
}

@Module({ controllers: [PagesController] })
class PagesModule {}

const ACCEPTED = [
  'HTTP/1.1 101 Switching Protocols',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
];

async function page(url: string): Promise<[status: number | undefined, body: string]> {
  const [response] = (await once(get(url), 'response')) as [IncomingMessage];
  const chunks = await response.setEncoding('utf8').toArray();
  return [response.statusCode, chunks.join('')];
}

describe.each(adapters)('gateways on the own server over %s', (_name, adapter) => {
  describe.each(['express', 'fastify'] as const)('of %s', (http) => {
    const app = useApp({
      adapter,
      http,
      imports: [PagesModule],
      providers: [RootGateway, ChatGateway, SlashlessGateway],
    });

    it.each([
      ['/', 'root'],
      ['/?token=x', 'root'],
      ['/chat', 'chat'],
      ['/chat?a=/b', 'chat'],
      ['/no/slash', 'slashless'],
    ])('%s reaches the gateway %s', async (path, expected) => {
      const client = await app.connect(path);
      expect(await client.ask('where')).toBe(`"${expected}"`);
      await client.expectSilence();
    });

    it.each(['/', '/chat'])('the answer to the upgrade of %s', async (path) => {
      const client = await app.raw();
      client.write(upgradeRequest(path));
      expect(await client.head()).toEqual(ACCEPTED);
    });

    it('HTTP routes answer as before', async () => {
      expect(await page(`http://127.0.0.1:${app.port}/chat`)).toEqual([200, 'the page beside the gateway']);
      expect((await page(`http://127.0.0.1:${app.port}/nothing`))[0]).toBe(404);
    });
  });

  describe('of an app with a global prefix', () => {
    const app = useApp({ adapter, providers: [ChatGateway], configure: (nest) => nest.setGlobalPrefix('api') });

    it('paths of gateways stay as they are', async () => {
      const client = await app.connect('/chat');
      expect(await client.ask('where')).toBe('"chat"');
    });
  });

  describe('beside another listener for upgrades', () => {
    // It is there first, and answers when the adapter has had its turn.
    const others = (_request: IncomingMessage, socket: Duplex): void => {
      setImmediate(() => {
        if (!socket.destroyed) socket.end('HTTP/1.1 418 Somebody Else\r\n\r\n');
      });
    };
    const app = useApp({
      adapter,
      providers: [ChatGateway],
      configure: (nest) => (nest.getHttpServer() as Server).on('upgrade', others),
    });

    itDiffers(adapter, 'cuts off what is for the other', {
      reason: 'it is left to the other',
      identical: async () => {
        const client = await app.raw();
        client.write(upgradeRequest('/others'));
        expect(await client.rest()).toEqual(Buffer.alloc(0));
      },
      better: async () => {
        const client = await app.raw();
        client.write(upgradeRequest('/others'));
        expect(await client.head()).toEqual(['HTTP/1.1 418 Somebody Else']);
      },
    });
  });

  describe('by request target', () => {
    const app = useApp({ adapter, providers: [RootGateway, ChatGateway] });

    // platform-ws resolves the target as a URL against the Host.
    it.each(['/chat#fragment', 'ws://elsewhere/chat'])('%s is /chat', async (target) => {
      const client = await app.raw();
      client.write(upgradeRequest(target));
      expect(await client.head()).toEqual(ACCEPTED);
    });

    for (const target of ['/a/../chat', '/./chat', '//elsewhere/chat', '/a\\..\\chat']) {
      itDiffers(adapter, `${target} is /chat`, {
        reason: 'a path is compared as it was sent, as whoever stands in front compares it',
        identical: async () => {
          const client = await app.raw();
          client.write(upgradeRequest(target));
          expect(await client.head()).toEqual(ACCEPTED);
        },
        better: async () => {
          const client = await app.raw();
          client.write(upgradeRequest(target));
          expect((await client.head())[0]).toBe('HTTP/1.1 404 Not Found');
        },
      });
    }

    for (const target of ['/nowhere', '/chat/', '/Chat', '/%63hat', '/chat;v=1', '/chat/more', '//chat/x']) {
      itDiffers(adapter, `${target} reaches none`, {
        reason: 'an unmatched upgrade is answered with a 404',
        identical: async () => {
          const client = await app.raw();
          client.write(upgradeRequest(target));
          expect(await client.rest()).toEqual(Buffer.alloc(0));
        },
        better: async () => {
          const client = await app.raw();
          client.write(upgradeRequest(target));
          expect((await client.head())[0]).toBe('HTTP/1.1 404 Not Found');
        },
      });
    }
  });
});
