// The control channel of several nodes, in memory: what is sent is delivered in the same breath, unless a node is cut off.

import { PresenceExchange } from '../../../lib/topic/brokers/presence-exchange.js';
import type { PresentMember } from '../../../lib/topic/broker.js';

export interface TestNode {
  readonly exchange: PresenceExchange;
  /** What is logged. */
  readonly failures: string[];
  /** By topic. */
  readonly members: Map<string, PresentMember[]>;
}

export class ControlChannels {
  /** Everything sent, as text. */
  readonly sent: string[] = [];
  private readonly nodes: TestNode[] = [];
  private readonly deaf = new Set<TestNode>();

  /** A node that greets the others. */
  node(members: { readonly [topic: string]: readonly PresentMember[] } = {}): TestNode {
    const failures: string[] = [];
    const ofTopics = new Map(Object.entries(members).map(([topic, some]) => [topic, [...some]]));
    const exchange = new PresenceExchange(
      {
        broadcast: async (text) => this.isAlive(node) && this.deliver(this.nodes, text),
        sendTo: async (name, text) =>
          this.deliver(
            this.nodes.filter(({ exchange }) => exchange.node === name),
            text,
          ),
      },
      { membersOf: (topic) => ofTopics.get(topic) ?? [], failed: (what) => void failures.push(what) },
    );
    const node: TestNode = { exchange, failures, members: ofTopics };
    this.nodes.push(node);
    exchange.greet();
    return node;
  }

  /** The process is gone, without a word. */
  kill(node: TestNode): void {
    this.nodes.splice(this.nodes.indexOf(node), 1);
  }

  /** What is sent does not reach the node any more. */
  deafen(node: TestNode): void {
    this.deaf.add(node);
  }

  restore(node: TestNode): void {
    this.deaf.delete(node);
  }

  private isAlive(node: TestNode): boolean {
    return this.nodes.includes(node);
  }

  private deliver(nodes: readonly TestNode[], text: string): void {
    this.sent.push(text);
    for (const node of nodes) if (!this.deaf.has(node)) node.exchange.receive(text);
  }
}
