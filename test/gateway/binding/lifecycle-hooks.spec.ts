// Hooks that throw or reject, of gateways of every kind: the log has it, the client is told, the process lives.

import { describe, expect, it } from '@jest/globals';
import { Inject, Injectable, Scope } from '@nestjs/common';
import { NestFactory, REQUEST } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { containHooks, provideHooks } from '../../../lib/gateway/binding/lifecycle-hooks.js';
import { WireServer, WireSocket } from '../../../lib/index.js';
import { Inbox } from '../../support/bounded-wait.js';
import { describeOnNest12, itOnNest12 } from '../../support/nest-version.js';
import { TestClient } from '../../support/test-client.js';
import { startWireApp, useWireApp } from '../../support/wire-app.js';

const left = new Inbox<string>('a disconnect');

/** Waits until each of these was told of a disconnect; others are passed over. */
async function leftOnce(names: string[]): Promise<void> {
  const missing = new Set(names);
  while (missing.size > 0) missing.delete(await left.next());
}

function fail(how: string): void | Promise<void> {
  if (how === 'throws') throw new Error(`secret of one that ${how}`);
  return Promise.reject(new Error(`secret of one that ${how}`));
}

class Echo {
  @SubscribeMessage('echo')
  echo(): string {
    return 'echoed';
  }

  handleDisconnect(): void {
    left.push(this.constructor.name);
  }
}

@WebSocketGateway({ path: '/init-throws' })
class InitThrows extends Echo {
  afterInit(): void {
    void fail('throws');
  }
}

@WebSocketGateway({ path: '/init-rejects' })
class InitRejects extends Echo {
  async afterInit(): Promise<void> {
    await fail('rejects');
  }
}

@WebSocketGateway({ path: '/connection-throws' })
class ConnectionThrows extends Echo {
  handleConnection(): void {
    void fail('throws');
  }
}

@WebSocketGateway({ path: '/connection-rejects' })
class ConnectionRejects extends Echo {
  async handleConnection(): Promise<void> {
    await fail('rejects');
  }
}

@WebSocketGateway({ path: '/disconnect-throws' })
class DisconnectThrows extends Echo {
  override handleDisconnect(): void {
    super.handleDisconnect();
    void fail('throws');
  }
}

@WebSocketGateway({ path: '/disconnect-rejects' })
class DisconnectRejects extends Echo {
  override async handleDisconnect(): Promise<void> {
    super.handleDisconnect();
    await fail('rejects');
  }
}

/** Shares its path with the one above: what one gateway throws is not the other's end. */
@WebSocketGateway({ path: '/disconnect-throws' })
class DisconnectNeighbour extends Echo {}

@Injectable({ scope: Scope.REQUEST })
class Visit {
  constructor(@Inject(REQUEST) readonly client: WireSocket) {}
}

@Injectable()
class Scoped extends Echo {
  constructor(readonly visit: Visit) {
    super();
  }
}

@WebSocketGateway({ path: '/scoped-connection-throws' })
class ScopedConnectionThrows extends Scoped {
  handleConnection(): void {
    void fail('throws');
  }
}

@WebSocketGateway({ path: '/scoped-connection-rejects' })
class ScopedConnectionRejects extends Scoped {
  async handleConnection(): Promise<void> {
    await fail('rejects');
  }
}

@WebSocketGateway({ path: '/scoped-disconnect-throws' })
class ScopedDisconnectThrows extends Scoped {
  override handleDisconnect(): void {
    super.handleDisconnect();
    void fail('throws');
  }
}

@Injectable({ scope: Scope.REQUEST })
class Broken {
  constructor(@Inject(REQUEST) _client: WireSocket) {
    throw new Error('secret of a provider');
  }
}

@Injectable({ scope: Scope.REQUEST })
class Picky {
  constructor(@Inject(REQUEST) _client: WireSocket) {
    throw new WsException('Not for you.');
  }
}

@WebSocketGateway({ path: '/picky' })
class PickyGateway {
  constructor(readonly picky: Picky) {}

