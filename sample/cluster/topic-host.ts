// The primary's side of the broker: one MemoryBroker has the order and the history of all topics, and each node is told what it is
// subscribed to. Who is there is asked of all nodes.

import { type BrokerSink, MemoryBroker, type MemoryBrokerOptions, type Presence, type PresentMember } from 'nestwire';
import type { FromNode, FromPrimary, Line, Question } from './messages.js';

interface HostedNode {
  readonly line: Line<FromPrimary, FromNode>;
  readonly topics: Set<string>;
  /** Who is waited for, by the id of the question. */
  readonly asked: Map<number, (members: readonly PresentMember[] | undefined) => void>;
}

/** A node that is stuck is not waited for. */
const ANSWER_LIMIT_MS = 1_000;

export class TopicHost {
  private readonly broker: MemoryBroker;
  private readonly nodes = new Set<HostedNode>();
  private lastId = 0;

  private constructor(options?: MemoryBrokerOptions) {
    this.broker = new MemoryBroker(options);
  }

  static async start(options?: MemoryBrokerOptions): Promise<TopicHost> {
    const host = new TopicHost(options);
    const sink: BrokerSink = {
      deliver: (topic, entry) => {
        for (const { topics, line } of host.nodes) if (topics.has(topic)) line.send({ topic, entry });
      },
      interrupted: () => undefined,
      membersOf: () => [],
      failed: (what, error) => console.error(what, error),
    };
    await host.broker.start(sink);
    return host;
  }

  /** @returns what is to be called when the node has ended */
  add(line: Line<FromPrimary, FromNode>): () => void {
    const node: HostedNode = { line, topics: new Set(), asked: new Map() };
    this.nodes.add(node);
    line.listen((message) => {
      if ('ask' in message) void this.answer(node, message);
      else if ('members' in message) this.told(node, message.id, message.members);
    });
    return () => {
      this.nodes.delete(node);
      for (const topic of node.topics) this.unsubscribe(node, topic);
      for (const id of node.asked.keys()) this.told(node, id, []);
    };
  }

  private async answer(node: HostedNode, question: Question): Promise<void> {
    const { id } = question;
    try {
      const said = this.carryOut(node, question);
      // What comes at once is told at once: later entries of the topic must not overtake it.
      const answer = said instanceof Promise ? await said : said;
      node.line.send({ id, answer });
    } catch (error) {
      node.line.send({ id, refusal: (error as Error).message });
    }
  }

  private carryOut(node: HostedNode, question: Question): unknown {
    const { topic } = question;
    switch (question.ask) {
      case 'subscribe':
        node.topics.add(topic);
        return this.broker.subscribe(topic);
      case 'unsubscribe':
        return this.unsubscribe(node, topic);
      case 'publish':
        return this.broker.publish(topic, question.message, question.deadline - performance.timeOrigin);
      case 'history':
        return this.broker.history(topic, question.since);
      default:
        return this.presence(topic);
    }
  }

  private unsubscribe(node: HostedNode, topic: string): void {
    node.topics.delete(topic);
    if (![...this.nodes].some(({ topics }) => topics.has(topic))) this.broker.unsubscribe(topic);
  }

  private async presence(topic: string): Promise<Presence> {
    const answers = await Promise.all([...this.nodes].map((node) => this.membersOf(node, topic)));
    return {
      members: answers.flatMap((members) => members ?? []),
      isComplete: answers.every((members) => members !== undefined),
    };
  }

  private membersOf(node: HostedNode, topic: string): Promise<readonly PresentMember[] | undefined> {
    const id = ++this.lastId;
    return new Promise((resolve) => {
      const late = setTimeout(() => this.told(node, id, undefined), ANSWER_LIMIT_MS);
      node.asked.set(id, (members) => {
        clearTimeout(late);
        resolve(members);
      });
      node.line.send({ id, whoIsIn: topic });
    });
  }

  private told(node: HostedNode, id: number, members: readonly PresentMember[] | undefined): void {
    node.asked.get(id)?.(members);
    node.asked.delete(id);
  }
}
