// How a connection ends for an error: what the error names, or nothing.

import { describe, expect, it } from '@jest/globals';
import { HttpException } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { closeStatusOf } from '../../../lib/gateway/socket/close-status.js';

const withCode = (code: unknown): WsException => Object.assign(new WsException('No seat left'), { code });

describe('closeStatusOf', () => {
  it.each([
    ['of an object', new WsException({ code: 4001, message: 'No seat left' }), 4001, 'No seat left'],
    ['of an object without a message', new WsException({ code: 1013 }), 1013, ''],
    ['with a field', withCode(4001), 4001, 'No seat left'],
    ['whose message is too long for a frame', new WsException({ code: 4001, message: 'é'.repeat(62) }), 4001, ''],
    ['that is like one', { getError: () => ({ code: 3000, message: 'x' }) }, 3000, 'x'],
  ])('a WsException %s names its code', (_name, error, code, reason) => {
    expect(closeStatusOf(error)).toEqual({ code, reason });
  });

  it.each([
    ['says nothing of a code', new WsException('No seat left')],
    ['has a code that must not be sent', new WsException({ code: 1006 })],
    ['has a field that must not be sent', withCode(999)],
    ['has a code that is no number', withCode('4001')],
    ['is for HTTP', new HttpException('secret', 403)],
    ['has a code, and is no WsException', Object.assign(new Error('secret'), { code: 4001 })],
    ['is nothing', undefined],
    ['is null', null],
  ])('any other is 1011 without a word: one that %s', (_name, error) => {
    expect(closeStatusOf(error)).toEqual({ code: 1011, reason: '' });
  });
});
