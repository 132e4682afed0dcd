// One order carried out by a peer in this process, whatever its interface is: the peer tells what happens, and is told what
// to do next.

import { type Echo, echoOf, type Order, type Report } from './order.js';

/** What an order asks a peer to do. */
export interface Actions {
  /** Sends the order's message. */
  send(): void;
  /** Sends the order's ping. */
  ping?(payload: string): void;
  close(code: number | undefined, reason: string | undefined): void;
}

export class OrderedConversation {
  private readonly echoes: Echo[];
  private subprotocol: string;
  private pong: string | undefined;

  constructor(
    private readonly order: Order,
    private readonly actions: Actions,
  ) {
    this.echoes = [];
    this.subprotocol = '';
    this.pong = undefined;
  }

  opened(subprotocol: string): void {
    this.subprotocol = subprotocol;
    const { message, ping } = this.order;
    if (message !== undefined) this.actions.send();
    else if (ping !== undefined) this.actions.ping?.(ping);
    else this.finish();
  }

  received(data: string | Uint8Array): void {
    const message = this.order.message!;
    this.echoes.push(echoOf(message, data));
    if (this.echoes.length < message.repeats) this.actions.send();
    else this.finish();
  }

  ponged(payload: string): void {
    this.pong = payload;
    this.finish();
  }

  closed(code: number, reason: string): Report {
    const { subprotocol, echoes, pong } = this;
    return { subprotocol, echoes, ...(pong !== undefined && { pong }), close: { code, reason } };
  }

  private finish(): void {
    const { close } = this.order;
    if (close !== undefined) this.actions.close(close.code, close.reason);
  }
}
