// The request that opened a connection is packed where nobody has seen it. Whoever has may have put something on it, and finds
// it there whenever the gateway asks: each way to see it is tried by a mark.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ConnectedSocket, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import type { VerifyClientInfo, WireGatewayOptions, WireServer, WireSocket } from '../../lib/index.js';
import { useWireApp } from '../support/wire-app.js';

type Marked = IncomingMessage & { mark?: string };

const mark = (request: Marked, by: string): void => void (request.mark = by);

class AskedGateway {
  @WebSocketServer()
  readonly server!: WireServer;

  @SubscribeMessage('request')
  request(@ConnectedSocket() client: WireSocket): object {
    const { url, headers, mark: by = 'nobody' } = client.request as Marked;
    return { url, host: headers.host, by, isSame: client.request === client.request };
  }
}

@WebSocketGateway({ path: '/plain' })
class PlainGateway extends AskedGateway {}

@WebSocketGateway({ path: '/hook' })
class HookGateway extends AskedGateway {
  handleConnection(client: WireSocket, request: Marked): void {
    mark(request, client.request === request ? 'handleConnection' : 'another');
  }
}

@WebSocketGateway({ path: '/socket' })
class SocketGateway extends AskedGateway {
  handleConnection(client: WireSocket): void {
    mark(client.request, 'client.request');
  }
}

const verifying: WireGatewayOptions = {
  path: '/verifying',
  verifyClient: ({ req }: VerifyClientInfo) => {
    mark(req, 'verifyClient');
    return true;
  },
};

@WebSocketGateway(verifying)
class VerifyingGateway extends AskedGateway {}

const choosing: WireGatewayOptions = {
  path: '/choosing',
  handleProtocols: (_offered, request) => {
    mark(request, 'handleProtocols');
    return 'chat';
  },
};

@WebSocketGateway(choosing)
class ChoosingGateway extends AskedGateway {}

const providers = [PlainGateway, HookGateway, SocketGateway, VerifyingGateway, ChoosingGateway];

describe('the request of a client', () => {
  const app = useWireApp({ providers });
  const undo: (() => void)[] = [];

  afterEach(() => {
    for (const one of undo.splice(0)) one();
  });

  async function seenBy(path: string, headers: Record<string, string> = {}): Promise<unknown> {
    const client = await app.current.client(path, { headers });
    const first = await client.ask({ event: 'request' });
    expect(first).toMatchObject({ url: path, host: '127.0.0.1', isSame: true });
    // Once unpacked it stays.
    expect(await client.ask({ event: 'request' })).toEqual(first);
    return (first as { by: string }).by;
  }

  it('that nobody saw reads like the first', async () => {
    expect(await seenBy('/plain')).toBe('nobody');
  });

  it.each([
    ['/hook', 'handleConnection'],
    ['/socket', 'client.request'],
    ['/verifying', 'verifyClient'],
  ])('on %s is the one that %s saw', async (path, by) => {
    expect(await seenBy(path)).toBe(by);
  });

  it('is the one that handleProtocols saw', async () => {
    expect(await seenBy('/choosing', { 'Sec-WebSocket-Protocol': 'chat' })).toBe('handleProtocols');
  });

  it.each(['headers', 'connection'] as const)('is the one that a listener of %s saw', async (event) => {
    const { server } = app.current.get(PlainGateway);
    const listener = (_subject: unknown, request: Marked): void => mark(request, event);
    server.on(event, listener);
    undo.push(() => void server.off(event, listener));
    expect(await seenBy('/plain')).toBe(event);
  });

  it('is the one that another listener of upgrade saw', async () => {
    const { server } = app.current;
    const listener = (request: Marked): void => mark(request, 'upgrade');
    server.on('upgrade', listener);
    undo.push(() => void server.off('upgrade', listener));
    expect(await seenBy('/plain')).toBe('upgrade');
  });

  it('is the one that a subscriber of the diagnostics saw', async () => {
    const listener = (message: unknown): void => mark((message as { request: Marked }).request, 'diagnostics');
    subscribe('nestwire:handshake', listener);
    undo.push(() => void unsubscribe('nestwire:handshake', listener));
    expect(await seenBy('/plain')).toBe('diagnostics');
  });
});
