// Calls a plain handler (plain-method.ts) without Nest's pipeline, to the same effect: Nest would build the same arguments
// and call the same method with the same `this`, after nothing but awaits, and what the method throws, rejects with or lets
// its Observable fail with goes to the same filters (error-gate.ts). Two things differ, and no handler can rely on them: it
// starts while its message is being delivered and not some microtasks later, and fewer microtasks lie before its answer.

import type { GateTime } from './error-gate.js';
import type { HandlerMethod, HandlerTraits, PlainMethod } from './plain-method.js';
import type { WireSocket } from '../socket/wire-socket.js';

/** A handler as Nest binds it to one client; which kinds of pattern there are is for the application to say. */
export interface MessageHandler {
  readonly message: unknown;
  readonly isAckHandledManually: boolean;
  /** @default none */
  readonly traits?: HandlerTraits;
  /** When its exception filters can be given an error (error-gate.ts); absent where they cannot. */
  readonly gate?: GateTime;
  callback(data: unknown, event: unknown, ...extras: unknown[]): unknown;
}

export class DirectHandler {
  readonly message: unknown;
  readonly traits: HandlerTraits | undefined;
  /** The same handler as Nest bound it. */
  readonly bound: MessageHandler;
  private readonly method: PlainMethod;
  private readonly client: WireSocket;

  constructor(bound: MessageHandler, method: PlainMethod, client: WireSocket) {
    this.message = bound.message;
    this.traits = bound.traits;
    this.bound = bound;
    this.method = method;
    this.client = client;
  }

  /** @returns what the method returned @throws what the method threw */
  call(data: unknown): unknown {
    return this.method.call(this.client, data);
  }
}

/**
 * The handlers of one gateway for one client as their methods want to be called: the plain ones directly, and all with
 * their traits.
 * @param methods those of the gateway, as {@link judgeHandlers} sees them; handlers that are not theirs stay as they are
 */
export function bindMethods(
  handlers: readonly MessageHandler[],
  methods: readonly HandlerMethod[],
  client: WireSocket,
): readonly (MessageHandler | DirectHandler)[] {
  const areTheirs =
    handlers.length === methods.length && handlers.every(({ message }, i) => message === methods[i]!.pattern);
  if (!areTheirs) return handlers;
  return handlers.map((handler, i) => {
    const { plain, traits, gate } = methods[i]!;
    // A direct handler raises errors without being told that it can.
    const mustTell = traits !== undefined || (gate !== undefined && plain === undefined);
    const bound = mustTell ? { ...handler, ...(traits && { traits }), ...(gate && { gate }) } : handler;
    return plain === undefined ? bound : new DirectHandler(bound, plain, client);
  });
}
