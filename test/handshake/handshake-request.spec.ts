import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import * as fc from 'fast-check';
import { isRefusal, readHandshakeRequest } from '../../lib/handshake/handshake-request.js';
import { encodeRefusal } from '../../lib/handshake/refusal.js';
import { parseHttpAnswer } from './http-answer.js';
import { accepted, type Fields, httpRequest, rawHeaders, refused } from './requests.js';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

describe('readHandshakeRequest accepts', () => {
  it('§1.2: the example of the RFC', () => {
    const request = accepted({ Origin: 'http://example.com', 'Sec-WebSocket-Protocol': 'chat, superchat' });
    expect(request).toMatchObject({
      key: KEY,
      host: 'server.example.com',
      subprotocols: ['chat', 'superchat'],
      extensions: [],
    });
    expect(request.fields.single('origin')).toBe('http://example.com');
  });

  it('§4.2.1: field names in any case', () => {
    const upper = Object.fromEntries(pairs().map(([name, value]) => [name.toUpperCase(), value]));
    const lower = Object.fromEntries(pairs().map(([name, value]) => [name.toLowerCase(), value]));
    for (const fields of [upper, lower]) {
      const result = readHandshakeRequest(httpRequest({}, { rawHeaders: Object.entries(fields).flat() }));
      expect(result).toMatchObject({ key: KEY, host: 'server.example.com' });
    }
  });

  it.each<[string, Fields]>([
    ['Upgrade in any case', { Upgrade: 'WebSocket' }],
    ['Upgrade in capitals', { Upgrade: 'WEBSOCKET' }],
    ['Upgrade in a list', { Upgrade: 'h2c, websocket' }],
    ['Upgrade in a list with gaps', { Upgrade: ',, \twebsocket\t,' }],
    ['Upgrade in a second field', { Upgrade: ['h2c', 'websocket'] }],
    ['Connection in any case', { Connection: 'uPGRADE' }],
    ['Connection with more', { Connection: 'keep-alive, Upgrade' }],
    ['Connection without spaces', { Connection: 'keep-alive,,Upgrade,' }],
    ['Connection in a second field', { Connection: ['keep-alive', 'upgrade'] }],
    ['whitespace around the key', { 'Sec-WebSocket-Key': ` ${KEY}\t` }],
    ['whitespace around the version', { 'Sec-WebSocket-Version': ' 13 ' }],
    ['a body of no bytes', { 'Content-Length': '0' }],
    ['a Host with a port', { Host: 'example.org:8080' }],
    ['a Host that is an address', { Host: '[::1]:8080' }],
    ['further fields', { Cookie: 'a=b', 'X-A': ['1', '2'], ['__proto__']: 'x' }],
  ])('§4.2.1: %s', (_, fields) => {
    expect(accepted(fields).key).toBe(KEY);
  });

  it('§4.2.1: versions of HTTP from 1.1 on', () => {
    expect(accepted({}, { httpVersionMinor: 2 }).key).toBe(KEY);
  });

  it('§11.3.4: subprotocols of several fields as one list', () => {
    expect(accepted({ 'Sec-WebSocket-Protocol': ['a, b', 'c'] }).subprotocols).toEqual(['a', 'b', 'c']);
    expect(accepted({ 'Sec-WebSocket-Protocol': ['a', ''] }).subprotocols).toEqual(['a']);
    expect(accepted().subprotocols).toEqual([]);
  });

  it('§11.3.2: extensions of several fields as one list', () => {
    const { extensions } = accepted({ 'Sec-WebSocket-Extensions': ['foo; a="1"', 'bar;b, foo'] });
    expect(extensions).toEqual([
      { name: 'foo', parameters: [['a', '1']] },
      { name: 'bar', parameters: [['b', true]] },
      { name: 'foo', parameters: [] },
    ]);
  });
});

