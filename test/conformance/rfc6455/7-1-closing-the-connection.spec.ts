// RFC 6455 §7.1: the closing handshake in every order, and how a connection ended. First the pure engine in both roles, for
// every cut; then a server and a client over TCP.

import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ClientSocket } from '../../../lib/client/client-socket.js';
import { connect } from '../../../lib/client/connect.js';
import type { WireSocket } from '../../../lib/index.js';
import { recordedConversation } from '../../protocol/recorded-conversation.js';
import { within } from '../../support/bounded-wait.js';
import { closePayload, everyCut, frame, type Role, ROLES } from '../../support/bytes.js';
import type { FrameClient } from '../../support/frame-client.js';
import type { WireApp } from '../../support/wire-app.js';
import { type Peer, PeerServer } from '../connected.js';
import { startServer, witnessOf } from '../served.js';

const CLOSE = 0x88;
const NOTHING = Buffer.alloc(0);

describe.each(ROLES)('RFC 6455 §7.1, the engine as a %s', (role) => {
  const peer: Role = role === 'server' ? 'client' : 'server';
  const theirs = (code?: number, reason = ''): Buffer =>
    frame(peer, CLOSE, code === undefined ? NOTHING : closePayload(code, reason));
  const sends = (code?: number, reason = ''): string =>
    `send 8: ${code === undefined ? '' : closePayload(code, reason).toString('hex')}`;
  const end = role === 'server' ? ['end transport'] : [];

  it('§7.1.2 "send a Close control frame with that status code and reason", §7.1.3 and the closing handshake has started', () => {
    const { conversation, during } = recordedConversation(role);
    expect(during(() => conversation.close(3000, 'bye'))).toEqual(['begin closing', sends(3000, 'bye')]);
    expect([conversation.isOpen, conversation.readyState]).toEqual([false, 2]);
  });

  it('§7.1.2 "Once an endpoint has both sent and received a Close control frame, that endpoint SHOULD _Close the WebSocket Connection_", §7.1.1 the server at once', () => {
    for (const pieces of everyCut(theirs(1000))) {
      const { conversation, receive, during } = recordedConversation(role);
      conversation.close(1000);
      expect(receive(pieces)).toEqual(end);
      // §7.1.1: "the client ... SHOULD wait for the server to close the connection".
      if (role === 'client') expect(during(() => conversation.receiveEnd())).toEqual(['end transport']);
      conversation.transportEnded();
      expect([conversation.closeCode, conversation.readyState]).toEqual([1000, 3]);
    }
  });

  it("§7.1.2 between the two Close frames the peer's messages still arrive, pings as well", () => {
    const bytes = Buffer.concat([
      frame(peer, 0x81, 'late'),
      frame(peer, 0x89, 'p'),
      frame(peer, 0x02, 'x'),
      theirs(1000),
    ]);
    for (const pieces of everyCut(bytes)) {
      const { conversation, receive } = recordedConversation(role);
      conversation.close(1000);
      const log = receive(pieces);
      expect(log.filter((line) => !line.startsWith('send a'))).toEqual(['text: late', 'ping: p', ...end]);
    }
  });

  it('§7.1.3 whoever is asked first answers once, with the same code (§5.5.1), and the connection is in the CLOSING state', () => {
    for (const pieces of everyCut(theirs(4321, 'why'))) {
      const { conversation, receive, during } = recordedConversation(role);
      expect(receive(pieces)).toEqual(['begin closing', sends(4321, 'why'), ...end]);
      expect(during(() => conversation.close(1000))).toEqual([]);
      expect([conversation.closeCode, conversation.closeReason.toString()]).toEqual([4321, 'why']);
    }
  });

  it('§7.1.5 both at once: the code is the one in the first Close frame received, not the one that was sent', () => {
    const { conversation, receive } = recordedConversation(role);
    conversation.close(1001, 'ours');
    expect(receive([theirs(4000, 'theirs')])).toEqual(end);
    conversation.transportEnded();
    expect([conversation.closeCode, conversation.closeReason.toString()]).toEqual([4000, 'theirs']);
  });

  it('§7.1.5 "If this Close control frame contains no status code, _The WebSocket Connection Close Code_ is considered to be 1005", §7.1.6 and the reason empty', () => {
    for (const pieces of everyCut(theirs())) {
      const { conversation, receive } = recordedConversation(role);
      expect(receive(pieces)).toEqual(['begin closing', sends(), ...end]);
      expect([conversation.closeCode, conversation.closeReason]).toEqual([1005, NOTHING]);
    }
  });

  it('§7.1.5 "no Close control frame was received by the endpoint ...: considered to be 1006": the transport ends', () => {
    const { conversation, during } = recordedConversation(role);
    expect(during(() => conversation.receiveEnd())).toEqual(['begin closing', 'end transport']);
    conversation.transportEnded();
    expect([conversation.closeCode, conversation.closeReason]).toEqual([1006, NOTHING]);
  });

  it("§7.1.5 1006 too when only our own Close frame has passed, or a half of the peer's", () => {
    for (const half of [NOTHING, theirs(1000).subarray(0, 3)]) {
      const { conversation, receive } = recordedConversation(role);
      conversation.close(1000);
      receive([Buffer.from(half)]);
      conversation.receiveEnd();
      conversation.transportEnded();
      expect(conversation.closeCode).toBe(1006);
    }
  });

  it('§7.1.7 "_Fail the WebSocket Connection_": a Close frame with the code, the end at once, and nothing read any more', () => {
    const bytes = Buffer.concat([frame(peer, 0x83), frame(peer, 0x81, 'behind'), theirs(1000)]);
    for (const pieces of everyCut(bytes)) {
      const { conversation, receive } = recordedConversation(role);
      expect(receive(pieces)).toEqual(['violation: reserved-opcode', 'begin closing', sends(1002), 'end transport']);
      expect(conversation.closeCode).toBe(1006);
    }
  });

  it('§7.1.7, §5.5.1 who fails a connection behind its own Close frame sends no second one', () => {
    const { conversation, receive } = recordedConversation(role);
    conversation.close(1000);
    expect(receive([frame(peer, 0x83)])).toEqual(['violation: reserved-opcode', 'end transport']);
    expect(conversation.closeCode).toBe(1006);
  });

  it('§7.1.2 closing a second time does nothing', () => {
    const { conversation, during } = recordedConversation(role);
    conversation.close(1000);
    expect(during(() => conversation.close(4000, 'again'))).toEqual([]);
  });
});

