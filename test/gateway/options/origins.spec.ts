// Which origins can be meant.

import { describe, expect, it } from '@jest/globals';
import { resolveAdapterOptions, type WireAdapterOptions } from '../../../lib/gateway/options/adapter-options.js';
import { refusal } from './refusal.js';

describe('origins', () => {
  it.each<[WireAdapterOptions['origins']]>([
    ['any'],
    ['same-origin'],
    [[]],
    [['https://example.org', 'http://localhost:3000', 'null', 'chrome-extension://abcdefgh']],
  ])('may be %j', (origins) => {
    expect(resolveAdapterOptions({ origins: origins! }).origins).toEqual(origins);
  });

  it.each([
    ['*'],
    ['https://example.org'],
    [true],
    [null],
    [['https://example.org/']],
    [['https://example.org/path']],
    [['HTTPS://EXAMPLE.ORG']],
    [['https://example.org:443']],
    [['example.org']],
    [['*']],
    [[/example/]],
    [['chrome-extension://a/b']],
  ])('may not be %p: no browser sends that', (origins) => {
    expect(refusal({ origins })).toMatch(/option "origins" must be 'same-origin', 'any', or a list of origins/);
  });
});
