// What a frame is called, and its first bytes for people: as far as they are text, and as hexadecimal numbers.

const OPCODES = { 0: 'continuation', 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' };
const TEXT = 1;
const CLOSE = 8;
const SHOWN_IN_HEX = 16;
// Control characters, and those that turn the direction of text around.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\uFFFD]/gu;

export function opcodeName(opcode) {
  return OPCODES[opcode] ?? `reserved ${opcode}`;
}

export function spacedHex({ bytes, length }) {
  const shown = bytes.slice(0, 2 * SHOWN_IN_HEX);
  const pairs = shown.match(/../g) ?? [];
  return pairs.join(' ') + (length > pairs.length ? ' …' : '');
}

/** An empty string where the bytes tell nothing. */
export function firstText({ opcode, rsv1, bytes, inflated }) {
  const hex = rsv1 ? (inflated ?? '') : bytes;
  const visible = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  if (opcode === CLOSE) {
    if (visible.length < 2) return '';
    return `${visible[0] * 256 + visible[1]} ${decode(visible.subarray(2))}`;
  }
  if (opcode === TEXT) return decode(visible);
  return Array.from(visible, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('');
}

/** With `stream`, a character of which only the beginning is visible is left out. */
function decode(bytes) {
  return new TextDecoder().decode(bytes, { stream: true }).replace(UNPRINTABLE, '·');
}