  @SubscribeMessage('echo')
  echo(): string {
    return 'never';
  }
}

@WebSocketGateway({ path: '/broken-with-hook' })
class BrokenWithHook {
  constructor(readonly broken: Broken) {}

  handleConnection(): void {
    throw new Error('never reached');
  }
}

@WebSocketGateway({ path: '/broken-without-hook' })
class BrokenWithoutHook {
  constructor(readonly broken: Broken) {}

  @SubscribeMessage('echo')
  echo(): string {
    return 'never';
  }
}

const providers = [
  InitThrows,
  InitRejects,
  ConnectionThrows,
  ConnectionRejects,
  DisconnectThrows,
  DisconnectNeighbour,
  DisconnectRejects,
  Visit,
  ScopedConnectionThrows,
  ScopedConnectionRejects,
  ScopedDisconnectThrows,
  Broken,
  BrokenWithHook,
  BrokenWithoutHook,
];

describe('a hook that fails', () => {
  const app = useWireApp({ providers });

  it.each([
    ['/init-throws', 'InitThrows.afterInit failed'],
    ['/init-rejects', 'InitRejects.afterInit failed'],
  ])('afterInit of %s: logged, and the gateway works', async (path, line) => {
    expect(app.current.logged('error')).toMatch(line);
    const client = await app.current.client(path);
    expect(await client.ask({ event: 'echo' })).toBe('echoed');
  });

  it.each([
    ['/connection-throws', 'ConnectionThrows'],
    ['/connection-rejects', 'ConnectionRejects'],
    ['/scoped-connection-throws', 'ScopedConnectionThrows'],
    ['/scoped-connection-rejects', 'ScopedConnectionRejects'],
  ])('handleConnection of %s: 1011 without a word, logged, and one disconnect', async (path, name) => {
    const client = await app.current.client(path);
    const { firstByte, payload } = await client.nextFrame();
    expect([firstByte, payload.toString('hex')]).toEqual([0x88, '03f3']);
    client.close(1011);
    await client.ended();
    await leftOnce([name]);
    const other = await app.current.client('/init-throws');
    await other.roundTrip();
    while (left.size > 0) expect(await left.next()).not.toBe(name);
    expect(app.current.logged('error')).toMatch(`${name}.handleConnection failed`);
  });

  it.each([
    ['/disconnect-throws', ['DisconnectNeighbour', 'DisconnectThrows']],
    ['/disconnect-rejects', ['DisconnectRejects']],
    ['/scoped-disconnect-throws', ['ScopedDisconnectThrows']],
  ])('handleDisconnect of %s: logged, others on the path are told', async (path, names) => {
    const client = await app.current.client(path);
    await client.expectSilence();
    client.close(1000);
    await client.ended();
    await leftOnce(names);
    const other = await app.current.client('/init-throws');
    await other.roundTrip();
    while (left.size > 0) expect(names).not.toContain(await left.next());
    expect(app.current.logged('error')).toMatch('.handleDisconnect failed');
  });

  // Nest 11 makes no gateways for connections.
  for (const path of ['/broken-with-hook', '/broken-without-hook']) {
    itOnNest12(`a provider of ${path} that cannot be made for a client: 1011 and logged`, async () => {
      const client = await app.current.client(path);
      expect(await client.nextClose()).toBe(1011);
      client.close(1011);
      await client.ended();
      expect(app.current.logged('error')).toMatch('A gateway could not be made for a connection');
    });
  }
});

// As above.
describeOnNest12('a provider that refuses to be made with a WsException', () => {
  const app = useWireApp({ providers: [Picky, PickyGateway] });

  it('tells the client so, for the connection and for each message, without the HTTP request as its cause', async () => {
    const client = await app.current.client('/picky');
    expect(await client.nextJson()).toEqual({ event: 'exception', data: { status: 'error', message: 'Not for you.' } });
    expect(await client.ask({ event: 'echo', data: 1 })).toEqual({
      event: 'exception',
      data: { status: 'error', message: 'Not for you.', cause: { pattern: 'echo', data: 1 } },
    });
    expect(await client.ask({ id: 1, event: 'echo' })).toEqual({
      id: 1,
      type: 'error',
      error: { status: 400, code: 'BAD_REQUEST', message: 'Not for you.' },
    });
  });
});

