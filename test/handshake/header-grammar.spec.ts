import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  type ExtensionOffer,
  isFieldValue,
  isToken,
  listElements,
  listNames,
  parseExtensionList,
  parseTokenList,
  trimWhitespace,
} from '../../lib/handshake/header-grammar.js';

const TOKEN_CHARACTERS = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const tokens = fc.string({ unit: fc.constantFrom(...TOKEN_CHARACTERS.split('')), minLength: 1, maxLength: 10 });
const spaces = fc.constantFrom('', ' ', '\t', ' \t ');
const grammarSoup = fc.string({
  unit: fc.constantFrom('a', ';', ',', '=', '"', '\\', ' ', '\t', 'é', '\0', '('),
  maxLength: 60,
});

describe('isToken', () => {
  it('RFC 9110 §5.6.2: takes exactly the token characters', () => {
    for (let code = 0; code < 0x180; code++) {
      const character = String.fromCharCode(code);
      expect([character, isToken(character)]).toEqual([character, TOKEN_CHARACTERS.includes(character)]);
    }
  });

  it.each(['', 'a b', 'a,', 'a\n', '\r\na', 'ü'])('refuses %p', (text) => {
    expect(isToken(text)).toBe(false);
  });
});

describe('isFieldValue', () => {
  it('RFC 9110 §5.5: has no line break and no NUL, wherever it stands', () => {
    for (const text of ['', 'a', ' a\tb ', 'é', '"a"']) expect(isFieldValue(text)).toBe(true);
    for (const broken of ['\r', '\n', '\0', '\r\n']) {
      for (const text of [broken, `a${broken}`, `${broken}a`, `a${broken}b`]) expect(isFieldValue(text)).toBe(false);
    }
  });
});

describe('trimWhitespace', () => {
  it('RFC 9110 §5.6.3: takes away spaces and tabs and nothing else', () => {
    expect(trimWhitespace(' \t a \t b\t ')).toBe('a \t b');
    expect(trimWhitespace('\u00a0a\u00a0')).toBe('\u00a0a\u00a0');
    expect(trimWhitespace('\na\v')).toBe('\na\v');
    expect(trimWhitespace(' \t ')).toBe('');
    expect(trimWhitespace('')).toBe('');
  });
});

describe('listNames', () => {
  it('finds an element in any case, alone or among others', () => {
    for (const value of ['Upgrade', 'upgrade', 'keep-alive, UPGRADE', ',\tupgrade ,']) {
      expect(listNames(value, 'upgrade')).toBe(true);
    }
  });

  it('finds no part of an element', () => {
    for (const value of ['', 'upgrades', 'up, grade', 'keep-alive', 'upgrade;q=1']) {
      expect(listNames(value, 'upgrade')).toBe(false);
    }
  });
});

describe('listElements', () => {
  it('gives the elements in lower case, without the whitespace around them', () => {
    expect(listElements('keep-alive, Upgrade')).toEqual(['keep-alive', 'upgrade']);
    expect(listElements('\tUPGRADE ,,\t, Close ')).toEqual(['upgrade', '', '', 'close']);
    expect(listElements('')).toEqual(['']);
  });
});

describe('parseTokenList', () => {
  it.each<[string, string[]]>([
    ['chat', ['chat']],
    ['chat, superchat', ['chat', 'superchat']],
    ['chat,superchat', ['chat', 'superchat']],
    ['\tchat \t,  superchat ', ['chat', 'superchat']],
    [',chat,,superchat,', ['chat', 'superchat']],
    [' , ,\t, chat', ['chat']],
    ['Chat, chat, chat', ['Chat', 'chat', 'chat']],
    [TOKEN_CHARACTERS, [TOKEN_CHARACTERS]],
    ['__proto__, constructor', ['__proto__', 'constructor']],
  ])('§4.3: reads %p', (value, expected) => {
    expect(parseTokenList(value)).toEqual(expected);
  });

  it.each([
    '',
    ' ',
    ',',
    ' , ',
    'a b',
    'a;b',
    '"a"',
    'a, b c',
    'a\r\nb',
    'a\u0000',
    'é',
    'a\u00a0',
    'a/b',
    'a=b',
    '(a)',
    'a, @',
  ])('§4.3: refuses %p', (value) => {
    expect(parseTokenList(value)).toBeUndefined();
  });

  it('reads any tokens, whatever whitespace and empty elements are between them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(spaces, tokens, spaces, fc.constantFrom(',', ',,', ', ,')), { minLength: 1, maxLength: 8 }),
        (elements) => {
          const value = elements.map(([before, token, behind, comma]) => before + token + behind + comma).join('');
          expect(parseTokenList(value)).toEqual(elements.map(([, token]) => token));
        },
      ),
    );
  });
});

