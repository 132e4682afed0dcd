import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { acceptKey, isHandshakeKey } from '../../lib/handshake/handshake-key.js';

describe('acceptKey', () => {
  it.each([
    ['dGhlIHNhbXBsZSBub25jZQ==', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='],
    ['xqBt3ImNzJbYqRINxEFlkg==', 'K7DJLdLooIwIG/MOpvWFB3y3FE8='],
  ])('§1.3: answers %s with %s', (key, accept) => {
    expect(acceptKey(key)).toBe(accept);
  });
});

describe('isHandshakeKey', () => {
  it('§4.1: takes any 16 bytes in base64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        expect(isHandshakeKey(Buffer.from(bytes).toString('base64'))).toBe(true);
      }),
    );
  });

  it('§4.1: refuses any other number of bytes', () => {
    for (let length = 0; length < 40; length++) {
      if (length !== 16) expect(isHandshakeKey(Buffer.alloc(length, 0xa5).toString('base64'))).toBe(false);
    }
  });

  it.each([
    'dGhlIHNhbXBsZSBub25jZQ',
    'dGhlIHNhbXBsZSBub25jZQ=',
    'dGhlIHNhbXBsZSBub25jZQ===',
    ' dGhlIHNhbXBsZSBub25jZQ==',
    'dGhlIHNhbXBsZSBub25jZQ==\n',
    'dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==',
    'dGhlIHNhbXBsZS_ub25jZQ==',
    'dGhlIHNhbXBsZS-ub25jZQ==',
    'dGhlIHNhb\u0000BsZSBub25jZQ==',
    'dGhlIHNhbXBsZSBub25jéQ==',
    '==dGhlIHNhbXBsZSBub25jZQ',
  ])('§4.1: refuses %p', (key) => {
    expect(isHandshakeKey(key)).toBe(false);
  });
});
