// Time that the processors were busy, from the counters that the operating system keeps.

import { cpus } from 'node:os';
import type { Probe } from './sampled.js';

/** Percent of all cores together. */
export interface CpuFigure {
  readonly machine: number;
  /** This Node process alone. */
  readonly process: number;
}

export function openCpuProbe(): Probe<CpuFigure> {
  let before = readCounters();
  return {
    read() {
      const now = readCounters();
      const all = now.all - before.all;
      const machine = all === 0 ? 0 : 1 - (now.idle - before.idle) / all;
      const process = (now.process - before.process) / ((now.at - before.at) * now.cores);
      before = now;
      return { machine: percent(machine), process: percent(process) };
    },
  };
}

function readCounters(): { all: number; idle: number; process: number; at: number; cores: number } {
  const cores = cpus();
  const own = process.cpuUsage();
  return {
    all: cores.reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq + times.idle, 0),
    idle: cores.reduce((sum, { times }) => sum + times.idle, 0),
    // Microseconds, as the other counters are milliseconds.
    process: (own.user + own.system) / 1000,
    at: performance.now(),
    cores: cores.length,
  };
}

function percent(share: number): number {
  return Math.min(100, Math.max(0, share * 100));
}
