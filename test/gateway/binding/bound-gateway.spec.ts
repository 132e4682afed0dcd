// Whose handlers are being bound: what `afterInit` tells of a gateway, with the server that it is called with.

import { createServer } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { announceInit, takeInitialised } from '../../../lib/gateway/binding/bound-gateway.js';
import { resolveAdapterOptions } from '../../../lib/gateway/options/adapter-options.js';
import { Topics } from '../../../lib/gateway/topic/topics.js';
import { WireServer } from '../../../lib/gateway/wire-server.js';

class Plain {
  afterInit?: (server: unknown) => unknown;
}

class Hooked {
  readonly servers: unknown[] = [];

  afterInit(server: unknown): string {
    this.servers.push(server);
    return 'what the hook returned';
  }
}

const server = (): WireServer => new WireServer(createServer(), '/', resolveAdapterOptions(), { topics: new Topics() });

describe('the gateway that is being bound', () => {
  it('is the last whose afterInit was called with the server, once', () => {
    const [one, other] = [server(), server()];
    const [plain, hooked] = [new Plain(), new Hooked()];
    announceInit({ instance: plain, type: Plain, isStatic: true, hasConnectionHook: false });
    announceInit({ instance: hooked, type: Hooked, isStatic: true, hasConnectionHook: false });
    plain.afterInit!(one);
    plain.afterInit!(other);
    hooked.afterInit(one);
    expect(takeInitialised(one)).toEqual({ instance: hooked, type: Hooked, isStatic: true, hasConnectionHook: false });
    expect(takeInitialised(one)).toBeUndefined();
    expect(takeInitialised(other)?.instance).toBe(plain);
  });

  it('has its own hook called, announced any number of times', () => {
    const [gateway, one] = [new Hooked(), server()];
    for (let i = 0; i < 2; i++)
      announceInit({ instance: gateway, type: Hooked, isStatic: true, hasConnectionHook: false });
    expect(gateway.afterInit(one)).toBe('what the hook returned');
    expect(gateway.servers).toEqual([one]);
  });

  it('is not told of servers of other adapters', () => {
    const gateway = new Hooked();
    announceInit({ instance: gateway, type: Hooked, isStatic: true, hasConnectionHook: false });
    gateway.afterInit({});
    expect(gateway.servers).toEqual([{}]);
    expect(takeInitialised(server())).toBeUndefined();
  });
});
