// What a test of faults plays with: servers, proxies before them and nodes, which all end with the test; and what has to hold
// afterwards, whatever was done to them.

import { expect } from '@jest/globals';
import { BrokerUnavailableError } from '../../../../lib/topic/broker.js';
import type { RedisBrokerOptions } from '../../../../lib/topic/brokers/redis/redis-broker-options.js';
import { RedisServer } from '../../../support/redis-server.js';
import { TcpProxy } from '../../../support/tcp-proxy.js';
import { TableNode } from './table-node.js';
import type { Witness } from './witness.js';

export class RedisStage {
  private readonly ends: (() => Promise<void>)[] = [];

  /** @param settings as on its command line */
  async server(...settings: string[]): Promise<RedisServer> {
    const server = await RedisServer.begin(...settings);
    this.ends.push(() => server.end());
    return server;
  }

  async proxy({ port }: RedisServer): Promise<TcpProxy> {
    const proxy = await TcpProxy.to(port);
    this.ends.push(() => proxy.close());
    return proxy;
  }

  async node(port: number, options?: RedisBrokerOptions): Promise<TableNode> {
    const node = await TableNode.start({ url: `redis://127.0.0.1:${port}`, ...options });
    this.ends.push(() => node.broker.close());
    return node;
  }

  onEnd(end: () => Promise<void>): void {
    this.ends.push(end);
  }

  async end(): Promise<void> {
    for (const end of this.ends.splice(0).reverse()) await end();
  }
}

/** Everything works: what is published comes, soon without a gap, and nothing was lost without a word. */
export async function expectWell(witness: Witness, ...publishers: TableNode[]): Promise<void> {
  for (const publisher of publishers) {
    await publisher.becomes('up');
    let data: string;
    let attempts = 0;
    do {
      expect(++attempts).toBeLessThan(10);
      data = `well ${Math.random()}`;
      // It may still be among what is reported as missed.
      await witness.reaches(await publisher.publish('room', data));
    } while (!witness.received.includes(data));
  }
  witness.expectNoSilentGap();
}

export function expectClear(errors: readonly unknown[]): void {
  expect(errors.length).toBeGreaterThan(0);
  for (const error of errors) {
    expect(error).toBeInstanceOf(BrokerUnavailableError);
    expect((error as Error).message).toMatch(/Redis|broker did not confirm/);
  }
}
