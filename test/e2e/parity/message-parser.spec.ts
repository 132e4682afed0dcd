// A message parser of the application's own, by option or setMessageParser: it replaces JSON for what comes in only.

import { describe, expect, it } from '@jest/globals';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { type MessageParser, adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { itDiffers } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';

@WebSocketGateway()
class ParsedGateway extends EchoGateway {
  @SubscribeMessage('body')
  body(@MessageBody() data: unknown): unknown[] {
    return [data];
  }
}

/** `name:data`, beside JSON for the probes of the tests. */
const colons: MessageParser = (data) => {
  const text = (data as string | Buffer).toString();
  if (text.startsWith('{')) return JSON.parse(text) as { event: string; data: unknown };
  if (text === 'nothing') return undefined;
  if (text === 'broken') throw new Error('the parser broke');
  const colon = text.indexOf(':');
  return { event: text.slice(0, colon), data: [typeof data, Buffer.isBuffer(data), text.slice(colon + 1)] };
};

const arrays: MessageParser = (data) => {
  const text = (data as string | Buffer).toString();
  if (text.startsWith('{')) return JSON.parse(text) as { event: string; data: unknown };
  const [event, body] = JSON.parse(text) as [string, unknown];
  return { event, data: body };
};

describe.each(adapters)('a message parser over %s', (_name, adapter) => {
  describe('by option', () => {
    const app = useApp({ adapter, providers: [ParsedGateway], adapterOptions: { messageParser: colons } });

    it('gets a text as a string and a binary message as a Buffer', async () => {
      const client = await app.connect();
      client.send('body:text');
      expect(await client.next()).toBe('[["string",false,"text"]]');
      client.send(Buffer.from('body:bytes'));
      expect(await client.next()).toBe('[["object",true,"bytes"]]');
      client.send('body:');
      expect(await client.next()).toBe('[["string",false,""]]');
    });

    it('drops a message by returning nothing', async () => {
      const client = await app.connect();
      client.send('nothing');
      await client.expectSilence();
    });

    itDiffers(adapter, 'has its errors logged, and the client hears nothing', {
      reason: 'who asks in vain is told so',
      identical: async () => {
        const client = await app.connect();
        app.logger.takeErrors();
        client.send('broken');
        await client.expectSilence();
        expect(app.logger.takeErrors()).toHaveLength(1);
      },
      better: async () => {
        const client = await app.connect();
        app.logger.takeErrors();
        client.send('broken');
        expect(await client.next()).toMatch(/^\{"event":"exception",/);
        expect(app.logger.takeErrors()).toHaveLength(1);
      },
    });
  });

  describe('by setMessageParser', () => {
    const app = useApp({
      adapter,
      providers: [ParsedGateway],
      configure: (_nest, wsAdapter) => wsAdapter.setMessageParser(arrays),
    });

    it('parses what comes in; answers stay JSON', async () => {
      const client = await app.connect();
      client.send('["body",{"a":1}]');
      expect(await client.next()).toBe('[{"a":1}]');
      await client.expectSilence();
    });
  });

  describe('set while clients are connected', () => {
    const app = useApp({ adapter, providers: [ParsedGateway], adapterOptions: { messageParser: colons } });

    it('parses their next message', async () => {
      const client = await app.connect();
      client.send('body:x');
      expect(await client.next()).toBe('[["string",false,"x"]]');
      app.adapter.setMessageParser(arrays);
      client.send('["body","x"]');
      expect(await client.next()).toBe('["x"]');
    });
  });
});
