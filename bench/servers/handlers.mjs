// The kinds of handlers whose cost is compared: for each, the handler, and what Nest's decorators put before it.

/** @param nest what Nest and RxJS export @returns the handler of `echo`, and decorators for it */
export function handlerOf(kind, nest) {
  const answer = (data) => ({ event: 'echo', data });
  const kinds = {
    plain: () => ({ echo: answer, decorators: [] }),
    async: () => ({ echo: async (data) => answer(data), decorators: [] }),
    observable: () => ({ echo: (data) => nest.of(answer(data)), decorators: [] }),
    guard: () => ({ echo: answer, decorators: [nest.UseGuards({ canActivate: () => true })] }),
    pipe: () => ({ echo: answer, decorators: [nest.UsePipes({ transform: (value) => value })] }),
    interceptor: () => ({
      echo: answer,
      decorators: [nest.UseInterceptors({ intercept: (_context, next) => next.handle() })],
    }),
  };
  return kinds[kind]();
}
