// RFC 6455 §4.2 to §4.4: the client's opening handshake as a server reads it, field by field, and the server's answer.

import { afterAll, beforeAll, describe } from '@jest/globals';
import { WebSocketGateway } from '@nestjs/websockets';
import { OnText } from '../../../lib/index.js';
import { startWireApp, type WireApp } from '../../support/wire-app.js';
import { ACCEPT, answers, type Fields, type OpeningCase, openingRequest } from '../opening.js';

@WebSocketGateway({ path: '/chat', subprotocols: ['chat', 'superchat'], compression: { takeover: true } })
class ChatGateway {
  @OnText()
  ignore(): void {
    // Nobody comes so far.
  }
}

const KEY = 'Sec-WebSocket-Key';
const VERSION = 'Sec-WebSocket-Version';
const PROTOCOL = 'Sec-WebSocket-Protocol';
const EXTENSIONS = 'Sec-WebSocket-Extensions';

const accepts = (rule: string, changes: Fields, fields: OpeningCase['fields'] = {}): OpeningCase => ({
  rule,
  request: openingRequest(changes),
  status: 101,
  fields: { 'sec-websocket-accept': ACCEPT, ...fields },
});
const refuses = (status: number, rule: string, changes: Fields, fields?: OpeningCase['fields']): OpeningCase => ({
  rule,
  request: openingRequest(changes),
  status,
  ...(fields && { fields }),
});
const line = (status: number, rule: string, requestLine: string, fields?: OpeningCase['fields']): OpeningCase => ({
  rule,
  request: openingRequest({}, requestLine),
  status,
  ...(fields && { fields }),
});

const requestLine: OpeningCase[] = [
  line(101, '§4.2.1, 1 "An HTTP/1.1 or higher GET request"', 'GET /chat HTTP/1.1'),
  line(101, '§4.2.1, 1 the Request-URI may have a query (§3)', 'GET /chat?room=1&x=%20 HTTP/1.1'),
  line(101, '§4.2.1, 1 "... or an absolute HTTP/HTTPS URI"', 'GET http://server.example.com/chat HTTP/1.1'),
  line(405, '§4.2.1, 1 a POST is no GET', 'POST /chat HTTP/1.1', { allow: 'GET' }),
  line(405, '§4.2.1, 1 nor is a HEAD', 'HEAD /chat HTTP/1.1', { allow: 'GET' }),
  line(405, '§4.2.1, 1 nor is an OPTIONS', 'OPTIONS /chat HTTP/1.1', { allow: 'GET' }),
  line(400, '§4.2.1, 1 HTTP/1.0 is less than HTTP/1.1', 'GET /chat HTTP/1.0'),
  line(400, '§4.2.1, 1 what is no request line is no HTTP', 'GET /chat'),
  line(
    404,
    '§4.2.2 "/resource name/ ... if the requested service is not available, the server MUST send an appropriate HTTP error code"',
    'GET /nobody HTTP/1.1',
  ),
  line(404, '§4.2.2 the resource name is compared exactly', 'GET /chat/ HTTP/1.1'),
];

const host: OpeningCase[] = [
  accepts('§4.2.1, 2 "A |Host| header field containing the server\'s authority", with a port', {
    Host: 'example.com:81',
  }),
  accepts('§4.2.1, 2 an IPv6 address as the authority', { Host: '[::1]:3000' }),
  refuses(400, '§4.2.1, 2 no Host', { Host: undefined }),
  refuses(400, '§4.2.1, 2 two Hosts', { Host: ['a.example', 'b.example'] }),
  refuses(400, '§4.2.1, 2 an empty Host', { Host: '' }),
  refuses(400, '§4.2.1, 2 a Host that is no authority', { Host: 'a.example/path' }),
];

/** Where Node's parser sees no upgrade at all, the request is plain HTTP, for which the application has no page. */
const upgrade: OpeningCase[] = [
  accepts(
    '§4.2.1, 3 "An |Upgrade| header field containing the value \\"websocket\\", treated as an ASCII case-insensitive value"',
    { Upgrade: 'WebSocket' },
  ),
  accepts('§4.2.1, 3 WEBSOCKET in capitals', { Upgrade: 'WEBSOCKET' }),
  accepts('§4.2.1, 3 one of several protocols', { Upgrade: 'h2c, websocket' }),
  refuses(426, '§4.2.1, 3 another protocol', { Upgrade: 'h2c' }, { upgrade: 'websocket' }),
  refuses(426, '§4.2.1, 3 "websocket" within a longer word', { Upgrade: 'websockets' }, { upgrade: 'websocket' }),
  refuses(404, '§4.2.1, 3 no Upgrade', { Upgrade: undefined }),
  accepts(
    '§4.2.1, 4 "A |Connection| header field that includes the token \\"Upgrade\\", treated as an ASCII case-insensitive value"',
    { Connection: 'upgrade' },
  ),
  accepts('§4.2.1, 4 beside another token', { Connection: 'keep-alive, Upgrade' }),
  accepts('§4.2.1, 4 UPGRADE in capitals, in a field of its own', { Connection: ['keep-alive', 'UPGRADE'] }),
  refuses(404, '§4.2.1, 4 another token alone', { Connection: 'close' }),
  refuses(404, '§4.2.1, 4 no Connection', { Connection: undefined }),
];