describe('RFC 6455 §7.1, a server over TCP', () => {
  let app: WireApp;
  let count = 0;
  beforeAll(async () => {
    app = await startServer();
  });
  afterAll(() => app.close());

  async function open(
    deflate: boolean,
  ): Promise<{ client: FrameClient; socket: WireSocket; closed: Promise<readonly [number, string]> }> {
    const path = `/large${deflate ? '/deflate' : ''}?closing${++count}`;
    const headers = deflate ? { 'Sec-WebSocket-Extensions': 'permessage-deflate' } : {};
    const client = await app.client(path, { headers });
    const { socket, closed } = witnessOf(path);
    return { client, socket, closed: within(closed, 'the close event') };
  }

  describe.each([
    ['without compression', false],
    ['with compression agreed on', true],
  ])('%s', (_, deflate) => {
    it('§7.1.2 the server first: its Close, ours, then it ends the transport (§7.1.1)', async () => {
      const { client, socket, closed } = await open(deflate);
      socket.close(3000, 'bye');
      expect(await client.nextFrame()).toEqual({ firstByte: CLOSE, payload: closePayload(3000, 'bye') });
      client.close(3000);
      await client.ended();
      expect([await closed, client.waiting]).toEqual([[3000, ''], 0]);
    });

    it('§7.1.3 the client first: the code comes back, the server ends the transport (§7.1.1)', async () => {
      const { client, closed } = await open(deflate);
      client.close(1001, 'leaving');
      expect(await client.nextFrame()).toEqual({ firstByte: CLOSE, payload: closePayload(1001, 'leaving') });
      await client.ended();
      expect([await closed, client.waiting]).toEqual([[1001, 'leaving'], 0]);
    });

    it("§7.1.5 both at once: each sends one Close frame, the code is the other side's", async () => {
      const { client, socket, closed } = await open(deflate);
      socket.close(4001);
      client.close(4002);
      expect(await client.nextFrame()).toEqual({ firstByte: CLOSE, payload: closePayload(4001) });
      await client.ended();
      expect([await closed, client.waiting]).toEqual([[4002, ''], 0]);
    });

    it('§7.1.2 messages that come between the two Close frames are received, and not answered any more', async () => {
      const { client, socket, closed } = await open(deflate);
      const texts: string[] = [];
      socket.on('message', (data: Buffer) => texts.push(data.toString()));
      socket.close(1000);
      await client.nextFrame();
      client.text('late');
      client.close(1000);
      await client.ended();
      expect([await closed, texts, client.waiting]).toEqual([[1000, ''], ['late'], 0]);
    });

    it('§7.1.5 a peer that ends TCP without a Close frame: 1006', async () => {
      const { client, closed } = await open(deflate);
      client.socket.end();
      expect(await closed).toEqual([1006, '']);
      await client.ended();
    });

    it('§7.1.5 a peer that ends TCP in the middle of a frame: 1006', async () => {
      const { client, closed } = await open(deflate);
      client.write(frame('client', 0x81, 'half a frame').subarray(0, 9));
      client.socket.end();
      expect(await closed).toEqual([1006, '']);
    });

    it('§7.1.5 a peer that resets TCP: 1006', async () => {
      const { client, closed } = await open(deflate);
      await client.roundTrip();
      client.reset();
      expect(await closed).toEqual([1006, '']);
    });

    it('§7.1.5 a Close frame and the end of TCP in one: the Close frame counts', async () => {
      const { client, closed } = await open(deflate);
      client.close(4003, 'and gone');
      client.socket.end();
      expect(await closed).toEqual([4003, 'and gone']);
    });
  });
});

