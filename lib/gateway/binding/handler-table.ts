// Which handlers a message is for. Nest binds a gateway's handlers to each client anew, but nothing in them differs except
// the client: so a table tells them apart by pattern once for all clients of a path, by their places in what Nest gives to
// a client, and a client keeps no more than that. Tables do not change; one with a further gateway is another table.

import { matchTopic, type TopicMatch } from '../topic/match-topic.js';
import { RawMessagePattern } from '../decorators/raw-message.js';
import type { HandlerMethod } from './plain-method.js';

/** A handler as Nest binds it to one client; which kinds of pattern there are is for the application to say. */
export interface MessageHandler {
  readonly message: unknown;
  readonly isAckHandledManually: boolean;
  callback(data: unknown, event: unknown, ...extras: unknown[]): unknown;
}

/** Where a handler stands among those that Nest binds to any client, gateway by gateway, and what is known of its method. */
export interface HandlerPlace {
  readonly gateway: number;
  readonly index: number;
  readonly method: HandlerMethod;
}

const NO_PLACES: readonly HandlerPlace[] = [];

export class HandlerTable {
  /** Of no gateway. */
  static readonly EMPTY = new HandlerTable(0, new Map());

  /** Whether any handler is for messages in an envelope. */
  readonly hasEventHandlers: boolean;
  private readonly gateways: number;
  private readonly byPattern: ReadonlyMap<unknown, readonly HandlerPlace[]>;

  private constructor(gateways: number, byPattern: ReadonlyMap<unknown, readonly HandlerPlace[]>) {
    this.hasEventHandlers = [...byPattern.keys()].some((pattern) => !(pattern instanceof RawMessagePattern));
    this.gateways = gateways;
    this.byPattern = byPattern;
  }

  /** Where the handlers for a pattern stand, in the order in which their gateways were bound. */
  placesOf(pattern: unknown): readonly HandlerPlace[] {
    return this.byPattern.get(pattern) ?? NO_PLACES;
  }

  has(pattern: unknown): boolean {
    return this.byPattern.has(pattern);
  }

  /** The handlers that decide about a topic. */
  matchTopic(topic: string): TopicMatch<HandlerPlace> | undefined {
    return matchTopic(this.byPattern, topic);
  }

  /** One with a further gateway. Where that names an event twice, its last handler counts, as with Nest. */
  with(methods: readonly HandlerMethod[]): HandlerTable {
    const byPattern = new Map(this.byPattern);
    for (const [pattern, index] of new Map(methods.map(({ pattern }, i) => [pattern, i]))) {
      const place: HandlerPlace = { gateway: this.gateways, index, method: methods[index]! };
      byPattern.set(pattern, [...this.placesOf(pattern), place]);
    }
    return new HandlerTable(this.gateways + 1, byPattern);
  }
}

/** How the handlers of one gateway are added to the table of each client: found once, and looked up from then on. */
export class GatewayHandlers {
  private readonly methods: readonly HandlerMethod[];
  private base: HandlerTable | undefined;
  private extended: HandlerTable | undefined;
  private extendedBy: readonly HandlerMethod[];

  /** @param methods as `judgeHandlers` sees them; handlers that are not theirs are called by Nest alone */
  constructor(methods: readonly HandlerMethod[]) {
    this.methods = methods;
    this.base = undefined;
    this.extended = undefined;
    this.extendedBy = methods;
  }

  /** @param handlers those that Nest has bound to a client @returns the client's table with them */
  extend(table: HandlerTable, handlers: readonly MessageHandler[]): HandlerTable {
    if (this.base === table && arePatternsOf(this.extendedBy, handlers)) return this.extended!;
    this.base = table;
    this.extendedBy = arePatternsOf(this.methods, handlers) ? this.methods : handlers.map(unknownMethod);
    this.extended = table.with(this.extendedBy);
    return this.extended;
  }
}

function arePatternsOf(methods: readonly HandlerMethod[], handlers: readonly MessageHandler[]): boolean {
  return methods.length === handlers.length && handlers.every(({ message }, i) => message === methods[i]!.pattern);
}

function unknownMethod({ message: pattern }: MessageHandler): HandlerMethod {
  return { pattern, traits: undefined, gate: undefined, plain: undefined };
}
