// Where a run took place, for whoever compares its figures with others.

import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

export function describeMachine({ cores }) {
  const [{ model }] = cpus();
  const pinned =
    cores.server === undefined
      ? 'not pinned to cores'
      : `servers pinned to core ${cores.server}, their clients to core ${cores.client}`;
  return [
    `${model.trim()}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${type()} ${release()}, Node ${process.version}, load ${loadavg()[0].toFixed(1)} when it began`,
    pinned,
  ].join('; ');
}
