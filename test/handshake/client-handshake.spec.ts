import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import {
  type HandshakeAgreement,
  HandshakeError,
  handshakeFields,
  type HandshakeOffer,
  readHandshakeAnswer,
} from '../../lib/handshake/client-handshake.js';
import { isRefusal, readHandshakeRequest } from '../../lib/handshake/handshake-request.js';
import { encodeHandshakeResponse } from '../../lib/handshake/handshake-response.js';
import { DEFLATE_OFFER } from '../../lib/handshake/permessage-deflate.js';
import { httpRequest } from './requests.js';

// The key of RFC 6455 §1.3 and what answers it.
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
const OFFER: HandshakeOffer = { key: KEY, subprotocols: ['chat', 'superchat'], extensions: DEFLATE_OFFER };
const BARE: HandshakeOffer = { key: KEY, subprotocols: [], extensions: undefined };

type Answer = Record<string, string | readonly string[] | undefined>;

/** The answer of §1.3; a list stands for a field that comes several times, `undefined` for one that is missing. */
function read(changes: Answer = {}, offer: HandshakeOffer = OFFER): HandshakeAgreement {
  const fields: Answer = { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Accept': ACCEPT, ...changes };
  const rawHeaders = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().flatMap((each) => [name, each]),
  );
  return readHandshakeAnswer(rawHeaders, offer);
}

function complaint(changes: Answer, offer?: HandshakeOffer): string {
  try {
    read(changes, offer);
  } catch (error) {
    expect(error).toBeInstanceOf(HandshakeError);
    return (error as HandshakeError).message;
  }
  throw new Error('the answer was accepted');
}

describe('handshakeFields', () => {
  it('§4.1, 5 to 9: what every handshake says', () => {
    expect(handshakeFields(BARE)).toEqual({
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Key': KEY,
      'Sec-WebSocket-Version': '13',
    });
  });

  it('§4.1, 10 and 11: subprotocols in order of preference, and extensions', () => {
    expect(handshakeFields(OFFER)).toMatchObject({
      'Sec-WebSocket-Protocol': 'chat, superchat',
      'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
    });
  });

  it('is a handshake that our server accepts', () => {
    const request = readHandshakeRequest(httpRequest({ ...handshakeFields(OFFER) }));
    expect(request).toMatchObject({
      key: KEY,
      subprotocols: ['chat', 'superchat'],
      extensions: [{ name: 'permessage-deflate', parameters: [['client_max_window_bits', true]] }],
    });
  });
});

describe('readHandshakeAnswer accepts', () => {
  it('§1.3: the example of the RFC', () => {
    expect(read({}, BARE)).toEqual({ subprotocol: '', extensions: '', deflate: undefined });
    expect(read()).toEqual({ subprotocol: '', extensions: '', deflate: undefined });
  });

  it.each<[string, Answer]>([
    ['Upgrade in any case', { Upgrade: 'WebSocket' }],
    ['Connection in any case', { Connection: 'UPGRADE' }],
    ['Connection as a list', { Connection: 'keep-alive, upgrade' }],
    ['Connection in two fields', { Connection: ['keep-alive', 'Upgrade'] }],
    ['white space around values', { Upgrade: ' websocket\t', 'Sec-WebSocket-Accept': ` ${ACCEPT} ` }],
    ['fields of no concern', { Server: 'x', 'Set-Cookie': ['a=b', 'c=d'], 'Sec-WebSocket-Version': '13' }],
  ])('%s', (_, changes) => {
    expect(read(changes)).toEqual({ subprotocol: '', extensions: '', deflate: undefined });
  });

  it('field names in any case', () => {
    expect(
      readHandshakeAnswer(
        [
          'UPGRADE',
          'websocket',
          'connection',
          'Upgrade',
          'sec-WEBSOCKET-accept',
          ACCEPT,
          'SEC-WEBSOCKET-PROTOCOL',
          'chat',
        ],
        OFFER,
      ).subprotocol,
    ).toBe('chat');
  });

  it.each(['chat', 'superchat'])('the subprotocol %s', (subprotocol) => {
    expect(read({ 'Sec-WebSocket-Protocol': subprotocol }).subprotocol).toBe(subprotocol);
  });

  const ALL = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: 15,
    clientMaxWindowBits: 15,
  };

  it.each<[string, object]>([
    ['permessage-deflate', {}],
    ['permessage-deflate; server_no_context_takeover', { serverNoContextTakeover: true }],
    ['permessage-deflate; client_no_context_takeover', { clientNoContextTakeover: true }],
    ['permessage-deflate; server_max_window_bits=8', { serverMaxWindowBits: 8 }],
    ['permessage-deflate; server_max_window_bits="10"', { serverMaxWindowBits: 10 }],
    ['permessage-deflate; client_max_window_bits=9', { clientMaxWindowBits: 9 }],
    [' permessage-deflate ;server_max_window_bits = 15 , ', {}],
    [
      'permessage-deflate; client_max_window_bits=12; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=11',
      {
        serverNoContextTakeover: true,
        clientNoContextTakeover: true,
        serverMaxWindowBits: 11,
        clientMaxWindowBits: 12,
      },
    ],
  ])('RFC 7692 §7.1: %s', (extensions, agreed) => {
    expect(read({ 'Sec-WebSocket-Extensions': extensions })).toEqual({
      subprotocol: '',
      extensions,
      deflate: { ...ALL, ...agreed },
    });
  });
});

