// The fields that guards written for Express and Fastify read.

import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from '@jest/globals';
import { handshakeOf } from '../../../lib/gateway/handshake/handshake.js';
import { addRequestFields } from '../../../lib/gateway/handshake/request-fields.js';

function fieldsOf(url: string, present: object = {}): Record<string, unknown> {
  const request = Object.assign(new IncomingMessage(new Socket()), { url, ...present });
  const params = { id: '1' };
  addRequestFields(request, handshakeOf(request, params));
  const { params: added, query, ip } = request as unknown as Record<string, unknown>;
  return { params: added, query, ip };
}

it('are the parameters, the query and the address', () => {
  const { params, query, ip } = fieldsOf('/1?a=1&b=2&a=3&a=4&__proto__=5&toString=6');
  expect([params, ip]).toEqual([{ id: '1' }, undefined]);
  expect(Object.getPrototypeOf(query)).toBeNull();
  expect(Object.entries(query as object)).toEqual([
    ['a', ['1', '3', '4']],
    ['b', '2'],
    ['__proto__', '5'],
    ['toString', '6'],
  ]);
});

it('are never put in the place of what is there', () => {
  const present = { params: 'theirs', query: undefined, ip: '::1' };
  expect(fieldsOf('/1?a=1', present)).toEqual(present);
});
