// A subscriber that remembers everything it was told, and judges it: each entry follows upon the one before, or a gap was
// reported; nothing comes twice.

import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import type { Position } from '../../../../lib/topic/position.js';
import type { Subscriber } from '../../../../lib/topic/subscriber.js';
import { decodeBody, type TopicMessage } from '../../../../lib/topic/topic-message.js';
import { until } from '../../../support/bounded-wait.js';

interface Told {
  /** What was published; undefined where it was told that it is subscribed. */
  readonly data: unknown;
  readonly position: Position;
}

export class Witness implements Subscriber {
  readonly id = randomUUID();
  readonly info = undefined;
  /** Everything, in order. */
  readonly told: Told[] = [];
  /** How often it was told that what came before may be missing. */
  gaps: number;

  constructor(isRecovering: boolean) {
    // Who does not come back misses nothing when it is told for the first time.
    this.gaps = isRecovering ? 0 : -1;
  }

  next(message: TopicMessage, position: Position | undefined): void {
    this.told.push({ data: decodeBody(message.body).data, position: position! });
  }

  subscribed(position: Position | undefined, recovered: boolean): void {
    if (!recovered) this.gaps++;
    this.told.push({ data: undefined, position: position! });
  }

  /** What was published to it. */
  get received(): unknown[] {
    return this.told.map(({ data }) => data).filter((data) => data !== undefined);
  }

  async sees(data: unknown): Promise<void> {
    await until(() => this.told.some((each) => each.data === data), `the message ${String(data)}`);
  }

  /** Waits until it was sent what stands there, or told that it was missed. */
  async reaches({ epoch, offset }: Position): Promise<void> {
    const isThere = ({ position }: Told): boolean => position.epoch === epoch && position.offset >= offset;
    await until(() => this.told.some(isThere), `what stands at ${offset}`);
  }

  /** Nothing was lost without a word, and nothing came twice. */
  expectNoSilentGap(): void {
    expect(new Set(this.received).size).toBe(this.received.length);
    let before: Position | undefined;
    for (const { data, position } of this.told) {
      if (data !== undefined) expect(position).toEqual({ epoch: before!.epoch, offset: before!.offset + 1 });
      before = position;
    }
  }
}
