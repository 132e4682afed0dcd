// The hooks of clients that are still running, so that a shutdown can wait for them: Nest throws away the promises they
// return.

import type { ResolvedPathOptions } from '../options/path-options.js';

/** Who shares the options of a path: its server, and all of its clients. */
interface OnPath {
  readonly options: ResolvedPathOptions;
}

const running = new WeakMap<ResolvedPathOptions, Set<Promise<unknown>>>();

/** @param hook does not reject */
export function trackHook({ options }: OnPath, hook: Promise<unknown>): void {
  let hooks = running.get(options);
  if (hooks === undefined) running.set(options, (hooks = new Set()));
  hooks.add(hook);
  void hook.then(() => hooks.delete(hook));
}

/** Resolves when the hooks of all clients of a path have come to rest. */
export async function hooksOf({ options }: OnPath): Promise<void> {
  // A request-scoped gateway's is called when Nest has found its instance, microtasks after the connection ended.
  await new Promise((resolve) => setImmediate(resolve));
  for (;;) {
    const hooks = running.get(options);
    if (hooks === undefined || hooks.size === 0) return;
    await Promise.all(hooks);
  }
}
