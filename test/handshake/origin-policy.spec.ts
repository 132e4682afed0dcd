import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { isOriginAllowed, type OriginPolicy } from '../../lib/handshake/origin-policy.js';
import { accepted, type Fields } from './requests.js';

const SAME_ORIGIN: OriginPolicy = { origins: 'same-origin', trustProxy: false };
const BEHIND_PROXY: OriginPolicy = { origins: 'same-origin', trustProxy: true };

function isAllowed(fields: Fields, policy: OriginPolicy = SAME_ORIGIN, isEncrypted = false): boolean {
  return isOriginAllowed(accepted(fields), policy, isEncrypted);
}

describe('§10.2 same-origin', () => {
  it.each<[origin: string, host: string, plain: boolean, encrypted: boolean]>([
    ['https://example.org', 'example.org', true, true],
    ['http://example.org', 'example.org', true, false],
    ['https://example.org', 'example.org:443', true, true],
    ['http://example.org', 'example.org:80', true, false],
    ['https://example.org', 'example.org:', true, true],
    ['https://example.org', 'example.org:80', false, false],
    ['http://example.org', 'example.org:443', false, false],
    ['http://example.org:443', 'example.org:443', true, false],
    ['http://localhost:3000', 'localhost:3000', true, false],
    ['http://localhost:3000', 'localhost', false, false],
    ['http://localhost', 'localhost:3000', false, false],
    ['http://localhost:3000', '127.0.0.1:3000', false, false],
    ['https://example.org', 'EXAMPLE.Org', true, true],
    ['https://example.org', 'www.example.org', false, false],
    ['https://www.example.org', 'example.org', false, false],
    ['https://example.org.evil.example', 'example.org', false, false],
    ['https://evil-example.org', 'example.org', false, false],
    ['https://example.org', 'example.com', false, false],
    ['https://example.org', 'example.org.', false, false],
    ['http://[::1]:3000', '[::1]:3000', true, false],
    ['http://[::1]', '[0:0:0:0:0:0:0:1]', true, false],
    ['http://[::1]', '[::1]:80', true, false],
    ['http://[::1]', '[::2]', false, false],
    ['http://127.0.0.1', '127.0.0.1', true, false],
    ['https://xn--mnchen-3ya.example', 'xn--mnchen-3ya.example', true, true],
    ['https://example.org', 'example.org:99999', false, false],
    ['https://example.org', 'a%00b', false, false],
  ])('%p at Host %p: plain %p, TLS %p', (Origin, Host, plain, encrypted) => {
    expect(isAllowed({ Origin, Host })).toBe(plain);
    expect(isAllowed({ Origin, Host }, SAME_ORIGIN, true)).toBe(encrypted);
  });

  it.each([
    'null',
    '',
    ' ',
    'example.org',
    '//example.org',
    'https://example.org/',
    'https://example.org/path',
    'https://example.org?a',
    'https://example.org#a',
    'https://example.org:443',
    'http://example.org:80',
    'HTTPS://example.org',
    'https://EXAMPLE.org',
    'https://user@example.org',
    'https://user:password@example.org',
    'https:example.org',
    'https:\\\\example.org',
    'https://example.org\\@evil.example',
    'https://example%2eorg',
    'https://example.org https://example.org',
    'https://example.org, https://example.org',
    'ftp://example.org',
    'ws://example.org',
    'wss://example.org',
    'file://',
    'file://example.org',
    'about:blank',
    'data:text/html,a',
    'blob:https://example.org',
    'chrome-extension://example.org',
    'capacitor://example.org',
    'javascript:alert(1)',
    'https://',
    'https://[',
  ])('is no origin as a browser writes it, or not ours: %p', (Origin) => {
    for (const isEncrypted of [false, true])
      expect(isAllowed({ Origin, Host: 'example.org' }, SAME_ORIGIN, isEncrypted)).toBe(false);
  });

  it('lets programs in that are no browsers and send no Origin', () => {
    expect(isAllowed({})).toBe(true);
    expect(isAllowed({}, { origins: [], trustProxy: false })).toBe(true);
  });

  it('refuses several Origin fields, even equal ones', () => {
    const Origin = ['https://example.org', 'https://example.org'];
    expect(isAllowed({ Origin, Host: 'example.org' })).toBe(false);
    expect(isAllowed({ Origin, Host: 'example.org' }, { origins: Origin, trustProxy: false })).toBe(false);
  });

  it('finds the field in any case', () => {
    expect(isAllowed({ ORIGIN: 'https://evil.example' })).toBe(false);
    expect(isAllowed({ origin: 'https://server.example.com' })).toBe(true);
  });

  it('never throws', () => {
    const soup = fc.string({
      unit: fc.constantFrom('http', 's', ':', '/', 'a', '.', '@', '[', ']', '%', '\\', '1', '?', ' '),
      maxLength: 12,
    });
    fc.assert(
      fc.property(soup, soup, (Origin, host) => {
        const fields = { Origin, 'X-Forwarded-Host': host, 'X-Forwarded-Proto': host };
        expect(typeof isAllowed(fields, BEHIND_PROXY)).toBe('boolean');
      }),
    );
  });
});

