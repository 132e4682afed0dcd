// RFC 7692 §7.1: offers as they stand in a request, answers as they stand in the 101.

import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { parseExtensionList } from '../../lib/handshake/header-grammar.js';
import {
  acceptDeflate,
  DEFLATE_OFFER,
  type DeflatePreferences,
  readDeflateAnswer,
} from '../../lib/handshake/permessage-deflate.js';
import { accepted } from './requests.js';

const DEFAULTS: DeflatePreferences = { takeover: false, windowBits: 15 };
const TAKEOVER: DeflatePreferences = { takeover: true, windowBits: 15 };

function negotiate(offers: string, preferences: DeflatePreferences = TAKEOVER) {
  return acceptDeflate(accepted({ 'Sec-WebSocket-Extensions': offers }).extensions, preferences);
}

const answer = (offers: string, preferences?: DeflatePreferences) => negotiate(offers, preferences)?.answer;
const agreement = (offers: string, preferences?: DeflatePreferences) => negotiate(offers, preferences)?.agreement;

describe('§7.1.1 context takeover', () => {
  it('is given up in both directions unless it is asked for', () => {
    expect(answer('permessage-deflate', DEFAULTS)).toBe(
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
    );
    expect(agreement('permessage-deflate', DEFAULTS)).toEqual({
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 15,
      clientMaxWindowBits: 15,
    });
  });

  it('is kept in both directions where it is asked for and nothing is offered', () => {
    expect(answer('permessage-deflate')).toBe('permessage-deflate');
    expect(agreement('permessage-deflate')).toEqual({
      serverNoContextTakeover: false,
      clientNoContextTakeover: false,
      serverMaxWindowBits: 15,
      clientMaxWindowBits: 15,
    });
  });

  it.each([
    ['server_no_context_takeover', true, false],
    ['client_no_context_takeover', false, true],
    ['client_no_context_takeover; server_no_context_takeover', true, true],
  ])('is given up where the client offers %s', (parameters, server, client) => {
    const result = negotiate(`permessage-deflate; ${parameters}`)!;
    expect(result.agreement).toMatchObject({ serverNoContextTakeover: server, clientNoContextTakeover: client });
    expect(result.answer.includes('server_no_context_takeover')).toBe(server);
    expect(result.answer.includes('client_no_context_takeover')).toBe(client);
  });

  it('names each parameter once where both sides want it', () => {
    expect(answer('permessage-deflate; server_no_context_takeover; client_no_context_takeover', DEFAULTS)).toBe(
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
    );
  });
});

describe('§7.1.2.1 server_max_window_bits', () => {
  it.each([9, 10, 11, 12, 13, 14, 15])('%i is granted by naming it', (bits) => {
    expect(answer(`permessage-deflate; server_max_window_bits=${bits}`)).toBe(
      `permessage-deflate; server_max_window_bits=${bits}`,
    );
    expect(agreement(`permessage-deflate; server_max_window_bits=${bits}`)!.serverMaxWindowBits).toBe(bits);
  });

  it('8 is declined, which zlib cannot keep, and the next offer is tried', () => {
    expect(answer('permessage-deflate; server_max_window_bits=8')).toBeUndefined();
    expect(answer('permessage-deflate; server_max_window_bits=8, permessage-deflate')).toBe('permessage-deflate');
  });

  it('is named without being asked for where a smaller window is wanted', () => {
    const small = { takeover: true, windowBits: 11 };
    expect(answer('permessage-deflate', small)).toBe('permessage-deflate; server_max_window_bits=11');
    expect(agreement('permessage-deflate', small)!.serverMaxWindowBits).toBe(11);
  });

  it.each([
    [9, 9],
    [11, 11],
    [12, 11],
    [15, 11],
  ])('%i offered and 11 wanted makes %i', (offered, agreed) => {
    const result = negotiate(`permessage-deflate; server_max_window_bits=${offered}`, {
      takeover: true,
      windowBits: 11,
    })!;
    expect(result.agreement.serverMaxWindowBits).toBe(agreed);
    expect(result.answer).toBe(`permessage-deflate; server_max_window_bits=${agreed}`);
  });
});

