// One file on its way: counted and hashed, piece by piece. Nothing of it is kept.

import { createHash } from 'node:crypto';
import { WsException } from '@nestjs/websockets';
import type { Subscriber } from 'rxjs';

const PROGRESS_INTERVAL_MS = 100;

export interface UploadProgress {
  readonly received: number;
  readonly total: number;
}

export interface UploadResult extends UploadProgress {
  /** In hexadecimal. */
  readonly sha256: string;
  readonly seconds: number;
}

export class Upload {
  private readonly hash = createHash('sha256');
  private readonly startedAt = performance.now();
  private reportedAt = this.startedAt;
  private received = 0;

  constructor(
    private readonly total: number,
    private readonly reader: Subscriber<UploadProgress | UploadResult>,
  ) {}

  /** Tells the client that it may send. */
  start(): void {
    this.reader.next({ received: 0, total: this.total });
    if (this.total === 0) this.finish();
  }

  receive(chunk: Uint8Array): void {
    this.received += chunk.length;
    if (this.received > this.total) {
      const message = `More than the ${this.total} bytes came that were announced.`;
      this.reader.error(new WsException({ status: 400, code: 'TOO_MANY_BYTES', message }));
      return;
    }
    this.hash.update(chunk);
    if (this.received === this.total) this.finish();
    else this.report();
  }

  private report(): void {
    const now = performance.now();
    if (now - this.reportedAt < PROGRESS_INTERVAL_MS) return;
    this.reportedAt = now;
    this.reader.next({ received: this.received, total: this.total });
  }

  private finish(): void {
    const seconds = (performance.now() - this.startedAt) / 1000;
    this.reader.next({ received: this.received, total: this.total, sha256: this.hash.digest('hex'), seconds });
    this.reader.complete();
  }
}
