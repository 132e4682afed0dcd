// What a server says under an id (docs/protocol.md), as a client of the kit tells it apart.

import type { ErrorBody, TopicPosition } from '../envelope/json-envelope.js';

export type ServerMessage =
  | { readonly type: 'next'; readonly event?: string; readonly data: unknown; readonly offset?: number }
  | { readonly type: 'complete'; readonly dropped?: number }
  | { readonly type: 'error'; readonly error: ErrorBody }
  | { readonly type: 'request'; readonly n: number }
  | { readonly type: 'cancel' }
  | ({ readonly type: 'subscribed'; readonly recovered: boolean } & Partial<TopicPosition>);

/** Whoever is told what comes under an id. */
export interface IdListener {
  /** @returns whether it was about what goes on under the id */
  receive(message: ServerMessage): boolean;
  /** The connection has ended. */
  close(why: string): void;
}
