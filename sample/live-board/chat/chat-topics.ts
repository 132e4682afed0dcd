// The topics of the chat, over all nodes, and what is told by the first of them.

/** Whoever subscribes watches the chat; `ChatEvents` says which events it has. */
export const CHAT = 'chat';
/** Those who gave a name are its members. Nothing is published to it. */
export const PEOPLE = 'chat/people';

/** Somebody in the chat. */
export interface Seat {
  readonly id: string;
  readonly name: string;
}

export interface ChatMessage {
  /** Unique over all nodes. */
  readonly id: string;
  readonly from: Seat;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface ChatEvents {
  readonly said: ChatMessage;
  readonly joined: Seat;
  readonly left: Seat;
  readonly announced: { readonly from: string; readonly text: string };
}