describe('§10.2 behind a proxy', () => {
  const Host = '10.0.0.7:3000';

  it.each<[string, Fields, boolean]>([
    ['https://example.org', { Forwarded: 'host=example.org;proto=https' }, true],
    ['https://example.org', { Forwarded: 'for=1.2.3.4;host="example.org:443";proto=https' }, true],
    ['https://example.org', { Forwarded: 'host=example.org;proto=wss' }, true],
    ['http://example.org', { Forwarded: 'host=example.org;proto=https' }, false],
    ['https://example.org', { Forwarded: 'host=example.org;proto=http' }, false],
    ['https://example.org', { Forwarded: 'host=example.org' }, true],
    ['https://evil.example', { Forwarded: 'host=example.org' }, false],
    ['https://example.org', { 'X-Forwarded-Host': 'example.org', 'X-Forwarded-Proto': 'https' }, true],
    ['https://example.org:8443', { 'X-Forwarded-Host': 'example.org:8443', 'X-Forwarded-Proto': 'https' }, true],
    ['https://example.org', { 'X-Forwarded-Host': 'example.org:8443', 'X-Forwarded-Proto': 'https' }, false],
    ['http://example.org', { 'X-Forwarded-Host': 'example.org', 'X-Forwarded-Proto': 'https' }, false],
    ['https://example.org', { 'X-Forwarded-Host': 'example.org', 'X-Forwarded-Proto': 'ftp' }, false],
    ['https://example.org', { 'X-Forwarded-Host': 'not a host' }, false],
    ['http://10.0.0.7:3000', {}, true],
    ['http://10.0.0.7:3000', { 'X-Forwarded-Proto': 'http' }, true],
    ['http://10.0.0.7:3000', { 'X-Forwarded-Host': 'example.org' }, false],
  ])('%p with %p: %p', (Origin, forwarded, allowed) => {
    expect(isAllowed({ Origin, Host, ...forwarded }, BEHIND_PROXY)).toBe(allowed);
  });

  it('believes the forwarded scheme before that of the connection to the proxy', () => {
    const fields = { Origin: 'http://example.org', Host, Forwarded: 'host=example.org;proto=http' };
    expect(isAllowed(fields, BEHIND_PROXY, true)).toBe(true);
  });

  it('believes nothing of it where no proxy is trusted', () => {
    for (const forwarded of [{ Forwarded: 'host=evil.example' }, { 'X-Forwarded-Host': 'evil.example' }]) {
      expect(isAllowed({ Origin: 'https://evil.example', Host, ...forwarded })).toBe(false);
    }
    expect(isAllowed({ Origin: 'http://10.0.0.7:3000', Host, Forwarded: 'host=example.org;proto=https' })).toBe(true);
  });
});

describe('§10.2 an Origin that is no URL', () => {
  it('is refused, also when Node 20 has optimised `URL.canParse`, which then promises what the constructor refuses', () => {
    const utf8AsLatin1 = Buffer.from('https://€/').toString('latin1');
    const request = accepted({ Origin: utf8AsLatin1 });
    let allowed = 0;
    for (let i = 0; i < 20_000; i++) if (isOriginAllowed(request, SAME_ORIGIN, false)) allowed++;
    expect(allowed).toBe(0);
  });
});

describe('§10.2 other policies', () => {
  const listed: OriginPolicy = { origins: ['https://a.example', 'http://b.example:8080', 'null'], trustProxy: false };

  it.each([
    ['https://a.example', true],
    ['http://b.example:8080', true],
    ['null', true],
    ['http://a.example', false],
    ['https://a.example:443', false],
    ['https://a.example/', false],
    ['https://A.example', false],
    ['https://sub.a.example', false],
    ['https://a.example.evil.example', false],
    ['https://server.example.com', false],
    ['', false],
  ])('compares %p with listed origins exactly: %p', (Origin, allowed) => {
    expect(isAllowed({ Origin }, listed)).toBe(allowed);
  });

  it('any: lets every page in', () => {
    const any: OriginPolicy = { origins: 'any', trustProxy: false };
    for (const Origin of ['https://evil.example', 'null', '', ['https://a.example', 'https://b.example']]) {
      expect(isAllowed({ Origin }, any)).toBe(true);
    }
  });
});
