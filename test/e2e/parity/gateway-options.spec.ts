// Options of @WebSocketGateway that platform-ws hands to its `ws` server: limits, compression, tracking, pongs.

import { constants, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import {
  ConnectedSocket,
  type OnGatewayConnection,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from '@nestjs/websockets';
import type { Server, WebSocket } from 'ws';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { itDiffers, itDiffersInEveryMode } from '../../support/it-differs.js';
import { startApp, useApp } from '../../support/nest-app.js';
import { PING, TEXT, frame } from '../../support/raw-client.js';

@WebSocketGateway({ path: '/limited', maxPayload: 100 })
class LimitedGateway extends EchoGateway {}

@WebSocketGateway({ path: '/deflated', perMessageDeflate: { threshold: 0 } })
class DeflatedGateway extends EchoGateway implements OnGatewayConnection {
  handleConnection(client: WebSocket): void {
    client.send(client.extensions);
  }

  @SubscribeMessage('plain')
  plain(@ConnectedSocket() client: WebSocket): void {
    client.send('not deflated na ', { compress: false });
  }
}

@WebSocketGateway({ path: '/deflated-by-default-options', perMessageDeflate: true })
class DeflatedByDefaultsGateway extends EchoGateway {}

@WebSocketGateway({ path: '/untracked', clientTracking: false })
class UntrackedGateway extends EchoGateway {
  @WebSocketServer()
  readonly server!: Server;
}

@WebSocketGateway({ path: '/pongless', autoPong: false })
class PonglessGateway extends EchoGateway implements OnGatewayConnection {
  handleConnection(client: WebSocket): void {
    client.on('ping', (data) => client.send(`pinged ${data.toString()}`));
  }
}

@WebSocketGateway({ path: '/misspelt', maxPaylod: 100 })
class MisspeltGateway {}

@WebSocketGateway({ path: '/foreign', cors: { origin: '*' }, transports: ['websocket'], pingInterval: 1 })
class ForeignGateway extends EchoGateway {}

@WebSocketGateway({ namespace: 'rooms' })
class NamespaceGateway {}

describe.each(adapters)('the options of a gateway over %s', (_name, adapter) => {
  const app = useApp({
    adapter,
    providers: [LimitedGateway, DeflatedGateway, DeflatedByDefaultsGateway, UntrackedGateway, PonglessGateway],
  });

  const ofLength = (length: number): string => `{"event":"echo","data":"${'x'.repeat(length - 26)}"}`;

  it('maxPayload lets a message of its size through', async () => {
    const client = await app.connect('/limited');
    const message = ofLength(100);
    client.send(message);
    expect(await client.next()).toBe(message);
    await client.expectSilence();
  });

  it('maxPayload ends the connection with 1009 for one byte more', async () => {
    const client = await app.connect('/limited');
    client.send(ofLength(101));
    expect(await client.closed()).toEqual({ code: 1009, reason: '' });
  });

  it('maxPayload counts the fragments of a message together', async () => {
    const raw = await app.rawUpgrade('/limited');
    raw.write(frame(TEXT, 'x'.repeat(60), { fin: false }));
    raw.write(frame(0, 'x'.repeat(60)));
    expect((await raw.bytes(4)).toString('hex')).toBe('880203f1');
  });

  it('perMessageDeflate is off by default', async () => {
    const client = await app.connect('/untracked');
    expect(client.socket.extensions).toBe('');
    expect(client.response.headers['sec-websocket-extensions']).toBeUndefined();
  });

  it.each(['/deflated', '/deflated-by-default-options'])(
    'perMessageDeflate compresses both ways on %s',
    async (path) => {
      const client = await app.connect(path);
      if (path === '/deflated') expect(await client.next()).toBe('permessage-deflate');
      expect(client.socket.extensions).toBe('permessage-deflate');
      const data = 'na '.repeat(10_000);
      expect(await client.ask('echo', data)).toBe(`{"event":"echo","data":"${data}"}`);
      await client.expectSilence();
    },
  );

  itDiffers(adapter, 'perMessageDeflate agrees on context takeover', {
    reason: 'takeover, which costs memory for each client, is an option',
    identical: async () => {
      const client = await app.connect('/deflated');
      expect(client.response.headers['sec-websocket-extensions']).toBe('permessage-deflate');
    },
  });

  it('perMessageDeflate compresses what `compress` does not except', async () => {
    const offer = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
    const raw = await app.rawUpgrade('/deflated', offer);
    const [first, length] = await raw.bytes(2);
    expect(first).toBe(0xc1);
    const deflated = Buffer.concat([await raw.bytes(length as number), Buffer.from([0, 0, 0xff, 0xff])]);
    expect(inflateRawSync(deflated, { finishFlush: constants.Z_SYNC_FLUSH }).toString()).toBe('permessage-deflate');
    raw.write(frame(TEXT, '{"event":"plain"}'));
    expect((await raw.bytes(18)).toString('latin1')).toBe('\x81\x10not deflated na ');
  });

  it('perMessageDeflate leaves a client alone that does not offer it', async () => {
    const client = await app.connect('/deflated', { perMessageDeflate: false });
    expect(await client.next()).toBe('');
    expect(client.response.headers['sec-websocket-extensions']).toBeUndefined();
    await client.expectSilence();
  });

  itDiffersInEveryMode(adapter, 'clientTracking: false leaves `clients` out', {
    reason: 'app.close() needs them, so there is a warning at start-up instead',
    platformWs: async () => {
      const client = await app.connect('/untracked');
      await client.expectSilence();
      expect(app.get(UntrackedGateway).server.clients).toBeUndefined();
    },
    nestwire: async () => {
      const client = await app.connect('/untracked');
      await client.expectSilence();
      expect(app.get(UntrackedGateway).server.clients.size).toBe(1);
      const warnings = app.logger.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
      expect(warnings).toContainEqual(expect.stringContaining('"clientTracking" has no effect'));
    },
  });

  itDiffersInEveryMode(adapter, 'an option that nobody knows is ignored', {
    reason: 'a slip of the pen is an error at start-up',
    platformWs: async () => {
      const misspelt = await startApp({ adapter, providers: [MisspeltGateway] });
      await misspelt.close();
    },
    nestwire: async () => {
      await expect(startApp({ adapter, providers: [MisspeltGateway] })).rejects.toThrow('maxPaylod');
    },
  });

  it('options of Socket.IO are ignored', async () => {
    const foreign = await startApp({ adapter, providers: [ForeignGateway] });
    const client = await foreign.connect('/foreign');
    await client.expectSilence();
    await foreign.close();
  });

  it('autoPong: false leaves pings to the gateway', async () => {
    const raw = await app.rawUpgrade('/pongless');
    raw.write(frame(PING, 'x'));
    expect((await raw.bytes(10)).toString('latin1')).toBe('\x81\x08pinged x');
  });

  it('a namespace is refused at start-up', async () => {
    await expect(startApp({ adapter, providers: [NamespaceGateway] })).rejects.toThrow('namespace');
  });
});