describe('parseExtensionList', () => {
  it.each<[string, [name: string, ...parameters: [string, string | true][]][]]>([
    ['foo', [['foo']]],
    ['foo, bar', [['foo'], ['bar']]],
    ['foo,foo', [['foo'], ['foo']]],
    [',, foo , ,bar,', [['foo'], ['bar']]],
    ['foo; bar', [['foo', ['bar', true]]]],
    ['foo;bar=1;baz = 2 ; qux', [['foo', ['bar', '1'], ['baz', '2'], ['qux', true]]]],
    ['foo; a=1; a=2; a', [['foo', ['a', '1'], ['a', '2'], ['a', true]]]],
    [
      'bar; baz=2, bar; baz=1',
      [
        ['bar', ['baz', '2']],
        ['bar', ['baz', '1']],
      ],
    ],
    ['foo; a="b"', [['foo', ['a', 'b']]]],
    ['foo; a="\\b\\c"', [['foo', ['a', 'bc']]]],
    ['foo; a="b" ; c', [['foo', ['a', 'b'], ['c', true]]]],
    ['foo; a="b", bar', [['foo', ['a', 'b']], ['bar']]],
    ['\tfoo\t;\ta\t=\t"b"\t', [['foo', ['a', 'b']]]],
    [
      'permessage-deflate; client_max_window_bits; server_max_window_bits=10',
      [['permessage-deflate', ['client_max_window_bits', true], ['server_max_window_bits', '10']]],
    ],
    ['x; __proto__=1; constructor', [['x', ['__proto__', '1'], ['constructor', true]]]],
    ['Foo; BAR=Baz', [['Foo', ['BAR', 'Baz']]]],
  ])('§9.1: reads %p', (value, expected) => {
    const offers = expected.map(([name, ...parameters]): ExtensionOffer => ({ name, parameters }));
    expect(parseExtensionList(value)).toEqual(offers);
  });

  it.each([
    '',
    ' ',
    ',',
    ',,',
    ';',
    '=',
    '"',
    'foo;',
    'foo; ',
    'foo;;bar',
    'foo; =1',
    'foo; a=',
    'foo; a= ',
    'foo; a=,',
    'foo; a=;b',
    'foo=1',
    'foo bar',
    'foo; a b',
    'foo; a=b c',
    'foo; a=1 2',
    '"foo"',
    'foo; "a"',
    'foo; "a"=1',
    'foo; a="',
    'foo; a="b',
    'foo; a="b\\',
    'foo; a="b\\"',
    'foo; a="b"c',
    'foo; a="b""c"',
    'foo; a=b"c"',
    'foo; a=""',
    'foo; a="b c"',
    'foo; a="b,c"',
    'foo; a="b;c"',
    'foo; a="\\""',
    'foo; a="\\\\"',
    'foo; a="é"',
    'foo, ;',
    'foo, bar;',
    'foo; a, b=',
    'foo\u0000',
    'foo\r\nbar',
    'foo\u00a0',
    'f@o',
    'foo/1',
    "foo; a='b c'",
    ', foo; a="',
  ])('§9.1: refuses %p', (value) => {
    expect(parseExtensionList(value)).toBeUndefined();
  });

  it('reads any list that follows the grammar', () => {
    const quoted = tokens.chain((token) =>
      fc.array(fc.boolean(), { minLength: token.length, maxLength: token.length }).map((escapes) => {
        const text = token
          .split('')
          .map((character, i) => (escapes[i] ? `\\${character}` : character))
          .join('');
        return [`"${text}"`, token] as const;
      }),
    );
    const values = fc.oneof(
      tokens.map((token) => [token, token] as const),
      quoted,
    );
    const parameters = fc.tuple(tokens, fc.option(values), spaces, spaces);
    const offers = fc.tuple(tokens, fc.array(parameters, { maxLength: 4 }), spaces);
    fc.assert(
      fc.property(fc.array(offers, { minLength: 1, maxLength: 5 }), (offers) => {
        const written = offers.map(([name, parameters, space]) => {
          const rest = parameters.map(([parameter, value, before, behind]) => {
            return `;${before}${parameter}${behind}${value === null ? '' : `=${before}${value[0]}${behind}`}`;
          });
          return `${space}${name}${space}${rest.join('')}`;
        });
        const expected = offers.map(([name, parameters]) => ({
          name,
          parameters: parameters.map(([parameter, value]) => [parameter, value === null ? true : value[1]]),
        }));
        expect(parseExtensionList(written.join(','))).toEqual(expected);
      }),
    );
  });
});

describe('hostile values', () => {
  it('never make a reader throw, and what is read is made of tokens', () => {
    fc.assert(
      fc.property(grammarSoup, (value) => {
        for (const token of parseTokenList(value) ?? []) expect(isToken(token)).toBe(true);
        for (const { name, parameters } of parseExtensionList(value) ?? []) {
          for (const token of [name, ...parameters.flat()]) expect(token === true || isToken(token)).toBe(true);
        }
        listElements(value);
      }),
      { numRuns: 2000 },
    );
  });

  // Quadratic time would be minutes for a mebibyte: that these end is the test.
  it.each([
    'a;',
    'a,',
    ',',
    ';',
    '"',
    '\\',
    ' ',
    '\t',
    'a',
    'a=',
    'a; b="',
    '"\\',
    ' ,',
    'a; b=c;',
    '\\"',
    'a ',
    ', a;\t',
  ])('are read in linear time: %p without end', (unit) => {
    for (const size of [64 * 1024, 1024 * 1024]) {
      const value = unit.repeat(size / unit.length);
      for (const hostile of [value, `${value}é`, `a; b="${value}`, `a; b="${value}"`, `a${value}a`]) {
        parseExtensionList(hostile);
        parseTokenList(hostile);
        listElements(hostile);
        trimWhitespace(hostile);
      }
    }
  });
});
