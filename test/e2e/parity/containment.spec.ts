// What an application throws where nobody catches it. With platform-ws each of these ends the process (an uncaught
// exception, or a rejection that nobody handles); with nestwire it is logged and ends at most one client's connection.

import { describe, expect, it } from '@jest/globals';
import {
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { type Observable, of } from 'rxjs';
import type { WebSocket } from 'ws';
import type { IncomingMessage } from 'node:http';
import { adapters } from '../../support/adapters.js';
import { Inbox } from '../../support/bounded-wait.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { itDiffers } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';

@WebSocketGateway()
class FaultyGateway extends EchoGateway implements OnGatewayInit, OnGatewayConnection, OnGatewayDisconnect {
  readonly left = new Inbox<void>('a disconnect');

  afterInit(): never {
    throw new Error('afterInit');
  }

  async handleConnection(client: WebSocket, request: IncomingMessage): Promise<void> {
    client.on('ping', () => {
      throw new Error('a listener');
    });
    if (request.url === '/?rejects') await Promise.reject(new Error('handleConnection'));
  }

  handleDisconnect(): never {
    this.left.push();
    throw new Error('handleDisconnect');
  }

  @SubscribeMessage('not JSON')
  notJson(): object {
    return { count: 1n };
  }

  @SubscribeMessage('not JSON in a stream')
  notJsonInStream(): Observable<bigint> {
    return of(1n);
  }
}

@WebSocketGateway({ path: '/throws' })
class ThrowingGateway implements OnGatewayConnection {
  handleConnection(): never {
    throw new Error('handleConnection');
  }
}

// Over platform-ws there is nothing to run: the runner's process would end.
const ours = adapters.filter(([_name, adapter]) => adapter.isNestwire);

describe.each(ours)('a fault of the application over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [FaultyGateway, ThrowingGateway] });

  it('in afterInit is logged', () => {
    expect(app.logger.takeErrors()).toEqual(['FaultyGateway.afterInit failed']);
  });

  it.each([
    ['throws', '/throws'],
    ['rejects', '/?rejects'],
  ])('in a handleConnection that %s closes the client with 1011', async (_how, target) => {
    app.logger.takeErrors();
    const client = await app.connect(target);
    expect((await client.closed()).code).toBe(1011);
    expect(app.logger.takeErrors()).toContainEqual(expect.stringContaining('handleConnection failed'));
  });

  it('in handleDisconnect is logged', async () => {
    const gateway = app.get(FaultyGateway);
    const [leaving, staying] = [await app.connect(), await app.connect()];
    while (gateway.left.size > 0) await gateway.left.next();
    app.logger.takeErrors();
    leaving.socket.close();
    await gateway.left.next();
    await staying.expectSilence();
    expect(app.logger.takeErrors()).toEqual(['FaultyGateway.handleDisconnect failed']);
  });

  it('in a listener closes the client with 1011', async () => {
    const [client, other] = [await app.connect(), await app.connect()];
    app.logger.takeErrors();
    client.socket.ping();
    expect((await client.closed()).code).toBe(1011);
    await other.expectSilence();
    expect(app.logger.takeErrors()[0]).toContain('listener of "ping"');
  });

  for (const event of ['not JSON', 'not JSON in a stream']) {
    itDiffers(adapter, `in a result is logged: ${event}`, {
      reason: 'and the client is told',
      identical: async () => {
        const client = await app.connect();
        app.logger.takeErrors();
        client.emit(event);
        await client.expectSilence();
        expect(app.logger.takeErrors()).toHaveLength(1);
      },
      better: async () => {
        const client = await app.connect();
        app.logger.takeErrors();
        expect(await client.ask(event)).toBe(
          '{"event":"exception","data":{"status":"error","message":"Internal server error"}}',
        );
        await client.expectSilence();
        expect(app.logger.takeErrors()).toHaveLength(1);
      },
    });
  }
});
