// The messages of a scenario, made ready before anything is measured: each as the bytes of its masked frames, and as the
// payload that its answer must carry, which is its own.

import { constants, deflateRawSync } from 'node:zlib';

const KEY = Buffer.from([0x12, 0x34, 0x56, 0x78]);
const FIN = 0x80;
const RSV1 = 0x40;
const CONTINUATION = 0;
const TEXT = 1;
const BINARY = 2;
const TEXTS = {
  ascii: 'The quick brown fox jumps over the lazy dog. ',
  'non-ascii': 'Привет, мир! 日本語のテキスト 🙂🚀 ',
};
/** What zlib writes behind a block, and RFC 7692 §7.2.1 leaves out. */
const FLUSH_TAIL_BYTES = 4;

/**
 * @param message `content`: ascii, non-ascii, binary, records (JSON, each message another) or event (JSON of an event);
 *   `bytes` of the payload; `fragments` it comes in; `isCompressed`; `variants`: how many different ones
 * @param dialect how the server is spoken to: bare (its application is ours), event (JSON, as Nest has it), socket.io or floor
 * @returns {{ bytes: Buffer, payload: Buffer, isCompressed: boolean }[]}
 */
export function buildMessages({ content, bytes, fragments = 1, isCompressed = false, variants = 1 }, dialect) {
  return Array.from({ length: variants }, (_, which) => {
    const payload = content === 'event' ? eventOf(bytes, dialect, which) : payloadOf(content, bytes, which);
    const opcode = content === 'binary' ? BINARY : TEXT;
    const sent = isCompressed ? deflate(payload) : payload;
    return { bytes: encodeMessage(opcode, sent, fragments, isCompressed ? RSV1 : 0), payload, isCompressed };
  });
}

/** A masked text message in one frame. */
export const encodeText = (text) => encodeFrame(FIN | TEXT, Buffer.from(text));

export function encodeFrame(firstByte, payload) {
  const { length } = payload;
  const header = length < 126 ? Buffer.alloc(2) : length < 65_536 ? Buffer.alloc(4) : Buffer.alloc(10);
  header[0] = firstByte;
  header[1] = 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, KEY, payload.map((byte, i) => byte ^ KEY[i & 3])]);
}

function encodeMessage(opcode, payload, fragments, flags) {
  const size = Math.ceil(payload.length / fragments);
  const frames = [];
  for (let i = 0; i < fragments; i++) {
    const fin = i === fragments - 1 ? FIN : 0;
    const first = i === 0 ? opcode | flags : CONTINUATION;
    frames.push(encodeFrame(fin | first, payload.subarray(i * size, (i + 1) * size)));
  }
  return Buffer.concat(frames);
}

function payloadOf(content, bytes, which) {
  if (content === 'records') return recordsOf(bytes, which);
  if (content === 'binary') return Buffer.alloc(bytes).map((_, i) => (i * 131 + (i >> 8)) & 0xff);
  return wholeCharacters(TEXTS[content], bytes);
}

/** So many bytes of whole characters. */
function wholeCharacters(text, bytes) {
  const whole = Buffer.alloc(bytes, '.');
  const unit = Buffer.from(text);
  let end = 0;
  while (end + unit.length <= bytes) end += unit.copy(whole, end);
  for (const character of text) {
    if (end + Buffer.byteLength(character) > bytes) break;
    end += whole.write(character, end);
  }
  return whole;
}

/** Records that are alike but not the same; each run has the same. */
function recordsOf(bytes, which) {
  let seed = which + 1;
  const random = (below) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  let text = '[';
  while (text.length < bytes) {
    const symbol = ['NEST', 'WIRE', 'NODE', 'RXJS'][random(4)];
    const at = new Date(1.7e12 + random(1e10));
    text += `${JSON.stringify({ id: random(1e9), symbol, price: random(1e6) / 100, volume: random(1e5), at })},`;
  }
  return Buffer.from(text.slice(0, bytes));
}

function eventOf(bytes, dialect, which) {
  const data = { id: 4711 + which, room: 'lobby', text: '' };
  // As long in both dialects as the JSON of an event is.
  data.text = 'x'.repeat(bytes - JSON.stringify({ event: 'echo', data }).length);
  return Buffer.from(
    dialect === 'socket.io' ? `42${JSON.stringify(['echo', data])}` : JSON.stringify({ event: 'echo', data }),
  );
}

/** On no context but its own, which every inflater understands, whether it keeps its window or not. */
function deflate(payload) {
  return deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -FLUSH_TAIL_BYTES);
}