describe('§7.1.2.2 client_max_window_bits', () => {
  it.each([8, 9, 10, 11, 12, 13, 14])('%i is granted by naming it', (bits) => {
    expect(answer(`permessage-deflate; client_max_window_bits=${bits}`)).toBe(
      `permessage-deflate; client_max_window_bits=${bits}`,
    );
    expect(agreement(`permessage-deflate; client_max_window_bits=${bits}`)!.clientMaxWindowBits).toBe(bits);
  });

  it.each(['client_max_window_bits', 'client_max_window_bits=15'])('%s needs no answer for the largest', (offer) => {
    expect(answer(`permessage-deflate; ${offer}`)).toBe('permessage-deflate');
    expect(agreement(`permessage-deflate; ${offer}`)!.clientMaxWindowBits).toBe(15);
  });

  it('without a value the number is ours', () => {
    const small = { takeover: true, windowBits: 10 };
    expect(answer('permessage-deflate; client_max_window_bits', small)).toBe(
      'permessage-deflate; server_max_window_bits=10; client_max_window_bits=10',
    );
    expect(agreement('permessage-deflate; client_max_window_bits', small)!.clientMaxWindowBits).toBe(10);
  });

  it.each([
    [8, 8],
    [10, 10],
    [11, 10],
    [15, 10],
  ])('%i offered and 10 wanted makes %i', (offered, agreed) => {
    const small = { takeover: true, windowBits: 10 };
    expect(agreement(`permessage-deflate; client_max_window_bits=${offered}`, small)!.clientMaxWindowBits).toBe(agreed);
  });

  it('is never in the answer to a client that did not offer it', () => {
    for (const windowBits of [9, 12, 15]) {
      const result = negotiate('permessage-deflate', { takeover: true, windowBits })!;
      expect(result.answer).not.toContain('client_max_window_bits');
      expect(result.agreement.clientMaxWindowBits).toBe(15);
    }
  });
});

describe('§7.1 an offer is declined', () => {
  const VALUES = [
    '7',
    '16',
    '0',
    '08',
    '010',
    '015',
    '9.0',
    '1e1',
    '0x9',
    '+9',
    '-9',
    '150',
    'nine',
    '99999999999999999999',
  ];

  it.each(VALUES)('with server_max_window_bits=%s', (value) => {
    expect(negotiate(`permessage-deflate; server_max_window_bits=${value}`)).toBeUndefined();
  });

  it.each(VALUES)('with client_max_window_bits=%s', (value) => {
    expect(negotiate(`permessage-deflate; client_max_window_bits=${value}`)).toBeUndefined();
  });

  it.each([
    'server_max_window_bits',
    'server_no_context_takeover=1',
    'server_no_context_takeover=true',
    'client_no_context_takeover=""x',
    'client_no_context_takeover=0',
    'unknown',
    'unknown=1',
    'x-webkit-deflate-frame',
    '__proto__',
    'constructor=1',
    'Server_no_context_takeover',
    'server_no_context_takeover; server_no_context_takeover',
    'client_no_context_takeover; client_no_context_takeover',
    'server_max_window_bits=10; server_max_window_bits=10',
    'server_max_window_bits=10; server_max_window_bits=11',
    'client_max_window_bits; client_max_window_bits',
    'client_max_window_bits; client_max_window_bits=10',
    'client_max_window_bits=10; unknown',
  ])('with the parameters %s', (parameters) => {
    const offers = parseExtensionList(`permessage-deflate; ${parameters}, permessage-deflate`);
    // What breaks the grammar itself never comes here: the whole field is refused.
    if (offers === undefined) return;
    expect(acceptDeflate(offers.slice(0, 1), TAKEOVER)).toBeUndefined();
    expect(acceptDeflate(offers, TAKEOVER)?.answer).toBe('permessage-deflate');
  });

  it.each([
    'x-webkit-deflate-frame',
    'permessage-deflates',
    'permessage-bzip2',
    'Permessage-Deflate',
    'deflate-frame; x=1',
  ])('of another extension: %s', (name) => {
    expect(negotiate(name)).toBeUndefined();
    expect(answer(`${name}, permessage-deflate`)).toBe('permessage-deflate');
  });

  it('where there is none', () => {
    expect(acceptDeflate([], TAKEOVER)).toBeUndefined();
  });
});

describe('§7.1.3 and §5.1 offers in order', () => {
  it('a quoted value is what stands in the quotes', () => {
    expect(answer('permessage-deflate; server_max_window_bits="10"; client_max_window_bits="1\\2"')).toBe(
      'permessage-deflate; server_max_window_bits=10; client_max_window_bits=12',
    );
    expect(negotiate('permessage-deflate; server_max_window_bits="07"')).toBeUndefined();
  });

  it('the first that can be kept is taken, not the best', () => {
    const offers =
      'permessage-deflate; server_max_window_bits=8, x-other; a=1, permessage-deflate; bad, ' +
      'permessage-deflate; client_max_window_bits=9; server_no_context_takeover, permessage-deflate';
    expect(answer(offers)).toBe('permessage-deflate; server_no_context_takeover; client_max_window_bits=9');
  });

  it("the RFC's own example", () => {
    const offers =
      'permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate; client_max_window_bits';
    expect(answer(offers)).toBe('permessage-deflate; server_max_window_bits=10');
  });

  it('none is taken where each is bad', () => {
    expect(negotiate('permessage-deflate; a, permessage-deflate; server_max_window_bits=8, other')).toBeUndefined();
  });
});