describe('readHandshakeAnswer fails', () => {
  it.each<[string, Answer]>([
    ['without Upgrade', { Upgrade: undefined }],
    ['to another protocol', { Upgrade: 'h2c' }],
    ['to more than one', { Upgrade: 'websocket, h2c' }],
    ['twice', { Upgrade: ['websocket', 'websocket'] }],
    ['in letters that only look alike', { Upgrade: 'web\u017Focket' }],
  ])('§4.1, 2: an upgrade %s', (_, changes) => {
    expect(complaint(changes)).toBe('the answer does not upgrade to "websocket"');
  });

  it.each<[string, Answer]>([
    ['no Connection', { Connection: undefined }],
    ['another one', { Connection: 'close' }],
    ['a token that contains it', { Connection: 'no-upgrade, upgraded' }],
  ])('§4.1, 3: %s', (_, changes) => {
    expect(complaint(changes)).toBe('the answer has no Connection field that names "Upgrade"');
  });

  it.each<[string, string | readonly string[] | undefined]>([
    ['missing', undefined],
    ['empty', ''],
    ['the key itself', KEY],
    ['in another case', ACCEPT.toLowerCase()],
    ['for another key', 'HSmrc0sMlYUkAGmm5OPpG2HaGWk='],
    ['with something behind it', `${ACCEPT}=`],
    ['twice', [ACCEPT, ACCEPT]],
  ])('§4.1, 4: an accept value that is %s', (_, accept) => {
    expect(complaint({ 'Sec-WebSocket-Accept': accept })).toBe('Sec-WebSocket-Accept does not answer the key');
  });

  it.each<[string | readonly string[], HandshakeOffer]>([
    ['other', OFFER],
    ['CHAT', OFFER],
    ['chat, superchat', OFFER],
    [['chat', 'superchat'], OFFER],
    ['', OFFER],
    ['chat', BARE],
  ])('§4.1, 6: the subprotocol %j', (subprotocol, offer) => {
    expect(complaint({ 'Sec-WebSocket-Protocol': subprotocol }, offer)).toBe(
      'the server chose a subprotocol that was not offered',
    );
  });

  it.each<[string | readonly string[], HandshakeOffer]>([
    ['permessage-deflate', BARE],
    ['x-webkit-deflate-frame', OFFER],
    ['', OFFER],
    ['permessage-deflate; "', OFFER],
    [['permessage-deflate', 'permessage-deflate'], OFFER],
    ['permessage-deflate, x-other', OFFER],
    ['Permessage-Deflate', OFFER],
    ['permessage-deflate; other', OFFER],
    ['permessage-deflate; server_no_context_takeover; server_no_context_takeover', OFFER],
    ['permessage-deflate; server_no_context_takeover=true', OFFER],
    ['permessage-deflate; client_no_context_takeover=1', OFFER],
    ['permessage-deflate; server_max_window_bits', OFFER],
    ['permessage-deflate; server_max_window_bits=7', OFFER],
    ['permessage-deflate; server_max_window_bits=16', OFFER],
    ['permessage-deflate; server_max_window_bits=010', OFFER],
    ['permessage-deflate; client_max_window_bits', OFFER],
    // Allowed by the RFC, but a window that zlib cannot keep when it compresses.
    ['permessage-deflate; client_max_window_bits=8', OFFER],
  ])('§4.1, 5 and RFC 7692 §7.1: the extensions %j', (extensions, offer) => {
    expect(complaint({ 'Sec-WebSocket-Extensions': extensions }, offer)).toBe(
      'the server chose extensions or parameters that were not offered',
    );
  });
});

describe('whatever comes', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 });
  const name = fc.constantFrom(
    'Upgrade',
    'Connection',
    'Sec-WebSocket-Accept',
    'Sec-WebSocket-Protocol',
    'Sec-WebSocket-Extensions',
    '__proto__',
  );
  const value = fc.oneof(text, fc.constantFrom('websocket', 'Upgrade', ACCEPT, 'chat', 'permessage-deflate'));

  it('an answer is either an agreement on what was offered, or a HandshakeError', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 8 }), (fields) => {
        const changes = Object.fromEntries(fields);
        try {
          expect(['', 'chat', 'superchat']).toContain(read(changes).subprotocol);
        } catch (error) {
          expect(error).toBeInstanceOf(HandshakeError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('what our server answers is what our client reads', () => {
    const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}$/);
    const key = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    fc.assert(
      fc.property(key, fc.uniqueArray(token, { maxLength: 5 }), fc.nat(4), (key, subprotocols, choice) => {
        const offer: HandshakeOffer = { key, subprotocols, extensions: undefined };
        const request = readHandshakeRequest(httpRequest({ ...handshakeFields(offer) }));
        if (isRefusal(request)) throw new Error(request.message);
        const subprotocol = subprotocols[choice];
        const [, ...lines] = encodeHandshakeResponse(request, { subprotocol })
          .toString('latin1')
          .trimEnd()
          .split('\r\n');
        const answer = lines.flatMap((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]);
        expect(readHandshakeAnswer(answer, offer).subprotocol).toBe(subprotocol ?? '');
      }),
    );
  });
});
