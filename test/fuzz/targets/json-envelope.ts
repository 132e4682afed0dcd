// The JSON envelope: any text is an event, a cancellation or nothing, with an id that is one; what is answered to it can be
// read again; and no name in it reaches a prototype.

import { Buffer } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import {
  decodeText,
  encodeComplete,
  encodeError,
  encodeEvent,
  encodeNext,
  isEventResponse,
} from '../../../lib/envelope/json-envelope.js';
import { must, readInput } from '../target.js';

export function jsonEnvelope(input: Uint8Array): string {
  const { bytes } = readInput(input);
  const incoming = decodeText(bytes.toString('utf8'));
  must(Object.keys(Object.prototype).length === 0 && !('polluted' in {}), 'no prototype is changed');
  if (incoming.type === 'invalid') return incoming.reason;
  const { id } = incoming;
  if (id !== undefined) {
    must(typeof id === 'number' ? Number.isSafeInteger(id) : Buffer.byteLength(id) <= 64, 'an id is as documented');
    must(
      isDeepStrictEqual(JSON.parse(encodeComplete(id)), asJson({ id, type: 'complete' })),
      'complete carries the id',
    );
    const error = { status: 400, code: 'X', message: 'x' };
    must(
      isDeepStrictEqual(JSON.parse(encodeError(id, error)), asJson({ id, type: 'error', error })),
      'errors carry the id',
    );
  }
  if (incoming.type === 'request')
    must(Number.isSafeInteger(incoming.values) && incoming.values > 0, 'a credit is one');
  if (incoming.type !== 'event') return `${incoming.type} ${typeof id}`;
  const { event, data } = incoming;
  if (typeof event === 'string') {
    must(
      isDeepStrictEqual(JSON.parse(encodeEvent(event, data)), asJson({ event, data })),
      'an event can be read again',
    );
  }
  if (id !== undefined) {
    const next = isEventResponse(data)
      ? { id, type: 'next', event: data.event, data: data.data }
      : { id, type: 'next', data };
    must(isDeepStrictEqual(JSON.parse(encodeNext(id, data)), asJson(next)), 'an answer can be read again');
  }
  return `${typeof event} ${typeof data} ${typeof id} ${isEventResponse(data)}`;
}

/** Without what JSON leaves out, such as undefined. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
