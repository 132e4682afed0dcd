import { describe, expect, it } from '@jest/globals';
import { chooseSubprotocol } from '../../lib/handshake/subprotocol.js';

describe('chooseSubprotocol', () => {
  it.each<[string, string[], string[] | undefined, string | undefined]>([
    ["the client's first that is supported", ['a', 'b', 'c'], ['c', 'b'], 'b'],
    ['the only one', ['a'], ['a'], 'a'],
    ['none without an offer', [], ['a'], undefined],
    ['none of others', ['a', 'b'], ['c'], undefined],
    ['none when none is supported', ['a'], [], undefined],
    ['by exact comparison', ['Chat', 'chat'], ['chat'], 'chat'],
    ["the client's favourite when nothing is said", ['a', 'b'], undefined, 'a'],
    ['none without an offer when nothing is said', [], undefined, undefined],
    ['none by the name of a property', ['__proto__', 'length', 'constructor'], ['a'], undefined],
  ])('§4.2.2: chooses %s', (_, offered, supported, chosen) => {
    expect(chooseSubprotocol(offered, supported)).toBe(chosen);
  });
});
