// RFC 7692 §5, §7.1: which offers a server takes and how it answers, which answers a client takes; over TCP.

import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocketGateway } from '@nestjs/websockets';
import { connect } from '../../../lib/client/connect.js';
import { HandshakeRefusedError } from '../../../lib/client/handshake-refused.error.js';
import { OnText } from '../../../lib/index.js';
import { startWireApp, type WireApp } from '../../support/wire-app.js';
import { PeerServer } from '../connected.js';
import { answers, type OpeningCase, openingRequest } from '../opening.js';

abstract class SilentGateway {
  @OnText()
  ignore(): void {
    // Only the handshake matters.
  }
}
@WebSocketGateway({ path: '/takeover', compression: { takeover: true } })
class TakeoverGateway extends SilentGateway {}
@WebSocketGateway({ path: '/default', compression: true })
class DefaultGateway extends SilentGateway {}
@WebSocketGateway({ path: '/nine', compression: { takeover: true, windowBits: 9 } })
class NineGateway extends SilentGateway {}
@WebSocketGateway({ path: '/off' })
class OffGateway extends SilentGateway {}

/** @param answer undefined where the extension is declined and the connection made without it */
function offer(path: string, rule: string, offers: string | string[], answer: string | undefined): OpeningCase {
  const request = openingRequest({ 'Sec-WebSocket-Extensions': offers }, `GET ${path} HTTP/1.1`);
  return { rule: `${rule}: ${String(offers)}`, request, status: 101, fields: { 'sec-websocket-extensions': answer } };
}

const P = 'permessage-deflate';
const ACCEPTS = '§7.1 accepts';
const DECLINES = '§7.1 "A server MUST decline an extension negotiation offer ... if" it is not as it should be';

const taken: OpeningCase[] = [
  offer('/takeover', `${ACCEPTS}, without parameters`, P, P),
  offer(
    '/takeover',
    '§7.1.1.1 server_no_context_takeover is kept and said',
    `${P}; server_no_context_takeover`,
    `${P}; server_no_context_takeover`,
  ),
  offer(
    '/takeover',
    '§7.1.1.2 client_no_context_takeover is a hint that is taken',
    `${P}; client_no_context_takeover`,
    `${P}; client_no_context_takeover`,
  ),
  ...[9, 10, 11, 12, 13, 14, 15].flatMap((bits) => [
    offer(
      '/takeover',
      '§7.1.2.1 "accepts ... by including the server_max_window_bits ... with the same or smaller value"',
      `${P}; server_max_window_bits=${bits}`,
      `${P}; server_max_window_bits=${bits}`,
    ),
  ]),
  offer(
    '/takeover',
    '§7.1.2.2 client_max_window_bits without a value: nothing to say where 15 will do',
    `${P}; client_max_window_bits`,
    P,
  ),
  ...[8, 9, 14].map((bits) =>
    offer(
      '/takeover',
      '§7.1.2.2 client_max_window_bits with a value',
      `${P}; client_max_window_bits=${bits}`,
      `${P}; client_max_window_bits=${bits}`,
    ),
  ),
  offer('/takeover', '§7.1.2.2 client_max_window_bits=15', `${P}; client_max_window_bits=15`, P),
  offer(
    '/takeover',
    '§7.1 all parameters, in any order',
    `${P}; client_max_window_bits=10; client_no_context_takeover; server_max_window_bits=11; server_no_context_takeover`,
    `${P}; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=11; client_max_window_bits=10`,
  ),
  offer(
    '/takeover',
    '§5 a value may be quoted (RFC 6455 §9.1)',
    `${P}; server_max_window_bits="12"`,
    `${P}; server_max_window_bits=12`,
  ),
  offer(
    '/takeover',
    '§5 whitespace does not matter',
    ` ${P} ;server_max_window_bits = 12 `,
    `${P}; server_max_window_bits=12`,
  ),
  offer(
    '/default',
    '§7.1.1 our default: neither side keeps its window',
    P,
    `${P}; server_no_context_takeover; client_no_context_takeover`,
  ),
  offer(
    '/default',
    '§7.1.1 the default and a window asked for',
    `${P}; server_max_window_bits=10; client_max_window_bits`,
    `${P}; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10`,
  ),
  offer(
    '/nine',
    '§7.1.2.1 "A server may include server_max_window_bits ... even if" it was not asked for',
    P,
    `${P}; server_max_window_bits=9`,
  ),
  offer(
    '/nine',
    '§7.1.2.1 the smaller of both windows',
    `${P}; server_max_window_bits=12`,
    `${P}; server_max_window_bits=9`,
  ),
  offer(
    '/nine',
    '§7.1.2.2 "If a received extension negotiation offer doesn\'t have the client_max_window_bits ..., the corresponding ... response MUST NOT include" it',
    `${P}; server_no_context_takeover`,
    `${P}; server_no_context_takeover; server_max_window_bits=9`,
  ),
  offer(
    '/nine',
    '§7.1.2.2 a client that can limit its window is asked to',
    `${P}; client_max_window_bits`,
    `${P}; server_max_window_bits=9; client_max_window_bits=9`,
  ),
  offer(
    '/nine',
    '§7.1.2.2 "the same or smaller value" than the client\'s own limit',
    `${P}; client_max_window_bits=12`,
    `${P}; server_max_window_bits=9; client_max_window_bits=9`,
  ),
  offer(
    '/nine',
    "§7.1.2.2 the client's own limit when it is smaller",
    `${P}; client_max_window_bits=8`,
    `${P}; server_max_window_bits=9; client_max_window_bits=8`,
  ),
];

