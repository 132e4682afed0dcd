// The address of a handshake, taken apart.

import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { handshakeOf, hasHandshake } from '../../../lib/gateway/handshake/handshake.js';

function requestOf(url: string | undefined, socket = new Socket()): IncomingMessage {
  const request = new IncomingMessage(socket);
  Object.assign(request, { url });
  return request;
}

describe('the handshake of a request', () => {
  it.each([
    ['/', '/', []],
    ['/rooms/a%20b', '/rooms/a%20b', []],
    ['/a?b', '/a', [['b', '']]],
    [
      '/a?b=c&b=d%20e+f',
      '/a',
      [
        ['b', 'c'],
        ['b', 'd e f'],
      ],
    ],
    ['/a?b=c?d#e', '/a', [['b', 'c?d']]],
    ['/a#b?c=d', '/a', []],
    [
      '/a?b=%zz&c=%',
      '/a',
      [
        ['b', '%zz'],
        ['c', '%'],
      ],
    ],
    ['/a?__proto__=b', '/a', [['__proto__', 'b']]],
    ['ws://elsewhere/a?b=c', '/a', [['b', 'c']]],
    ['http://elsewhere?b=c', '/', [['b', 'c']]],
    ['/http://a?b=c', '/http://a', [['b', 'c']]],
    ['', '/', []],
    [undefined, '/', []],
  ])('%s: path %s, query %j', (url, path, query) => {
    const handshake = handshakeOf(requestOf(url));
    expect([handshake.url, handshake.path, [...handshake.query]]).toEqual([url ?? '', path, query]);
  });

  it('is made once, and has no parameters where nobody set any', () => {
    const request = requestOf('/');
    expect(hasHandshake(request)).toBe(false);
    const handshake = handshakeOf(request);
    expect(hasHandshake(request)).toBe(true);
    expect(handshakeOf(request)).toBe(handshake);
    expect(handshake.request).toBe(request);
    expect(handshake.params).toEqual(Object.create(null));
  });

  it('has the parameters of whoever asked first', () => {
    const request = requestOf('/rooms/a');
    const params = { room: 'a' };
    expect(handshakeOf(request, params).params).toBe(params);
    expect(handshakeOf(request).params).toBe(params);
  });

  it('says what the request and its connection say', () => {
    const request = requestOf('/', Object.assign(new Socket(), { encrypted: true }));
    request.headers['x-field'] = 'value';
    const { headers, isEncrypted, remoteAddress } = handshakeOf(request);
    expect([headers['x-field'], isEncrypted, remoteAddress]).toEqual(['value', true, undefined]);
    expect(handshakeOf(requestOf('/')).isEncrypted).toBe(false);
  });
});
