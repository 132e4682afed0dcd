// Which web pages may connect: the judgement of the option; that of a page is `handshake/origin-policy.ts`.

import type { OriginPolicy } from '../../handshake/origin-policy.js';
import { InvalidOptionError } from './invalid-option.error.js';

/** @throws InvalidOptionError for what no browser sends */
export function checkOrigins(origins: unknown): OriginPolicy['origins'] {
  const allowed =
    "'same-origin', 'any', or a list of origins as browsers send them, such as 'https://example.org' (no path, no slash)";
  if (origins === 'same-origin' || origins === 'any') return origins;
  if (!Array.isArray(origins)) throw new InvalidOptionError('origins', origins, allowed);
  for (const origin of origins) {
    if (!isOrigin(origin)) throw new InvalidOptionError('origins', origin, allowed);
  }
  return origins as string[];
}

/** `null` is what sandboxed pages and files send; other schemes (extensions, say) are opaque to the URL standard. */
function isOrigin(text: unknown): boolean {
  if (text === 'null') return true;
  if (typeof text !== 'string' || !URL.canParse(text)) return false;
  const url = new URL(text);
  return url.origin === 'null' ? /^[a-z][a-z0-9+.-]*:\/\/[^/?#]+$/.test(text) : url.origin === text;
}