describe('readHandshakeRequest refuses', () => {
  const repeatedKey = [KEY, KEY];
  it.each<[string, Fields, status: number]>([
    ['1. no Host', { Host: undefined }, 400],
    ['1. two Hosts', { Host: ['server.example.com', 'server.example.com'] }, 400],
    ['1. an empty Host', { Host: '' }, 400],
    ['1. a Host with a path', { Host: 'example.org/a' }, 400],
    ['1. a Host with user information', { Host: 'user@example.org' }, 400],
    ['1. a Host with spaces', { Host: 'example.org evil' }, 400],
    ['1. two names in a Host', { Host: 'a.example, b example' }, 400],
    ['1. a Host with a port that is none', { Host: 'example.org:80a' }, 400],
    ['1. a Host with two ports', { Host: 'example.org:80:80' }, 400],
    ['1. a Host that is no address', { Host: '[::1' }, 400],
    ['1. a Host of a port', { Host: ':80' }, 400],
    ['1. a Host with a backslash', { Host: 'example.org\\a' }, 400],
    ['1. a Host with a query', { Host: 'example.org?a' }, 400],
    ['1. a Host with a letter beyond ASCII', { Host: 'exämple.org' }, 400],
    ['1. a Host with a line break', { Host: 'example.org\n' }, 400],
    ['3. no Upgrade', { Upgrade: undefined }, 426],
    ['3. an empty Upgrade', { Upgrade: '' }, 426],
    ['3. another Upgrade', { Upgrade: 'h2c' }, 426],
    ['3. an Upgrade that begins alike', { Upgrade: 'websockets' }, 426],
    ['3. an Upgrade that contains it', { Upgrade: 'not websocket' }, 426],
    ['3. a quoted Upgrade', { Upgrade: '"websocket"' }, 426],
    ['3. an Upgrade with an odd space', { Upgrade: 'websocket\u00a0' }, 426],
    ['4. no Connection', { Connection: undefined }, 400],
    ['4. an empty Connection', { Connection: '' }, 400],
    ['4. another Connection', { Connection: 'keep-alive' }, 400],
    ['4. a Connection that contains it', { Connection: 'upgraded' }, 400],
    ['5. no key', { 'Sec-WebSocket-Key': undefined }, 400],
    ['5. two keys', { 'Sec-WebSocket-Key': repeatedKey }, 400],
    ['5. two keys in one', { 'Sec-WebSocket-Key': repeatedKey.join(', ') }, 400],
    ['5. an empty key', { 'Sec-WebSocket-Key': '' }, 400],
    ['5. a key of 15 bytes', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25j' }, 400],
    ['5. a key of 17 bytes', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZWU=' }, 400],
    ['5. a key of other letters', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25j*Q==' }, 400],
    ['6. no version', { 'Sec-WebSocket-Version': undefined }, 426],
    ['6. an empty version', { 'Sec-WebSocket-Version': '' }, 426],
    ['6. an older version', { 'Sec-WebSocket-Version': '8' }, 426],
    ['6. a newer version', { 'Sec-WebSocket-Version': '14' }, 426],
    ['6. several versions', { 'Sec-WebSocket-Version': '13, 8' }, 426],
    ['6. an odd version', { 'Sec-WebSocket-Version': '+13' }, 426],
    ['6. a long version', { 'Sec-WebSocket-Version': '013' }, 426],
    ['6. the version twice', { 'Sec-WebSocket-Version': ['13', '13'] }, 400],
    ['6. another version and ours', { 'Sec-WebSocket-Version': ['8', '13'] }, 400],
    ['8. no subprotocol in the field', { 'Sec-WebSocket-Protocol': '' }, 400],
    ['8. a subprotocol that is no token', { 'Sec-WebSocket-Protocol': 'a b' }, 400],
    ['8. a subprotocol in quotes', { 'Sec-WebSocket-Protocol': '"chat"' }, 400],
    ['8. a subprotocol twice', { 'Sec-WebSocket-Protocol': 'chat, superchat, chat' }, 400],
    ['8. a subprotocol in two fields', { 'Sec-WebSocket-Protocol': ['chat', 'chat'] }, 400],
    ['9. no extension in the field', { 'Sec-WebSocket-Extensions': '' }, 400],
    ['9. extensions against the grammar', { 'Sec-WebSocket-Extensions': 'foo; a="' }, 400],
    ['9. extensions against the grammar in one of two fields', { 'Sec-WebSocket-Extensions': ['foo', 'bar;'] }, 400],
    ['a body', { 'Content-Length': '5' }, 400],
    ['a body of odd length', { 'Content-Length': '00' }, 400],
    ['a body of negative length', { 'Content-Length': '-0' }, 400],
    ['a body of a length in one of two fields', { 'Content-Length': ['0', '5'] }, 400],
    ['a body in chunks', { 'Transfer-Encoding': 'chunked' }, 400],
    ['a body in an empty encoding', { 'Transfer-Encoding': '' }, 400],
    ['a body in chunks that says it is empty', { 'Transfer-Encoding': 'chunked', 'Content-Length': '0' }, 400],
  ])('§4.2.1, %s', (_, fields, status) => {
    const refusal = refused(fields);
    expect(refusal.status).toBe(status);
    expect(parseHttpAnswer(encodeRefusal(refusal)).status).toBe(status);
  });

  it.each(['POST', 'HEAD', 'get', 'OPTIONS', 'CONNECT', 'PUT', '', undefined])('§4.2.1: the method %p', (method) => {
    const { fields, status } = parseHttpAnswer(encodeRefusal(refused({}, { method })));
    expect([status, fields.get('allow')]).toEqual([405, 'GET']);
  });

  it.each([
    [1, 0],
    [0, 9],
    [2, 0],
    [2, 1],
    [3, 0],
  ])('§4.2.1: HTTP/%i.%i', (httpVersionMajor, httpVersionMinor) => {
    expect(refused({}, { httpVersionMajor, httpVersionMinor }).status).toBe(400);
  });

  it('§4.4: another version, naming the one that is spoken here', () => {
    const { fields } = parseHttpAnswer(encodeRefusal(refused({ 'Sec-WebSocket-Version': '12' })));
    expect([fields.get('sec-websocket-version'), fields.get('upgrade')]).toEqual(['13', 'websocket']);
  });

  it('a request that has more fields than Node shows', () => {
    const fillers = (count: number) => Array.from({ length: count }, (_, i) => [`X-${i}`, '']).flat();
    const own = rawHeaders().length / 2;
    expect(
      isRefusal(readHandshakeRequest(httpRequest({}, { rawHeaders: [...rawHeaders(), ...fillers(1000 - own)] }))),
    ).toBe(false);
    expect(
      readHandshakeRequest(httpRequest({}, { rawHeaders: [...rawHeaders(), ...fillers(1001 - own)] })),
    ).toMatchObject({ status: 400 });
  });

  it('a request of which Node hides the last fields', async () => {
    const server = createServer().listen(0);
    const upgrade = once(server, 'upgrade');
    const client = connect((server.address() as AddressInfo).port);
    const lines = [
      ...pairs().map(([name, value]) => `${name}: ${value}`),
      ...Array.from({ length: 1500 }, () => 'X:'),
      'Content-Length: 5',
    ];
    client.on('error', () => undefined).write(`GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\nhello`);
    const [request] = (await upgrade) as [IncomingMessage];
    client.destroy();
    server.close();
    expect(request.rawHeaders).not.toContain('Content-Length');
    expect(readHandshakeRequest(request)).toMatchObject({ status: 400 });
  });
});

describe('readHandshakeRequest, whatever comes', () => {
  const names = fc.constantFrom(
    'Host',
    'upgrade',
    'CONNECTION',
    'Sec-WebSocket-Key',
    'Sec-WebSocket-Version',
    'Sec-WebSocket-Protocol',
    'Sec-WebSocket-Extensions',
    'Content-Length',
    '__proto__',
  );
  const values = fc.oneof(
    fc.constantFrom('marker', 'websocket', 'Upgrade', KEY, '13', '', 'a; marker="', 'marker\r\nX: y', '0'),
    fc.string({ unit: 'binary' }),
  );

  it('never throws, and a refusal repeats nothing of it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(names, values), { maxLength: 12 }), fc.boolean(), (fields, withGoodOnes) => {
        const result = readHandshakeRequest(
          httpRequest({}, { rawHeaders: [...(withGoodOnes ? rawHeaders() : []), ...fields.flat()] }),
        );
        if (!isRefusal(result)) return;
        const bytes = encodeRefusal(result);
        parseHttpAnswer(bytes);
        expect(bytes.toString('latin1')).not.toContain('marker');
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    'Host',
    'Upgrade',
    'Connection',
    'Sec-WebSocket-Key',
    'Sec-WebSocket-Version',
    'Sec-WebSocket-Protocol',
    'Sec-WebSocket-Extensions',
    'Content-Length',
  ])('reads a hostile %s in linear time', (name) => {
    for (const unit of [' ', ',', 'a;', '"', '\\', 'a,', '[', ':', '0', 'a.', '\t,']) {
      const value = unit.repeat((1024 * 1024) / unit.length);
      for (const hostile of [value, `${value}\0`, `a; b="${value}`])
        readHandshakeRequest(httpRequest({ [name]: hostile }));
    }
  });
});

function pairs(): [string, string][] {
  const raw = rawHeaders();
  return raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1]!] as [string, string]] : []));
}
