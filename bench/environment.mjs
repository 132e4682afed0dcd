// What this machine allows, and what it is.

import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** What a process has open besides connections. */
const OTHER_FILES = 100;

/** @returns the processor cores for servers and for clients: one of its own for each, where that can be asked for */
export function chooseCores() {
  const canPin = availableParallelism() > 1 && spawnSync('taskset', ['-c', '0,1', 'true']).status === 0;
  return canPin ? { server: 0, client: 1 } : { server: undefined, client: undefined };
}

/** How many connections a process can hold; Node raises its own limit of open files as far as it may. */
export function mostConnections() {
  const limit = Number.parseInt(spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout, 10);
  return Number.isInteger(limit) ? limit - OTHER_FILES : Infinity;
}

/** For whoever compares the figures with others. */
export function describeMachine({ cores, connections }) {
  const [{ model }] = cpus();
  const pinned =
    cores.server === undefined
      ? 'processes not pinned to cores'
      : `servers pinned to core ${cores.server}, their clients to core ${cores.client}`;
  return [
    `${model.trim()}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${type()} ${release()}, Node ${process.version}, load ${loadavg()[0].toFixed(1)} when it began`,
    pinned,
    `at most ${connections.toLocaleString('en')} connections${connections < mostConnections() ? '' : ' (ulimit -n)'}`,
  ].join('; ');
}
