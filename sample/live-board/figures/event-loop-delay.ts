// How late the event loop came to its work. Node measures with a timer of its own; the time that the timer was meant to
// take is part of what it records.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Probe } from './sampled.js';

/** Fine enough for a percentile of half a second to mean something. */
const RESOLUTION_MS = 2;

/** Milliseconds, since the reading before. */
export interface EventLoopDelayFigure {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export function openEventLoopDelayProbe(): Probe<EventLoopDelayFigure> {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return {
    read() {
      const figure = {
        p50: toDelayMs(histogram.percentile(50)),
        p99: toDelayMs(histogram.percentile(99)),
        max: toDelayMs(histogram.max),
      };
      histogram.reset();
      return figure;
    },
    close: () => histogram.disable(),
  };
}

function toDelayMs(recordedNs: number): number {
  return Math.max(0, recordedNs / 1e6 - RESOLUTION_MS);
}
