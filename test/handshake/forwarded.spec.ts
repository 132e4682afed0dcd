import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { parseForwarded } from '../../lib/handshake/forwarded.js';
import { HeaderFields } from '../../lib/handshake/header-fields.js';

function parse(...rawHeaders: string[]): [host: string | undefined, scheme: string | undefined] {
  const { host, scheme } = parseForwarded(new HeaderFields(rawHeaders));
  return [host, scheme];
}

describe('parseForwarded', () => {
  it('knows nothing where nothing was forwarded', () => {
    expect(parse('Host', 'a')).toEqual([undefined, undefined]);
  });

  it.each<[string, string | undefined, string | undefined]>([
    ['host=example.org', 'example.org', undefined],
    ['proto=https', undefined, 'https'],
    ['for=192.0.2.60;proto=http;by=203.0.113.43;host=a.example', 'a.example', 'http'],
    ['For="[2001:db8:cafe::17]:4711";Host="a.example:8443";Proto=HTTPS', 'a.example:8443', 'https'],
    ['host="[::1]:8080"', '[::1]:8080', undefined],
    ['host=first, host=second', 'first', undefined],
    ['for=a, host=second', undefined, undefined],
    [' host = spaced ; proto = https ', 'spaced', 'https'],
    ['proto=wss;host=a', 'a', 'https'],
    ['proto=ws', undefined, 'http'],
    ['host=', undefined, undefined],
    ['host', undefined, undefined],
    ['=a', undefined, undefined],
    ['', undefined, undefined],
    ['host="', '"', undefined],
    ['host=""', undefined, undefined],
    ['__proto__=a;constructor=b', undefined, undefined],
  ])('RFC 7239 §4: reads Forwarded: %s', (value, host, scheme) => {
    expect(parse('Forwarded', value)).toEqual([host, scheme]);
  });

  it('takes the first of several fields', () => {
    expect(parse('Forwarded', 'host=a', 'Forwarded', 'host=b;proto=https')).toEqual(['a', undefined]);
  });

  it.each<[string[], string | undefined, string | undefined]>([
    [['X-Forwarded-Host', 'a.example', 'X-Forwarded-Proto', 'https'], 'a.example', 'https'],
    [['x-forwarded-host', 'a:1, b:2', 'x-forwarded-proto', 'http,https'], 'a:1', 'http'],
    [['X-Forwarded-Proto', ' WSS '], undefined, 'https'],
    [['X-Forwarded-Host', '', 'X-Forwarded-Proto', ''], undefined, undefined],
    [['X-Forwarded-Host', ', b'], undefined, undefined],
  ])('reads %p', (rawHeaders, host, scheme) => {
    expect(parse(...rawHeaders)).toEqual([host, scheme]);
  });

  it('believes Forwarded before the older fields', () => {
    const older = ['X-Forwarded-Host', 'old', 'X-Forwarded-Proto', 'http'];
    expect(parse(...older, 'Forwarded', 'host=new;proto=https')).toEqual(['new', 'https']);
    expect(parse(...older, 'Forwarded', 'for=a')).toEqual(['old', 'http']);
  });

  it('never throws', () => {
    const soup = fc.string({
      unit: fc.constantFrom('host', 'proto', '=', ';', ',', '"', '\\', ' ', 'a'),
      maxLength: 20,
    });
    fc.assert(
      fc.property(soup, (value) => {
        parse('Forwarded', value, 'X-Forwarded-Host', value, 'X-Forwarded-Proto', value);
      }),
    );
    for (const unit of ['host=', ';', ',', '"', ' ', 'a=b;']) parse('Forwarded', unit.repeat(200_000));
  });
});