const MALFORMED = [
  'x_unknown',
  'server_no_context_takeover=1',
  'server_no_context_takeover=true',
  'client_no_context_takeover=1',
  'server_no_context_takeover; server_no_context_takeover',
  'client_no_context_takeover; client_no_context_takeover',
  'server_max_window_bits',
  'server_max_window_bits=7',
  'server_max_window_bits=16',
  'server_max_window_bits=0',
  'server_max_window_bits=-10',
  'server_max_window_bits=010',
  'server_max_window_bits=1e1',
  'server_max_window_bits=10.0',
  'server_max_window_bits=999999999999999999999',
  'server_max_window_bits=10; server_max_window_bits=10',
  'client_max_window_bits=7',
  'client_max_window_bits=16',
  'client_max_window_bits=08',
  'client_max_window_bits="x"',
  'client_max_window_bits; client_max_window_bits=10',
  '__proto__',
  'constructor=1',
];

const declined: OpeningCase[] = [
  ...MALFORMED.map((parameters) => offer('/takeover', DECLINES, `${P}; ${parameters}`, undefined)),
  offer(
    '/takeover',
    '§7.1.2.1 a window that cannot be kept is declined, not promised',
    `${P}; server_max_window_bits=8`,
    undefined,
  ),
  offer('/takeover', '§5 another extension', 'permessage-bzip2', undefined),
  offer('/takeover', '§5 an older name of this one', 'x-webkit-deflate-frame', undefined),
  offer('/off', '§5 compression that is not wanted here', P, undefined),
];

const several: OpeningCase[] = [
  offer(
    '/takeover',
    '§5.1 "the order of elements is important": the first that can be taken',
    `${P}; server_max_window_bits=10, ${P}`,
    `${P}; server_max_window_bits=10`,
  ),
  offer(
    '/takeover',
    '§5.1 "fallback options": the second when the first is declined',
    `${P}; server_max_window_bits=8, ${P}; server_max_window_bits=9`,
    `${P}; server_max_window_bits=9`,
  ),
  offer('/takeover', '§5.1 the second when the first is malformed', `${P}; server_max_window_bits=99, ${P}`, P),
  offer('/takeover', '§5.1 behind other extensions', ['x-one; a=1', `x-two, ${P}; client_max_window_bits`], P),
  offer('/takeover', '§5.1 none of several', `${P}; a, ${P}; b=1, ${P}; server_max_window_bits=8`, undefined),
  offer(
    '/takeover',
    '§5.1 a hundred that are declined before one that is not',
    [...Array.from({ length: 100 }, (_, i) => `${P}; p${i}`), P].join(', '),
    P,
  ),
];

describe('RFC 7692 §5, §7.1 a server', () => {
  let app: WireApp;
  beforeAll(async () => {
    app = await startWireApp({ providers: [TakeoverGateway, DefaultGateway, NineGateway, OffGateway] });
  });
  afterAll(() => app.close());
  const port = (): number => app.port;

  answers('takes an offer', port, taken);
  answers('declines an offer', port, declined);
  answers('chooses from several', port, several);
});

describe('RFC 7692 §5.1, §7.1 a client', () => {
  let server: PeerServer;
  beforeAll(async () => {
    server = await PeerServer.start();
  });
  afterAll(() => server.close());

  async function outcome(answer: string, compression = true): Promise<string | Error> {
    const connecting = connect(server.url, { compression }).catch((error: unknown) => error as Error);
    const peer = await server.next();
    await peer.accept(`Sec-WebSocket-Extensions: ${answer}`);
    const result = await connecting;
    if (result instanceof Error) {
      await peer.end();
      return result;
    }
    result.terminate();
    return result.extensions;
  }

  it.each([
    P,
    `${P}; server_no_context_takeover`,
    `${P}; client_no_context_takeover`,
    `${P}; server_max_window_bits=8`,
    `${P}; server_max_window_bits=15`,
    `${P}; client_max_window_bits=9`,
    `${P}; client_max_window_bits=15`,
    `${P}; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; client_max_window_bits=11`,
    `${P}; client_max_window_bits="10"`,
  ])('§7.1 takes the answer %s', async (answer) => {
    expect(await outcome(answer)).toBe(answer);
  });

  it.each([
    ...MALFORMED.map((parameters) => `${P}; ${parameters}`),
    `${P}; client_max_window_bits`,
    `${P}, ${P}`,
    'permessage-bzip2',
    `${P}, x-other`,
    '',
  ])('§7.1 "A client MUST _Fail the WebSocket Connection_ if the peer server accepted" with "%s"', async (answer) => {
    const error = await outcome(answer);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(HandshakeRefusedError);
  });

  it('§5.1 fails when an extension is accepted that was never offered', async () => {
    expect(await outcome(P, false)).toBeInstanceOf(Error);
  });

  it('§7.1.2.2 offers what it can follow', async () => {
    const connecting = connect(server.url, { compression: true });
    const peer = await server.next();
    await peer.accept();
    const socket = await connecting;
    expect([peer.field('Sec-WebSocket-Extensions'), socket.extensions]).toEqual([`${P}; client_max_window_bits`, '']);
    // Not accepted, hence not used (§5.1), however long the message.
    socket.send('x'.repeat(10_000));
    await peer.framesUpTo(1);
    expect(peer.frames[0]).toMatchObject({ firstByte: 0x81, payload: Buffer.alloc(10_000, 'x') });
    socket.terminate();
  });
});
