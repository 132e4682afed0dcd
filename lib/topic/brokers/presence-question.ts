// One question that was put to all nodes, who is in a topic: gathers their answers, part by part, until all that are expected have
// come or the time is over.

import type { Presence, PresentMember } from '../broker.js';

/** What of a node's answer has come. */
interface Progress {
  readonly parts: number;
  readonly received: Set<number>;
}

export class PresenceQuestion {
  readonly presence: Promise<Presence>;
  private readonly members: Map<string, PresentMember>;
  /** Nodes that have not answered in full yet. */
  private readonly awaited: Set<string>;
  private readonly progress: Map<string, Progress>;
  private readonly timer: NodeJS.Timeout;
  private readonly settle: { resolve(presence: Presence): void; reject(error: Error): void };

  constructor(awaited: Iterable<string>, timeoutMs: number) {
    let settle: typeof this.settle;
    this.presence = new Promise((resolve, reject) => (settle = { resolve, reject }));
    this.settle = settle!;
    this.members = new Map();
    this.awaited = new Set(awaited);
    this.progress = new Map();
    this.timer = setTimeout(() => this.end(), timeoutMs);
  }

  /** A part of a node's answer, also of one that was not expected to be there. */
  answer(node: string, part: number, parts: number, members: readonly PresentMember[]): void {
    for (const member of members) this.members.set(member.id, member);
    const progress = this.progress.get(node) ?? { parts, received: new Set() };
    this.progress.set(node, progress);
    progress.received.add(part);
    if (progress.received.size === progress.parts) this.dismiss(node);
  }

  /** Nothing more is expected of a node. */
  dismiss(node: string): void {
    this.awaited.delete(node);
    if (this.awaited.size === 0) this.end();
  }

  fail(error: Error): void {
    clearTimeout(this.timer);
    this.settle.reject(error);
  }

  private end(): void {
    clearTimeout(this.timer);
    this.settle.resolve({ members: [...this.members.values()], isComplete: this.awaited.size === 0 });
  }
}
