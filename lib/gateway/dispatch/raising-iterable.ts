// An async iterable whose error goes to somebody who deals with it; for whoever pulls, the iterable has then ended. What
// `catchError` is for Observables.

/** @param raise takes the error; the end is told when its promise has settled */
export function raising(
  source: AsyncIterable<unknown>,
  raise: (error: unknown) => Promise<unknown>,
): AsyncIterable<unknown> {
  return {
    [Symbol.asyncIterator](): AsyncIterator<unknown> {
      const iterator = source[Symbol.asyncIterator]();
      let isOver = false;
      return {
        async next() {
          try {
            return await iterator.next();
          } catch (error) {
            // Nobody wants to hear how an iterator ends that was told to.
            if (!isOver) {
              isOver = true;
              await raise(error);
            }
            return { done: true, value: undefined };
          }
        },
        async return() {
          // As with `for await`: what has failed is not returned.
          if (!isOver) {
            isOver = true;
            await iterator.return?.();
          }
          return { done: true, value: undefined };
        },
      };
    },
  };
}
