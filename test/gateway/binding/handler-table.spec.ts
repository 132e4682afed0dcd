// Places of handlers, found once for all clients: which handler of which gateway a pattern is for, and when a table is shared.

import { describe, expect, it } from '@jest/globals';
import { GatewayHandlers, HandlerTable, type MessageHandler } from '../../../lib/gateway/binding/handler-table.js';
import type { HandlerMethod } from '../../../lib/gateway/binding/plain-method.js';
import { TEXT_MESSAGES } from '../../../lib/gateway/decorators/raw-message.js';

const methodFor = (pattern: unknown): HandlerMethod => ({
  pattern,
  traits: undefined,
  gate: 'at-once',
  plain: undefined,
});

/** What Nest gives to each client: other objects each time. */
const boundTo = (...patterns: unknown[]): MessageHandler[] =>
  patterns.map((message) => ({ message, isAckHandledManually: false, callback: () => message }));

const gatewayOf = (...patterns: unknown[]): GatewayHandlers => new GatewayHandlers(patterns.map(methodFor));

const placesOf = (table: HandlerTable, pattern: unknown): (readonly [number, number])[] =>
  table.placesOf(pattern).map(({ gateway, index }) => [gateway, index]);

it('a table of no gateway has no handlers', () => {
  expect(HandlerTable.EMPTY.placesOf('greet')).toEqual([]);
  expect(HandlerTable.EMPTY.has('greet')).toBe(false);
  expect(HandlerTable.EMPTY.hasEventHandlers).toBe(false);
});

it('a handler is found where Nest puts it, and names that objects have by nature are no events', () => {
  const table = gatewayOf('greet', 7, 'leave').extend(HandlerTable.EMPTY, boundTo('greet', 7, 'leave'));
  expect(['greet', 7, 'leave'].map((pattern) => placesOf(table, pattern))).toEqual([[[0, 0]], [[0, 1]], [[0, 2]]]);
  for (const pattern of ['7', '__proto__', 'constructor', undefined]) expect(table.has(pattern)).toBe(false);
});

it('gateways that name the same event stand one behind the other, and leave tables as they were', () => {
  const first = gatewayOf('greet').extend(HandlerTable.EMPTY, boundTo('greet'));
  const both = gatewayOf('other', 'greet').extend(first, boundTo('other', 'greet'));
  expect(placesOf(both, 'greet')).toEqual([
    [0, 0],
    [1, 1],
  ]);
  expect(placesOf(first, 'greet')).toEqual([[0, 0]]);
});

it('where a gateway names an event twice, its last handler counts', () => {
  const table = gatewayOf('greet', 'greet').extend(HandlerTable.EMPTY, boundTo('greet', 'greet'));
  expect(placesOf(table, 'greet')).toEqual([[0, 1]]);
});

it('handlers of raw messages alone are none of events', () => {
  const raw = gatewayOf(TEXT_MESSAGES).extend(HandlerTable.EMPTY, boundTo(TEXT_MESSAGES));
  expect(raw.hasEventHandlers).toBe(false);
  expect(gatewayOf('greet').extend(raw, boundTo('greet')).hasEventHandlers).toBe(true);
});

describe('what is shared', () => {
  it('clients of a path have one table, whatever the number of gateways', () => {
    const gateways = [gatewayOf('greet'), gatewayOf('greet', 'leave')];
    const tableOfClient = (): HandlerTable => {
      const one = gateways[0]!.extend(HandlerTable.EMPTY, boundTo('greet'));
      return gateways[1]!.extend(one, boundTo('greet', 'leave'));
    };
    const table = tableOfClient();
    expect(table.placesOf('leave')).toHaveLength(1);
    expect(tableOfClient()).toBe(table);
  });

  it('what is known of methods holds for handlers with their patterns, in their order', () => {
    const gateway = gatewayOf('greet', 'leave');
    const canRaise = (...patterns: unknown[]): boolean[] => {
      const table = gateway.extend(HandlerTable.EMPTY, boundTo(...patterns));
      return patterns.map((pattern) => table.placesOf(pattern)[0]!.method.gate !== undefined);
    };
    expect(canRaise('greet', 'leave')).toEqual([true, true]);
    for (const others of [['leave', 'greet'], ['greet'], ['greet', 'leave', 'more']])
      expect(canRaise(...others)).toEqual(others.map(() => false));
    expect(canRaise('greet', 'leave')).toEqual([true, true]);
  });

  it('handlers of no known gateway share as well', () => {
    const gateway = new GatewayHandlers([]);
    const table = gateway.extend(HandlerTable.EMPTY, boundTo('greet'));
    expect(placesOf(table, 'greet')).toEqual([[0, 0]]);
    expect(gateway.extend(HandlerTable.EMPTY, boundTo('greet'))).toBe(table);
    expect(gateway.extend(HandlerTable.EMPTY, boundTo('leave')).has('greet')).toBe(false);
  });
});
