// What a node and the primary tell each other over the cluster's IPC: questions about topics with their answers, and who is there.

import type { Position, PresentMember, TopicEntry, TopicMessage } from 'nestwire';

/** A node's question to the primary; `id` is the node's own. */
export type Question =
  | { readonly ask: 'subscribe' | 'unsubscribe' | 'presence'; readonly id: number; readonly topic: string }
  | { readonly ask: 'history'; readonly id: number; readonly topic: string; readonly since: Position }
  | {
      readonly ask: 'publish';
      readonly id: number;
      readonly topic: string;
      readonly message: TopicMessage;
      /** In milliseconds since 1970: each process has a performance clock of its own. */
      readonly deadline: number;
    };

export type FromNode =
  | Question
  /** The answer to `whoIsIn`. */
  | { readonly members: readonly PresentMember[]; readonly id: number }
  | { readonly kill: number };

export type FromPrimary =
  | { readonly answer: unknown; readonly id: number }
  | { readonly refusal: string; readonly id: number }
  | { readonly entry: TopicEntry; readonly topic: string }
  | { readonly whoIsIn: string; readonly id: number }
  | { readonly nodes: readonly ClusterNode[] };

/** A process that serves pages. */
export interface ClusterNode {
  /** From 1; a node that is started for one that ended has its number. */
  readonly number: number;
  readonly pid: number;
  readonly isUp: boolean;
}

/** One end of the line between a node and the primary: what is sent arrives in order, as JSON. */
export interface Line<Sent, Received> {
  send(message: Sent): void;
  listen(listener: (message: Received) => void): void;
}
