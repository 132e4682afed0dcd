import { freemem, totalmem } from 'node:os';
import type { Probe } from './sampled.js';

/** Bytes. */
export interface MemoryFigure {
  readonly machineUsed: number;
  readonly machineTotal: number;
  /** What this process holds of it. */
  readonly resident: number;
  /** JavaScript objects of this process, live or not collected yet. */
  readonly heap: number;
}

export function openMemoryProbe(): Probe<MemoryFigure> {
  return {
    read() {
      const { rss, heapUsed } = process.memoryUsage();
      return { machineUsed: totalmem() - freemem(), machineTotal: totalmem(), resident: rss, heap: heapUsed };
    },
  };
}
