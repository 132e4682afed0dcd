// The sample cluster as a person runs it: real processes behind one port. What is said on one node is heard on the others, and
// whoever loses its node goes on elsewhere with every message once and in order.

import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { SampleProcess } from '../support/sample-process.js';
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

interface ClusterState {
  readonly own: number;
  readonly nodes: readonly { readonly number: number; readonly pid: number; readonly isUp: boolean }[];
}

jest.setTimeout(120_000);

describe('the sample cluster', () => {
  let sample: SampleProcess;
  const pages: Page[] = [];

  /** A client as the page is one: it knows its node, and where it is in the chat. */
  class Page {
    readonly heard: string[] = [];
    private position: { epoch: string; offset: number } | undefined;

    private constructor(
      readonly client: TestClient,
      public state: ClusterState,
    ) {}

    static async open(): Promise<Page> {
      const client = await TestClient.open(`ws://127.0.0.1:${sample.port}/live`);
      client.send(JSON.stringify({ id: 'nodes', event: 'cluster.nodes' }));
      for (;;) {
        const { id, data } = JSON.parse(String(await client.next())) as Message;
        if (id !== 'nodes' || (data as ClusterState).nodes.length === 0) continue;
        const page = new Page(client, data as ClusterState);
        pages.push(page);
        return page;
      }
    }

    static async openElsewhere(than: number): Promise<Page> {
      for (;;) {
        const page = await Page.open();
        if (page.state.own !== than) return page;
        await page.client.drop();
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

    /** As the same page on another connection. */
    continue(page: Page): Promise<boolean> {
      this.heard.push(...page.heard);
      return this.watch(page.position);
    }

    private note({ id, type, event, data, epoch, offset }: Message): void {
      if (id === 'nodes') this.state = data as ClusterState;
      if (id !== 'chat') return;
      if (type === 'subscribed') this.position = { epoch: epoch!, offset: offset! };
      else this.position = { epoch: this.position!.epoch, offset: offset! };
      if (event === 'said') this.heard.push((data as { text: string }).text);
    }
  }

  beforeAll(async () => {
    sample = await SampleProcess.start('cluster', await freePort());
  });

  afterEach(async () => {
    await Promise.all(pages.splice(0).map(({ client }) => client.drop()));
  });

  afterAll(async () => {
    expect(await sample.kill('SIGTERM')).toBe(0);
  });

  it('carries the chat from node to node, and counts those on all', async () => {
    const ada = await Page.open();
    const grace = await Page.openElsewhere(ada.state.own);
    expect(await ada.watch()).toBe(false);
    await grace.watch();
    grace.ask('count', 'chat.attendance');
    await ada.join('Ada');
    await ada.say('Good morning');
    await grace.hears('Good morning');
    await grace.until(
      ({ id, data }) => id === 'count' && JSON.stringify(data) === JSON.stringify({ people: 1, watching: 2 }),
    );
  });

  it('loses and doubles nothing when a node is killed while others speak', async () => {
    const ada = await Page.open();
    const grace = await Page.openElsewhere(ada.state.own);
    await ada.watch();
    await grace.watch();
    await ada.join('Ada');
    const texts = Array.from({ length: 60 }, (_, index) => `Message ${index}`);
    for (const text of texts.slice(0, 20)) await ada.say(text);
    await grace.hears('Message 19');

    const lost = grace.state.nodes.find(({ number }) => number === grace.state.own)!;
    ada.ask('kill', 'cluster.kill', { number: lost.number });
    for (const text of texts.slice(20, 50)) await ada.say(text);
    expect((await grace.client.closed()).code).toBe(1006);

    const back = await Page.open();
    expect(await back.continue(grace)).toBe(true);
    for (const text of texts.slice(50)) await ada.say(text);
    await back.hears('Message 59');
    expect(back.heard).toEqual(texts);

    // Another process has the number, and knows what was said.
    const isBack = ({ nodes }: ClusterState): boolean =>
      nodes.some(({ number, pid, isUp }) => number === lost.number && isUp && pid !== lost.pid);
    if (!isBack(ada.state)) await ada.until(() => isBack(ada.state));
    let fresh = await Page.open();
    while (fresh.state.own !== lost.number) fresh = await Page.open();
    let past: string[] = [];
    while (past.length < 50) {
      fresh.ask('past', 'chat.past');
      const { data } = await fresh.until(({ id, type }) => id === 'past' && type === 'next');
      past = (data as { text: string }[]).map(({ text }) => text);
    }
    expect(past).toEqual(texts.slice(10));
  });
});