describe('RFC 6455 §7.1, a client over TCP', () => {
  let server: PeerServer;
  beforeAll(async () => {
    server = await PeerServer.start();
  });
  afterAll(() => server.close());

  async function open(): Promise<{ peer: Peer; socket: ClientSocket; closed: Promise<readonly [number, string]> }> {
    const connecting = connect(server.url);
    const peer = await server.next();
    await peer.accept();
    const socket = await connecting;
    const closed = new Promise<readonly [number, string]>((resolve) => {
      socket.on('close', (code: number, reason: string) => resolve([code, reason]));
    });
    socket.start();
    return { peer, socket, closed: within(closed, 'the close event') };
  }

  it('§7.1.1 the client first: it lets the server end the transport', async () => {
    const { peer, socket, closed } = await open();
    socket.close(3001, 'done');
    await peer.closeFrame();
    expect(peer.frames).toMatchObject([{ firstByte: CLOSE, payload: closePayload(3001, 'done') }]);
    peer.socket.write(frame('server', CLOSE, closePayload(3001, 'done')));
    peer.socket.end();
    expect(await closed).toEqual([3001, 'done']);
    await peer.end();
  });

  it('§7.1.3 the server first: the code goes back, masked (§5.1)', async () => {
    const { peer, closed } = await open();
    peer.socket.write(frame('server', CLOSE, closePayload(1012, 'restart')));
    await peer.closeFrame();
    expect(peer.frames).toMatchObject([{ firstByte: CLOSE, payload: closePayload(1012, 'restart') }]);
    peer.socket.end();
    expect(await closed).toEqual([1012, 'restart']);
    await peer.end();
  });

  it('§7.1.7, §7.2.1 the client fails the connection: Close frame and end, without waiting', async () => {
    const { peer, closed } = await open();
    peer.socket.write(frame('server', 0x83));
    await peer.closeFrame();
    await peer.end();
    expect(peer.frames).toMatchObject([{ firstByte: CLOSE, payload: closePayload(1002) }]);
    expect(await closed).toEqual([1006, '']);
  });

  it('§7.1.5 a server that ends TCP without a Close frame: 1006', async () => {
    const { peer, closed } = await open();
    peer.socket.end();
    expect(await closed).toEqual([1006, '']);
  });
});