const key: OpeningCase[] = [
  accepts("§4.2.2, 5.4 the accept value of the RFC's own example (§1.3)", {}),
  accepts(
    '§4.2.2, 5.4 "the value ... does not need to be base64-decoded": 16 zero bytes',
    { [KEY]: 'AAAAAAAAAAAAAAAAAAAAAA==' },
    { 'sec-websocket-accept': 'ICX+Yqv66kxgM0FcWaLWlFLwTAI=' },
  ),
  accepts('§4.1 "leading and trailing whitespace" is no part of the value', { [KEY]: '  dGhlIHNhbXBsZSBub25jZQ==\t ' }),
  refuses(400, '§4.2.1, 5 no key', { [KEY]: undefined }),
  refuses(400, '§4.2.1, 5 an empty key', { [KEY]: '' }),
  refuses(400, '§4.2.1, 5, §11.3.1 two keys', { [KEY]: ['dGhlIHNhbXBsZSBub25jZQ==', 'dGhlIHNhbXBsZSBub25jZQ=='] }),
  refuses(400, '§4.2.1, 5 "when decoded, is 16 bytes in length": 15 bytes', { [KEY]: 'AAAAAAAAAAAAAAAAAAAA' }),
  refuses(400, '§4.2.1, 5 "when decoded, is 16 bytes in length": 17 bytes', { [KEY]: 'AAAAAAAAAAAAAAAAAAAAAAA=' }),
  refuses(400, '§4.2.1, 5 what is not base64', { [KEY]: 'dGhlIHNhbXBsZSBub25j*Q==' }),
  refuses(400, '§4.2.1, 5 base64 of the URL kind', { [KEY]: 'dGhlIHNhbXBsZSBub25_-Q==' }),
  refuses(400, '§4.2.1, 5 base64 without its padding', { [KEY]: 'dGhlIHNhbXBsZSBub25jZQ' }),
];

const version: OpeningCase[] = [
  ...['0', '8', '12', '14', '255', '013', '13.0', 'abc', '', '13, 8', '-13'].map((value) =>
    refuses(
      426,
      `§4.2.1, 6, §4.4 version "${value}": "abort ... and send an appropriate HTTP error code (such as 426 Upgrade Required) and a |Sec-WebSocket-Version| header field"`,
      { [VERSION]: value },
      { 'sec-websocket-version': '13', upgrade: 'websocket' },
    ),
  ),
  refuses(426, '§4.2.1, 6 no version', { [VERSION]: undefined }, { 'sec-websocket-version': '13' }),
  refuses(400, '§11.3.5 the version "MUST NOT appear more than once in an HTTP request"', { [VERSION]: ['13', '13'] }),
];

const origin: OpeningCase[] = [
  accepts('§4.2.1, 7 "Optionally, an |Origin| header field. This header field is sent by all browser clients"', {
    Origin: undefined,
  }),
  accepts("§10.2 the server's own page", { Origin: 'http://server.example.com' }),
  refuses(
    403,
    '§4.2.2, 4, §10.2 "If the server does not wish to accept this connection, it MUST return ... 403 Forbidden"',
    { Origin: 'http://evil.example' },
  ),
  refuses(403, '§10.2 another port is another origin', { Origin: 'http://server.example.com:8080' }),
  refuses(403, '§10.2 an opaque origin', { Origin: 'null' }),
];

