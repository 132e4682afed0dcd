// Nobody waits for ever: calls `fail` when a number has not changed for a while.

const PATIENCE_MS = 10_000;

/** @returns a function that ends the watch */
export function watchProgress(read, fail) {
  let last = read();
  const timer = setInterval(() => {
    const now = read();
    if (now === last) {
      clearInterval(timer);
      fail(new Error(`no answer for ${PATIENCE_MS / 1000} s, after ${now}`));
    }
    last = now;
  }, PATIENCE_MS);
  return () => clearInterval(timer);
}
