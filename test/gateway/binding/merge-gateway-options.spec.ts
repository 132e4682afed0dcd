// The options of several gateways, laid together or refused.

import { describe, expect, it } from '@jest/globals';
import type { WireGatewayOptions } from '../../../lib/index.js';
import { mergeGatewayOptions } from '../../../lib/gateway/binding/merge-gateway-options.js';

const merge = (...options: WireGatewayOptions[]): WireGatewayOptions =>
  mergeGatewayOptions(
    options.map((one, index) => ({ name: `Gateway${index}`, options: one })),
    'the path "/a"',
  );
const verifyClient = (): boolean => true;

describe('options of gateways on one path', () => {
  it.each<[WireGatewayOptions[], WireGatewayOptions]>([
    [[], {}],
    [[{}, {}], {}],
    [[{ origins: 'any' }, {}], { origins: 'any' }],
    [[{}, { origins: ['https://a.example'] }, { origins: ['https://a.example'] }], { origins: ['https://a.example'] }],
    [[{ maxPayload: 5 }, { maxPayload: undefined } as never], { maxPayload: 5 }],
    [
      [{ limits: { maxStreams: 1 } }, { limits: { maxFragments: 2 } }, { limits: { maxStreams: 1 } }],
      { limits: { maxStreams: 1, maxFragments: 2 } },
    ],
    [[{ verifyClient }, { verifyClient }], { verifyClient }],
    [[{ compression: { level: 1 } }, { compression: { level: 1 } }], { compression: { level: 1 } }],
    [[{ limits: null as never }], { limits: null as never }],
  ])('%j are together %j', (options, merged) => {
    expect(merge(...options)).toEqual(merged);
  });

  it.each<[string, WireGatewayOptions, WireGatewayOptions]>([
    ['origins', { origins: 'any' }, { origins: 'same-origin' }],
    ['origins', { origins: ['https://a.example'] }, { origins: ['https://b.example'] }],
    ['limits.maxStreams', { limits: { maxStreams: 1 } }, { limits: { maxStreams: 2 } }],
    ['heartbeat.intervalMs', { heartbeat: { intervalMs: 1 } }, { heartbeat: { intervalMs: 0 } }],
    ['compression', { compression: true }, { compression: {} }],
    ['verifyClient', { verifyClient }, { verifyClient: () => true }],
    ['autoPong', { autoPong: true }, { autoPong: false }],
  ])('that differ in %s are an error that names both', (option, one, other) => {
    expect(() => merge({}, one, other)).toThrow(
      `nestwire: option "${option}" must be the same in Gateway1 and Gateway2, which share the path "/a", not { Gateway1: `,
    );
  });
});
