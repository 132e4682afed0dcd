// Bytes from a server in, the number of messages they complete out. Steps from header to header without looking at payloads,
// except for those few that are asked for and those that want an answer: pings of WebSocket and of Engine.IO.

import { constants, inflateRawSync } from 'node:zlib';

const CLOSE = 8;
const PING = 9;
const FLUSH_TAIL = Buffer.from([0, 0, 0xff, 0xff]);
const LONGEST_HEADER = 14;
const WINDOW_BYTES = 32 * 1024;

export class AnswerReader {
  /** @param onControl called with the opcode and the payload of a control frame, or of a message of a single byte */
  constructor(onControl) {
    this.onControl = onControl;
    this.header = Buffer.alloc(LONGEST_HEADER);
    this.headerBytes = 0;
    this.left = 0;
    this.opcode = 0;
    this.isLast = false;
    this.isInPayload = false;
    /** The pieces of the payload that is being read, where somebody wants to see it. */
    this.pieces = undefined;
    this.isCompressed = false;
    /** Where the masking key stands in the header, and how much of the payload it has been used on. */
    this.keyOffset = undefined;
    this.unmasked = 0;
    /** Of the messages that were looked at. */
    this.compressedMessages = 0;
    /** The last bytes of the compressed messages that were looked at. */
    this.window = Buffer.alloc(0);
    /** Of messages, without headers and control frames. */
    this.payloadBytes = 0;
    /** Given each whole payload while it is set. */
    this.onPayload = undefined;
  }

  /** @returns how many messages have been completed */
  read(chunk, length) {
    let messages = 0;
    let at = 0;
    while (at < length || (this.isInPayload && this.left === 0)) {
      if (!this.isInPayload) {
        at = this.readHeader(chunk, at, length);
        continue;
      }
      const size = Math.min(this.left, length - at);
      if (this.pieces !== undefined) this.keep(chunk.subarray(at, at + size));
      at += size;
      this.left -= size;
      if (this.left > 0) break;
      this.isInPayload = false;
      if (this.endFrame()) messages++;
    }
    return messages;
  }

  /** @returns where the payload begins, or the end of the chunk */
  readHeader(chunk, start, length) {
    const { header } = this;
    let at = start;
    while (at < length) {
      header[this.headerBytes++] = chunk[at++];
      if (this.headerBytes >= 2 && this.headerBytes === headerSize(header[1])) {
        this.beginPayload();
        break;
      }
    }
    return at;
  }

  beginPayload() {
    const { header } = this;
    const short = header[1] & 0x7f;
    this.left = short < 126 ? short : short === 126 ? header.readUInt16BE(2) : Number(header.readBigUInt64BE(2));
    this.opcode = header[0] & 0x0f;
    this.isLast = (header[0] & 0x80) !== 0;
    this.isInPayload = true;
    if (this.opcode !== 0) this.isCompressed = (header[0] & 0x40) !== 0;
    if (this.opcode < CLOSE) this.payloadBytes += this.left;
    const isCold = this.opcode >= CLOSE || this.left === 1 || this.onPayload !== undefined;
    if (isCold) this.pieces ??= [];
    this.keyOffset = (header[1] & 0x80) === 0 ? undefined : this.headerBytes - 4;
    this.unmasked = 0;
    this.headerBytes = 0;
  }

  /** The floor sends back what is masked. */
  keep(piece) {
    const { header, keyOffset, unmasked } = this;
    this.pieces.push(
      keyOffset === undefined
        ? Buffer.from(piece)
        : Buffer.from(piece).map((byte, i) => byte ^ header[keyOffset + ((unmasked + i) & 3)]),
    );
    this.unmasked += piece.length;
  }

  /** @returns whether a message has ended with it */
  endFrame() {
    if (this.pieces === undefined) return this.isLast;
    if (!this.isLast) return false;
    const payload = Buffer.concat(this.pieces);
    this.pieces = undefined;
    if (this.opcode >= CLOSE || payload.length === 1) {
      if (this.opcode < CLOSE) this.payloadBytes -= payload.length;
      this.onControl(this.opcode, payload);
      return false;
    }
    this.onPayload?.(this.isCompressed ? this.inflate(payload) : payload);
    return true;
  }

  /** Also where the server keeps its window (RFC 7692 §7.1): what it may refer to is what it has sent last. */
  inflate(payload) {
    this.compressedMessages++;
    const { window } = this;
    const dictionary = window.length > 0 ? { dictionary: window } : {};
    const whole = Buffer.concat([payload, FLUSH_TAIL]);
    const message = inflateRawSync(whole, { finishFlush: constants.Z_SYNC_FLUSH, ...dictionary });
    this.window = Buffer.concat([window, message]).subarray(-WINDOW_BYTES);
    return message;
  }
}

export const isPing = (opcode, payload) => opcode === PING || (opcode === 1 && payload[0] === 0x32);
export const isClose = (opcode) => opcode === CLOSE;

function headerSize(second) {
  const short = second & 0x7f;
  return (short < 126 ? 2 : short === 126 ? 4 : 10) + ((second & 0x80) === 0 ? 0 : 4);
}