const protocols: OpeningCase[] = [
  accepts(
    '§4.2.2, 5.5 no subprotocol asked for: "the absence of such a field is equivalent to the null value"',
    {},
    { 'sec-websocket-protocol': undefined },
  ),
  accepts(
    '§4.2.2 "a single value representing the subprotocol the server is ready to use", of those offered',
    { [PROTOCOL]: 'superchat' },
    { 'sec-websocket-protocol': 'superchat' },
  ),
  accepts(
    '§4.1, 10 "ordered by preference": the first that both speak',
    { [PROTOCOL]: 'mqtt, superchat, chat' },
    { 'sec-websocket-protocol': 'superchat' },
  ),
  accepts(
    '§11.3.4 the field "MAY appear multiple times", which means one list',
    { [PROTOCOL]: ['mqtt', 'chat, superchat'] },
    { 'sec-websocket-protocol': 'chat' },
  ),
  accepts(
    '§4.2.2 "If the server does not agree to any ... it MUST NOT send back a |Sec-WebSocket-Protocol|"',
    { [PROTOCOL]: 'mqtt' },
    { 'sec-websocket-protocol': undefined },
  ),
  accepts(
    '§4.2.2 subprotocols are compared with regard to case',
    { [PROTOCOL]: 'Chat' },
    { 'sec-websocket-protocol': undefined },
  ),
  refuses(400, '§4.1, 10, §4.3 elements "MUST all be unique strings"', { [PROTOCOL]: 'chat, chat' }),
  refuses(400, '§4.3 an element that is no token', { [PROTOCOL]: 'chat, sup er' }),
  refuses(400, '§4.3 "1#token": an empty list', { [PROTOCOL]: ' , ' }),
];

const extensions: OpeningCase[] = [
  accepts(
    '§4.2.1, 9, §9.1 an extension that is not known here is not accepted',
    { [EXTENSIONS]: 'x-unknown; a=1; b="c"' },
    { 'sec-websocket-extensions': undefined },
  ),
  accepts(
    '§9.1 what is accepted is named, and only that',
    { [EXTENSIONS]: 'x-unknown, permessage-deflate' },
    { 'sec-websocket-extensions': 'permessage-deflate' },
  ),
  accepts(
    '§9.1 the field "MAY be split across multiple lines"',
    { [EXTENSIONS]: ['x-unknown', 'permessage-deflate'] },
    { 'sec-websocket-extensions': 'permessage-deflate' },
  ),
  accepts('§4.2.2 none asked for, none named', {}, { 'sec-websocket-extensions': undefined }),
  ...[';', 'permessage-deflate;', 'permessage-deflate; =1', 'permessage-deflate; a="b', 'x y', ',', 'a;b="c d"'].map(
    (value) =>
      refuses(400, `§9.1 "If a value ... does not conform to the ABNF ... MUST immediately _Fail_": ${value}`, {
        [EXTENSIONS]: value,
      }),
  ),
];

const fields: OpeningCase[] = [
  accepts('§4.2.1, 10 "Optionally, other header fields, such as those used to send cookies": they change nothing', {
    Cookie: 'a=b',
    Authorization: 'Basic x',
    'X-Unknown': 'y',
  }),
  {
    rule: '§4.2.1 "names are compared in a case-insensitive manner"',
    request:
      'GET /chat HTTP/1.1\r\nhOST: x\r\nUPGRADE: websocket\r\nconnection: Upgrade\r\nsEC-wEBSOCKET-kEY: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n',
    status: 101,
    fields: { 'sec-websocket-accept': ACCEPT },
  },
  {
    rule: '§4.2.1 "the order of the header fields is not significant", nor is the whitespace around their values',
    request:
      'GET /chat HTTP/1.1\r\nSec-WebSocket-Version:13\r\nSec-WebSocket-Key:dGhlIHNhbXBsZSBub25jZQ==\r\nConnection:\tUpgrade \r\nUpgrade:websocket  \r\nHost:x\r\n\r\n',
    status: 101,
    fields: { 'sec-websocket-accept': ACCEPT },
  },
  refuses(400, '§4.2.1, RFC 9110 §6.4 a handshake has no body', { 'Content-Length': '5' }),
  refuses(400, '§4.2.1, RFC 9112 §6.1 nor one in chunks', { 'Transfer-Encoding': 'chunked' }),
  accepts('§4.2.1 a body of no length is none', { 'Content-Length': '0' }),
];

describe('RFC 6455 §4.2 Server-Side Requirements', () => {
  let app: WireApp;
  beforeAll(async () => {
    app = await startWireApp({ providers: [ChatGateway] });
  });
  afterAll(() => app.close());
  const port = (): number => app.port;

  answers('the request line', port, requestLine);
  answers('Host', port, host);
  answers('Upgrade and Connection', port, upgrade);
  answers('Sec-WebSocket-Key', port, key);
  answers('Sec-WebSocket-Version', port, version);
  answers('Origin', port, origin);
  answers('Sec-WebSocket-Protocol', port, protocols);
  answers('Sec-WebSocket-Extensions', port, extensions);
  answers('fields', port, fields);
});