describe('§7.1 the answer to our own offer', () => {
  const read = (answer: string) => readDeflateAnswer(parseExtensionList(answer)![0]!);
  const LARGEST = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: 15,
    clientMaxWindowBits: 15,
  };

  it.each([
    ['', {}],
    ['; server_no_context_takeover', { serverNoContextTakeover: true }],
    ['; client_no_context_takeover', { clientNoContextTakeover: true }],
    ['; server_max_window_bits=8', { serverMaxWindowBits: 8 }],
    ['; server_max_window_bits=15; client_max_window_bits=9', { clientMaxWindowBits: 9 }],
    ['; client_max_window_bits="15"', {}],
  ])('permessage-deflate%s is agreed on', (parameters, agreed) => {
    expect(read(`permessage-deflate${parameters}`)).toEqual({ ...LARGEST, ...agreed });
  });

  it.each([
    'x-other',
    'permessage-deflate; unknown',
    'permessage-deflate; client_max_window_bits',
    'permessage-deflate; client_max_window_bits=8',
    'permessage-deflate; client_max_window_bits=16',
    'permessage-deflate; server_max_window_bits',
    'permessage-deflate; server_max_window_bits=7',
    'permessage-deflate; server_no_context_takeover=1',
    'permessage-deflate; client_max_window_bits=9; client_max_window_bits=9',
  ])('%s fails the connection', (answer) => {
    expect(read(answer)).toBeUndefined();
  });

  it('of our own server says the same on both sides', () => {
    for (const takeover of [true, false]) {
      for (const windowBits of [9, 12, 15]) {
        const result = negotiate(DEFLATE_OFFER, { takeover, windowBits })!;
        expect(read(result.answer)).toEqual(result.agreement);
      }
    }
  });
});

describe('every offer', () => {
  const bits = fc.constantFrom('', '=7', '=8', '=9', '=12', '=15', '=16', '="11"', '=09');
  const parameter = fc.oneof(
    fc.constantFrom(
      'server_no_context_takeover',
      'client_no_context_takeover',
      'other',
      'server_no_context_takeover=1',
    ),
    bits.map((value) => `server_max_window_bits${value}`),
    bits.map((value) => `client_max_window_bits${value}`),
  );
  const offer = fc
    .tuple(fc.constantFrom('permessage-deflate', 'x-other'), fc.array(parameter, { maxLength: 4 }))
    .map(([name, parameters]) => [name, ...parameters].join('; '));
  const preferences = fc.record({ takeover: fc.boolean(), windowBits: fc.integer({ min: 9, max: 15 }) });

  it('leads to nothing, or to an answer that says what was agreed and asks for no more than was offered', () => {
    fc.assert(
      fc.property(fc.array(offer, { minLength: 1, maxLength: 4 }), preferences, (offers, preferences) => {
        const result = negotiate(offers.join(', '), preferences);
        if (result === undefined) return;
        const [extension, ...others] = parseExtensionList(result.answer)!;
        expect(others).toEqual([]);
        expect(extension!.name).toBe('permessage-deflate');
        const answered = new Map(extension!.parameters);
        expect(answered.size).toBe(extension!.parameters.length);
        const { agreement } = result;
        expect(answered.get('server_no_context_takeover') ?? false).toBe(agreement.serverNoContextTakeover);
        expect(answered.get('client_no_context_takeover') ?? false).toBe(agreement.clientNoContextTakeover);
        expect(Number(answered.get('server_max_window_bits') ?? 15)).toBe(agreement.serverMaxWindowBits);
        expect(Number(answered.get('client_max_window_bits') ?? 15)).toBe(agreement.clientMaxWindowBits);
        expect(agreement.serverMaxWindowBits).toBeGreaterThanOrEqual(9);
        expect(agreement.serverMaxWindowBits).toBeLessThanOrEqual(preferences.windowBits);
        if (!preferences.takeover)
          expect(agreement.serverNoContextTakeover && agreement.clientNoContextTakeover).toBe(true);
        // §7.1.2.2: a client may be told to limit its window only where it said that it can.
        if (answered.has('client_max_window_bits')) {
          expect(offers.some((text) => text.includes('client_max_window_bits'))).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
