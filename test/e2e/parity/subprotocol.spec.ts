// Subprotocols: the first one offered is chosen, unless the gateway's handleProtocols chooses.

import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { type OnGatewayConnection, WebSocketGateway } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { itDiffersInEveryMode } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';
import { upgradeRequest } from '../../support/raw-client.js';
import { MARKER, expectRefusal } from './http-answer.js';

class ProtocolGateway extends EchoGateway implements OnGatewayConnection {
  handleConnection(client: WebSocket): void {
    client.send(JSON.stringify({ protocol: client.protocol, extensions: client.extensions }));
  }
}

@WebSocketGateway()
class DefaultGateway extends ProtocolGateway {}

@WebSocketGateway({
  path: '/chosen',
  handleProtocols: (offered: Set<string>, request: IncomingMessage) => {
    if (request.url?.endsWith('?none')) return false;
    return offered.has('v2') ? 'v2' : `unoffered-${offered.size}-${offered instanceof Set}`;
  },
})
class ChoosingGateway extends ProtocolGateway {}

const ACCEPTED = [
  'HTTP/1.1 101 Switching Protocols',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
];

describe.each(adapters)('the subprotocol over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [DefaultGateway, ChoosingGateway] });

  it.each<[string, string[], string]>([
    ['none is offered', [], ''],
    ['one is offered', ['chat'], 'chat'],
    ['several are offered', ['v3.chat', 'v2.chat', 'soap'], 'v3.chat'],
  ])('is the first when %s', async (_when, protocols, expected) => {
    const client = await app.connect('/', { protocols });
    expect(client.socket.protocol).toBe(expected);
    expect(client.response.headers['sec-websocket-protocol']).toBe(expected === '' ? undefined : expected);
    expect(await client.next()).toBe(JSON.stringify({ protocol: expected, extensions: '' }));
    await client.expectSilence();
  });

  it('stands behind the accept value in the 101', async () => {
    const client = await app.raw();
    client.write(upgradeRequest('/', { 'Sec-WebSocket-Protocol': 'a , b,c' }));
    expect(await client.head()).toEqual([...ACCEPTED, 'Sec-WebSocket-Protocol: a']);
  });

  it('is what handleProtocols returns', async () => {
    const client = await app.connect('/chosen', { protocols: ['v1', 'v2'] });
    expect(client.socket.protocol).toBe('v2');
    expect(await client.next()).toBe('{"protocol":"v2","extensions":""}');
  });

  it('handleProtocols may choose none', async () => {
    const client = await app.raw();
    client.write(upgradeRequest('/chosen?none', { 'Sec-WebSocket-Protocol': 'v1' }));
    expect(await client.head()).toEqual(ACCEPTED);
  });

  itDiffersInEveryMode(adapter, 'handleProtocols may leave the offer', {
    reason: 'a browser would give the connection up, so it is refused and logged',
    platformWs: async () => {
      const client = await app.raw();
      client.write(upgradeRequest('/chosen', { 'Sec-WebSocket-Protocol': 'v1, v3' }));
      expect(await client.head()).toEqual([...ACCEPTED, 'Sec-WebSocket-Protocol: unoffered-2-true']);
    },
    nestwire: async () => {
      app.logger.takeErrors();
      const client = await app.raw();
      client.write(upgradeRequest('/chosen', { 'Sec-WebSocket-Protocol': `v1, ${MARKER}` }));
      const { statusLine, body } = expectRefusal(await client.rest());
      expect([statusLine, body]).toEqual(['HTTP/1.1 500 Internal Server Error', 'Internal Server Error']);
      expect(app.logger.takeErrors()).toHaveLength(1);
    },
  });

  it('handleProtocols is not asked when nothing is offered', async () => {
    const client = await app.connect('/chosen');
    expect(client.socket.protocol).toBe('');
    expect(await client.next()).toBe('{"protocol":"","extensions":""}');
  });
});