describe('containHooks', () => {
  it('wraps once, whoever asks how often', () => {
    class Gateway {
      handleConnection(): void {
        // Nothing fails here.
      }
    }
    const gateway = new Gateway();
    containHooks(gateway, 'Gateway');
    const { handleConnection } = gateway;
    containHooks(gateway, 'Gateway');
    expect(gateway.handleConnection).toBe(handleConnection);
    expect(Gateway.prototype.handleConnection).not.toBe(handleConnection);
  });

  it('is not in the way of arguments, `this` and results', () => {
    const calls: unknown[] = [];
    const gateway = {
      name: 'me',
      handleConnection(this: { name: string }, ...args: unknown[]): string {
        calls.push([this.name, ...args]);
        return 'result';
      },
    };
    containHooks(gateway, 'Gateway');
    const client = Object.create(WireSocket.prototype) as WireSocket;
    expect(gateway.handleConnection(client, 'request', 3)).toBe('result');
    expect(calls).toEqual([['me', client, 'request', 3]]);
    const server = Object.create(WireServer.prototype) as WireServer;
    expect(gateway.handleConnection(server)).toBe('result');
  });

  it('leaves hooks alone that another adapter calls', () => {
    const gateway = {
      handleConnection(_client: unknown): void {
        throw new Error('for the other adapter');
      },
    };
    containHooks(gateway, 'Gateway');
    expect(() => gateway.handleConnection({})).toThrow('for the other adapter');
  });
});

describe('provideHooks', () => {
  it('gives a class the hooks of a client that it lacks, and leaves alone what it has', () => {
    class Without {}
    class With {
      handleConnection(): string {
        return 'its own';
      }
    }
    provideHooks(Without.prototype);
    provideHooks(With.prototype);
    expect(Object.keys(Without.prototype)).toEqual(['handleConnection', 'handleDisconnect']);
    expect((Without.prototype as unknown as With).handleConnection()).toBeUndefined();
    expect(new With().handleConnection()).toBe('its own');
  });
});

describe('a class that serves both adapters in one process', () => {
  @WebSocketGateway({ path: '/shared' })
  class Shared {
    readonly clients: unknown[] = [];

    handleConnection(client: unknown): void {
      this.clients.push(client);
    }

    @SubscribeMessage('fail')
    fail(): never {
      throw new Error('secret');
    }
  }

  // Over platform-ws 11 there is nothing to see: it keeps exceptions to itself.
  itOnNest12('behaves under WsAdapter as if there were no other', async () => {
    const wire = await startWireApp({ providers: [Shared] });
    const module = { module: class SharedModule {}, providers: [Shared] };
    const other = await NestFactory.create(module, new ExpressAdapter(), { logger: false });
    other.useWebSocketAdapter(new WsAdapter(other));
    await other.listen(0, '127.0.0.1');
    const { port } = (other.getHttpServer() as { address(): { port: number } }).address();
    const client = await TestClient.open(`ws://127.0.0.1:${port}/shared`);
    expect(await client.ask('fail', 1)).toBe(
      '{"event":"exception","data":{"status":"error","message":"Internal server error","cause":{"pattern":"fail","data":1}}}',
    );
    expect(other.get(Shared).clients[0]).not.toBeInstanceOf(WireSocket);
    const wired = await wire.client('/shared');
    expect(await wired.ask({ event: 'fail', data: 1 })).toEqual({
      event: 'exception',
      data: { status: 'error', message: 'Internal server error', cause: { pattern: 'fail', data: 1 } },
    });
    expect(wire.get(Shared).clients[0]).toBeInstanceOf(WireSocket);
    await client.drop();
    await other.close();
    await wire.close();
  });
});
