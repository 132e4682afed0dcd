// One reading for all who look: the first one to look opens the probe, the last one to leave closes it, and in between it
// is read twice a second, however many look.

import { defer, finalize, interval, map, type Observable, share } from 'rxjs';

const SAMPLE_INTERVAL_MS = 500;

export interface Probe<T> {
  /** What happened since the last reading. */
  read(): T;
  close?(): void;
}

export function sampled<T>(openProbe: () => Probe<T>): Observable<T> {
  return defer(() => {
    const probe = openProbe();
    return interval(SAMPLE_INTERVAL_MS).pipe(
      map(() => probe.read()),
      finalize(() => probe.close?.()),
    );
  }).pipe(share());
}
