// A broadcast, though nobody calls it so: the same text sent to one socket after another. The second to send it makes a frame
// of it, and all that follow send that frame, not a copy. Strings cannot change, so that it does not matter when they were sent;
// bytes could, and are not shared.

import { Buffer } from 'node:buffer';
import { encodeFrame } from '../frame/encode-frame.js';
import { FIN } from '../frame/frame-header.js';
import { Opcode } from '../frame/opcode.js';

/** What is remembered must not be much; the frames of larger texts are made for each. */
const REMEMBER_UP_TO = 16 * 1024;

let lastText: string | undefined;
let lastSender: object | undefined;
let lastFrame: Buffer | undefined;

/** The unmasked frame of a text that another sender has sent just before; otherwise undefined. */
export function sharedFrame(text: string, sender: object): Buffer | undefined {
  if (text !== lastText) {
    if (text.length > REMEMBER_UP_TO) return undefined;
    lastText = text;
    lastSender = sender;
    lastFrame = undefined;
    return undefined;
  }
  if (lastFrame === undefined && sender !== lastSender) lastFrame = encodeFrame(FIN | Opcode.TEXT, Buffer.from(text));
  return lastFrame;
}

/** A sender that is gone is not kept alive by what it sent last. */
export function forgetSender(sender: object): void {
  if (lastSender !== sender) return;
  lastText = undefined;
  lastSender = undefined;
}
