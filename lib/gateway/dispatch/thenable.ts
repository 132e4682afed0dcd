// What `await` waits for: promises of this realm, of another, and of libraries.

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value !== null && value !== undefined && typeof (value as { then?: unknown }).then === 'function';
}
