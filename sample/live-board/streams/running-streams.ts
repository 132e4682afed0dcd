// Which streams run for whom, as those see it who subscribe and unsubscribe: a stream counts from the moment its Observable
// is subscribed to until it is let go.

import { Injectable } from '@nestjs/common';
import { auditTime, distinctUntilChanged, filter, map, type Observable, startWith, Subject } from 'rxjs';

const REPORT_INTERVAL_MS = 100;

@Injectable()
export class RunningStreams {
  private readonly running = new Map<object, string[]>();
  private readonly changes = new Subject<object>();
  private count = 0;

  /** For all clients together. */
  get total(): number {
    return this.count;
  }

  /** @returns what is to be called when it has stopped */
  begin(client: object, event: string): () => void {
    const events = this.running.get(client) ?? [];
    this.running.set(client, events);
    events.push(event);
    this.count++;
    this.changes.next(client);
    return () => {
      events.splice(events.indexOf(event), 1);
      if (events.length === 0) this.running.delete(client);
      this.count--;
      this.changes.next(client);
    };
  }

  /** The events of a client's streams, now and whenever one begins or stops. */
  of(client: object): Observable<readonly string[]> {
    return this.changes.pipe(
      filter((changed) => changed === client),
      startWith(client),
      auditTime(REPORT_INTERVAL_MS),
      map(() => (this.running.get(client) ?? []).toSorted()),
      distinctUntilChanged((before, now) => before.join() === now.join()),
    );
  }
}
