// Who may connect, and what proxies say: any fields lead to yes or no, and yes means by every policy that the page is of the
// host that the request names.

import { parseForwarded } from '../../../lib/handshake/forwarded.js';
import { HeaderFields } from '../../../lib/handshake/header-fields.js';
import { isRefusal, readHandshakeRequest } from '../../../lib/handshake/handshake-request.js';
import { isOriginAllowed } from '../../../lib/handshake/origin-policy.js';
import { isSet, must, readInput } from '../target.js';

const UPGRADE = ['Upgrade', 'websocket', 'Connection', 'Upgrade', 'Sec-WebSocket-Version', '13'].concat(
  'Sec-WebSocket-Key',
  'dGhlIHNhbXBsZSBub25jZQ==',
);
const LISTED = ['https://example.org', 'null'];

/** The lines of the input: Origin, Host, Forwarded, X-Forwarded-Host, X-Forwarded-Proto; empty ones are not there. */
export function origin(input: Uint8Array): string {
  const { options, bytes } = readInput(input);
  const [from = '', host = '', forwarded = '', forwardedHost = '', forwardedProto = ''] = bytes
    .toString('latin1')
    .split('\n');
  const rawHeaders = [
    ...UPGRADE,
    'Host',
    host,
    ...present('Origin', from),
    ...present('Forwarded', forwarded),
    ...present('X-Forwarded-Host', forwardedHost),
    ...present('X-Forwarded-Proto', forwardedProto),
  ];
  const said = parseForwarded(new HeaderFields(rawHeaders));
  const request = readHandshakeRequest({ method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1, rawHeaders });
  if (isRefusal(request)) return `${request.status}`;

  const trustProxy = isSet(options, 0);
  const isEncrypted = isSet(options, 1);
  must(isOriginAllowed(request, { origins: 'any', trustProxy }, isEncrypted), 'any page is any page');
  const isListed = isOriginAllowed(request, { origins: LISTED, trustProxy }, isEncrypted);
  must(isListed === (from === '' || LISTED.includes(from)), 'a list of origins is compared exactly');
  const isSame = isOriginAllowed(request, { origins: 'same-origin', trustProxy }, isEncrypted);
  if (isSame && from !== '') {
    const page = new URL(from);
    const scheme = (trustProxy ? said.scheme : undefined) ?? (isEncrypted ? 'https' : page.protocol.slice(0, -1));
    const named = new URL(`${scheme}://${(trustProxy ? said.host : undefined) ?? host}`);
    must(page.origin === named.origin, 'an own page is of the scheme, host and port of the request');
  }
  const scheme = said.scheme === undefined || ['http', 'https'].includes(said.scheme) ? said.scheme : 'other';
  return [isListed, isSame, from === '', said.host === undefined, scheme].join();
}

const present = (name: string, value: string): string[] => (value === '' ? [] : [name, value]);
