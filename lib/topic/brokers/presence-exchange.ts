// Who is in a topic, over all nodes of a broker: each is asked and answers for itself, nothing is stored, so that nobody remains of a
// node that was killed. Nodes know of each other by the signs they give; one that has given none for a while is not waited for.

import { randomUUID } from 'node:crypto';
import { BrokerClosedError, type BrokerSink, type Presence, type PresentMember } from '../broker.js';
import { type ControlMessage, decodeControl, encodeControl, isOfAnotherVersion } from './control-message.js';
import { membersInParts } from './member-parts.js';
import { PresenceQuestion } from './presence-question.js';

const HEARTBEAT_MS = 5_000;
/** A node that has given no sign for so long is taken for dead. */
const FORGOTTEN_AFTER_MS = 3 * HEARTBEAT_MS;
/** How long answers are waited for. */
const ANSWER_MS = 1_000;
/** How long the others have to answer a greeting, before questions are put to them. */
const GREETING_MS = 500;

/** What of a broker carries the exchange: whatever is sent reaches `PresenceExchange.receive` of those it is for, or is lost. */
export interface ControlChannel {
  /** To every node, this one included. */
  broadcast(text: string): Promise<unknown>;
  /** To one node, whose name has letters, digits, `-` and `_` only. */
  sendTo(node: string, text: string): Promise<unknown>;
}

export class PresenceExchange {
  /** The name of this node; the channel takes what is sent to it here. */
  readonly node: string;
  private readonly channel: ControlChannel;
  private readonly sink: Pick<BrokerSink, 'membersOf' | 'failed'>;
  /** When each of the other nodes gave its last sign, by `performance.now()`. */
  private readonly lastSigns: Map<string, number>;
  /** When a node of another version gave one, whose members cannot be known. */
  private lastForeignSign: number;
  private readonly questions: Map<string, PresenceQuestion>;
  /** Over when those who are there may be taken to be known. */
  private greeting: Promise<void>;
  private heartbeat: NodeJS.Timeout | undefined;
  private isClosed: boolean;
  /** Whether something unreadable was logged since the last heartbeat. */
  private hasWarned: boolean;

  constructor(channel: ControlChannel, sink: Pick<BrokerSink, 'membersOf' | 'failed'>) {
    this.node = randomUUID();
    this.channel = channel;
    this.sink = sink;
    this.lastSigns = new Map();
    this.lastForeignSign = -Infinity;
    this.questions = new Map();
    this.greeting = Promise.resolve();
    this.heartbeat = undefined;
    this.isClosed = false;
    this.hasWarned = false;
  }

  /** The channel is there, or there again, and not closed: this node makes itself known, and those who are there answer. */
  greet(): void {
    this.greeting = new Promise((resolve) => setTimeout(resolve, GREETING_MS).unref());
    this.broadcast({ type: 'hello', node: this.node });
    this.heartbeat ??= setInterval(() => this.beat(), HEARTBEAT_MS).unref();
  }

  /** What came by the channel. */
  receive(text: string): void {
    if (this.isClosed) return;
    const message = decodeControl(text);
    if (message !== undefined) return this.take(message);
    if (isOfAnotherVersion(text)) this.lastForeignSign = performance.now();
    if (!this.hasWarned) {
      this.hasWarned = true;
      this.sink.failed('A message about presence cannot be read, and was ignored', new Error(text.slice(0, 200)));
    }
  }

  /**
   * Everybody who is in a topic; not complete where a node did not answer in time, be it that the channel is down, or is of another
   * version.
   * @throws BrokerClosedError
   */
  async presence(topic: string): Promise<Presence> {
    if (!this.isClosed) await this.greeting;
    if (this.isClosed) throw new BrokerClosedError();
    // This node is asked like any other: where the channel is down, its answer is missing, too.
    const question = new PresenceQuestion([this.node, ...this.livingNodes()], ANSWER_MS);
    const id = randomUUID();
    this.questions.set(id, question);
    this.broadcast({ type: 'question', node: this.node, id, topic });
    try {
      const { members, isComplete } = await question.presence;
      if (isComplete) return { members, isComplete: this.lastForeignSign <= oldestSign() };
      return { members: united(this.sink.membersOf(topic), members), isComplete };
    } finally {
      this.questions.delete(id);
    }
  }

  /** Says goodbye, while the channel is still there. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.heartbeat);
    for (const question of this.questions.values()) question.fail(new BrokerClosedError());
    // Where it does not arrive, the others find out by themselves.
    await this.channel.broadcast(encodeControl({ type: 'bye', node: this.node })).catch(() => undefined);
  }

  private take(message: ControlMessage): void {
    const { type, node } = message;
    if (type === 'bye') return this.forget(node);
    if (node !== this.node) this.lastSigns.set(node, performance.now());
    if (type === 'hello' && node !== this.node) this.sendTo(node, { type: 'here', node: this.node });
    else if (type === 'question') this.answer(node, message.id, message.topic);
    else if (type === 'answer') {
      this.questions.get(message.id)?.answer(node, message.part, message.parts, message.members);
    }
  }

  private answer(asker: string, id: string, topic: string): void {
    const members = this.sink.membersOf(topic);
    if (asker === this.node) return this.questions.get(id)?.answer(this.node, 0, 1, members);
    const parts = membersInParts(members, this.sink);
    for (const [part, members] of parts.entries()) {
      this.sendTo(asker, { type: 'answer', node: this.node, id, part, parts: parts.length, members });
    }
  }

  private beat(): void {
    this.hasWarned = false;
    const living = new Set(this.livingNodes());
    for (const node of this.lastSigns.keys()) if (!living.has(node)) this.forget(node);
    this.broadcast({ type: 'here', node: this.node });
  }

  private livingNodes(): string[] {
    const oldest = oldestSign();
    return [...this.lastSigns].filter(([, lastSign]) => lastSign > oldest).map(([node]) => node);
  }

  private forget(node: string): void {
    this.lastSigns.delete(node);
    for (const question of this.questions.values()) question.dismiss(node);
  }

  // What cannot be sent is missing where it is waited for; a channel that is down says so itself.

  private broadcast(message: ControlMessage): void {
    this.channel.broadcast(encodeControl(message)).catch(() => undefined);
  }

  private sendTo(node: string, message: ControlMessage): void {
    this.channel.sendTo(node, encodeControl(message)).catch(() => undefined);
  }
}

/** Whoever gave one before is taken for dead. By `performance.now()`. */
function oldestSign(): number {
  return performance.now() - FORGOTTEN_AFTER_MS;
}

function united(some: readonly PresentMember[], others: readonly PresentMember[]): readonly PresentMember[] {
  const members = new Map<string, PresentMember>();
  for (const member of [...some, ...others]) members.set(member.id, member);
  return [...members.values()];
}
