// Frames that one connection after another sends in the same order: what is broadcast in one turn. Each step of a run is made once,
// however many take it, and so are the bytes of all its frames joined.

import { Buffer } from 'node:buffer';

let lastBegun: FrameRun | undefined;

/** The run that begins with a frame. */
export function beginRun(frame: Buffer): FrameRun {
  if (lastBegun?.frame !== frame) lastBegun = new FrameRun(frame, undefined);
  return lastBegun;
}

export class FrameRun {
  /** How many bytes all its frames have. */
  readonly length: number;
  /** Its last one. */
  readonly frame: Buffer;
  private readonly before: FrameRun | undefined;
  private following: FrameRun | undefined;
  private whole: Buffer | undefined;

  constructor(frame: Buffer, before: FrameRun | undefined) {
    this.length = before === undefined ? frame.length : before.length + frame.length;
    this.frame = frame;
    this.before = before;
    this.following = undefined;
    this.whole = before === undefined ? frame : undefined;
  }

  /** This run with one frame more. */
  followedBy(frame: Buffer): FrameRun {
    if (this.following?.frame !== frame) this.following = new FrameRun(frame, this);
    return this.following;
  }

  /** All its frames as one buffer, which nobody may write to. */
  joined(): Buffer {
    return (this.whole ??= Buffer.concat(this.frames(), this.length));
  }

  private frames(): Buffer[] {
    const frames = [this.frame];
    for (let { before } = this; before !== undefined; before = before.before) frames.push(before.frame);
    return frames.reverse();
  }
}
