// Frames that one connection after another sends in the same order: what is broadcast in one turn. Each step of a run is made once,
// however many take it, and so are the bytes of the run that was joined last.

import { Buffer } from 'node:buffer';

const NOTHING = Buffer.alloc(0);

let lastBegun: FrameRun | undefined;
let lastJoined: FrameRun | undefined;
let lastBytes = NOTHING;

/** The run that begins with a frame. */
export function beginRun(frame: Buffer): FrameRun {
  if (lastBegun?.frame !== frame) lastBegun = new FrameRun(frame, undefined);
  return lastBegun;
}

/** The turn is over: what was sent in it is kept alive by nobody. */
export function forgetRuns(): void {
  lastBegun = undefined;
  lastJoined = undefined;
  lastBytes = NOTHING;
}

export class FrameRun {
  /** How many bytes all its frames have. */
  readonly length: number;
  /** Its last one. */
  readonly frame: Buffer;
  private readonly before: FrameRun | undefined;
  private following: FrameRun | undefined;

  constructor(frame: Buffer, before: FrameRun | undefined) {
    this.length = before === undefined ? frame.length : before.length + frame.length;
    this.frame = frame;
    this.before = before;
    this.following = undefined;
  }

  /** This run with one frame more. */
  followedBy(frame: Buffer): FrameRun {
    if (this.following?.frame !== frame) this.following = new FrameRun(frame, this);
    return this.following;
  }

  /** All its frames as one buffer, which nobody may write to. */
  joined(): Buffer {
    return this.before === undefined ? this.frame : join(this);
  }

  /** In order. */
  frames(): Buffer[] {
    const frames = [this.frame];
    for (let { before } = this; before !== undefined; before = before.before) frames.push(before.frame);
    return frames.reverse();
  }
}

function join(run: FrameRun): Buffer {
  if (lastJoined !== run) {
    lastBytes = Buffer.concat(run.frames(), run.length);
    lastJoined = run;
  }
  return lastBytes;
}
