import { describe, expect, it } from '@jest/globals';
import { HeaderFields } from '../../lib/handshake/header-fields.js';

describe('HeaderFields', () => {
  it('finds fields by their name in any case', () => {
    const fields = new HeaderFields(['HOST', 'a', 'Upgrade', 'b', 'sec-WebSocket-key', 'c']);
    expect([fields.single('host'), fields.single('upgrade'), fields.single('sec-websocket-key')]).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(fields.has('host')).toBe(true);
  });

  it('sees what Node joins or drops: each value of a field that comes several times', () => {
    const fields = new HeaderFields(['Host', 'a', 'X', 'between', 'host', 'b', 'HOST', '']);
    expect(fields.all('host')).toEqual(['a', 'b', '']);
    expect(fields.single('host')).toBeUndefined();
    expect(fields.joined('host')).toBe('a, b, ');
  });

  it('tells an empty field from none', () => {
    const fields = new HeaderFields(['Origin', '']);
    expect([fields.has('origin'), fields.single('origin'), fields.joined('origin')]).toEqual([true, '', '']);
    expect([fields.has('host'), fields.all('host'), fields.single('host'), fields.joined('host')]).toEqual([
      false,
      [],
      undefined,
      undefined,
    ]);
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])('takes %s for a field like any other', (name) => {
    expect(new HeaderFields([]).has(name.toLowerCase())).toBe(false);
    expect(new HeaderFields([]).all(name.toLowerCase())).toEqual([]);
    expect(new HeaderFields([name, 'x', name, 'y']).all(name.toLowerCase())).toEqual(['x', 'y']);
  });

  it('passes over a name without a value', () => {
    expect(new HeaderFields(['Host', 'a', 'Origin']).has('origin')).toBe(false);
  });
});
