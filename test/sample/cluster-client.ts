// A client of the sample cluster that does what its page does: it knows its node, and where it is in the chat.

import { TestClient } from '../support/test-client.js';

interface Message {
  readonly id: string;
  readonly type: string;
  readonly event?: string;
  readonly data?: unknown;
  readonly epoch?: string;
  readonly offset?: number;
  readonly recovered?: boolean;
}

/** What a node says of the cluster. */
export interface ClusterState {
  readonly own: number;
  readonly broker: string;
  readonly nodes: readonly { readonly number: number; readonly pid: number; readonly isUp: boolean }[];
}

export class ClusterClient {
  readonly heard: string[] = [];
  private position: { epoch: string; offset: number } | undefined;

  private constructor(
    readonly client: TestClient,
    public state: ClusterState,
  ) {}

  static async open(port: number): Promise<ClusterClient> {
    const client = await TestClient.open(`ws://127.0.0.1:${port}/live`);
    client.send(JSON.stringify({ id: 'nodes', event: 'cluster.nodes' }));
    for (;;) {
      const { id, data } = JSON.parse(String(await client.next())) as Message;
      if (id !== 'nodes' || (data as ClusterState).nodes.length === 0) continue;
      return new ClusterClient(client, data as ClusterState);
    }
  }

  static async openElsewhere(port: number, than: number): Promise<ClusterClient> {
    for (;;) {
      const one = await ClusterClient.open(port);
      if (one.state.own !== than) return one;
      await one.client.drop();
    }
  }

  ask(id: string, event: string, data?: unknown): void {
    this.client.send(JSON.stringify({ id, event, data }));
  }

  /** @returns whether it went on where it was */
  async watch(recover = this.position): Promise<boolean> {
    this.client.send(JSON.stringify({ id: 'chat', type: 'subscribe', topic: 'chat', recover }));
    return (await this.until(({ type }) => type === 'subscribed')).recovered!;
  }

  async join(name: string): Promise<void> {
    this.ask('join', 'chat.join', { name });
    await this.until(({ id, type }) => id === 'join' && type === 'next');
  }

  /** Resolves when the broker has it. */
  async say(text: string): Promise<void> {
    this.ask(text, 'chat.say', { text });
    await this.until(({ id, type }) => id === text && type === 'complete');
  }

  /** Takes what comes, until this. */
  async until(isIt: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const message = JSON.parse(String(await this.client.next())) as Message;
      this.note(message);
      if (isIt(message)) return message;
    }
  }

  async hears(text: string): Promise<void> {
    if (!this.heard.includes(text))
      await this.until(({ data }) => (data as { text?: string } | undefined)?.text === text);
  }

  /** As the same one on another connection. */
  continue(other: ClusterClient): Promise<boolean> {
    this.heard.push(...other.heard);
    return this.watch(other.position);
  }

  private note({ id, type, event, data, epoch, offset }: Message): void {
    if (id === 'nodes') this.state = data as ClusterState;
    if (id !== 'chat') return;
    if (type === 'subscribed') this.position = { epoch: epoch!, offset: offset! };
    else this.position = { epoch: this.position!.epoch, offset: offset! };
    if (event === 'said') this.heard.push((data as { text: string }).text);
  }
}
