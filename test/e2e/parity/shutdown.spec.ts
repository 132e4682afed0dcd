// app.close(): what clients and hooks see of it, and what is free afterwards.

import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { BeforeApplicationShutdown, OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import { type OnGatewayDisconnect, WebSocketGateway } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { freePort } from '../../support/free-port.js';
import { itDiffers } from '../../support/it-differs.js';
import { type RunningApp, startApp } from '../../support/nest-app.js';

const barePort = await freePort();
const pathPort = await freePort();
const steps: string[] = [];

class ShutdownGateway
  extends EchoGateway
  implements OnGatewayDisconnect, OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown
{
  handleDisconnect(client: WebSocket): void {
    steps.push(`${this.constructor.name} disconnect ${client.readyState}`);
  }

  onModuleDestroy(): void {
    steps.push(`${this.constructor.name} onModuleDestroy`);
  }

  beforeApplicationShutdown(): void {
    steps.push(`${this.constructor.name} beforeApplicationShutdown`);
  }

  onApplicationShutdown(): void {
    steps.push(`${this.constructor.name} onApplicationShutdown`);
  }
}

@WebSocketGateway({ path: '/own' })
class OwnServerGateway extends ShutdownGateway {}

@WebSocketGateway(barePort)
class BarePortGateway extends EchoGateway {}

@WebSocketGateway(pathPort, { path: '/path' })
class PathPortGateway extends EchoGateway {}

async function refused(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  return error.code === 'ECONNREFUSED';
}

describe.each(adapters)('app.close() over %s', (_name, adapter) => {
  const everything = { adapter, providers: [OwnServerGateway, BarePortGateway, PathPortGateway] };
  const targets = ['/own', `ws://127.0.0.1:${barePort}/`, `ws://127.0.0.1:${pathPort}/path`];

  async function closeCodes(app: RunningApp): Promise<number[]> {
    const clients = await Promise.all(targets.map((target) => app.connect(target)));
    await app.app.close();
    return Promise.all(clients.map(async (client) => (await client.closed()).code));
  }

  itDiffers(adapter, 'ends every client', {
    reason: 'with 1001 (going away), not by breaking the connection',
    identical: async () => expect(await closeCodes(await startApp(everything))).toEqual([1006, 1006, 1006]),
    better: async () => expect(await closeCodes(await startApp(everything))).toEqual([1001, 1001, 1001]),
  });

  /** What happens while an application with two clients closes, in order. */
  async function stepsOfClosing(): Promise<string[]> {
    const app = await startApp({ adapter, providers: [OwnServerGateway] });
    await app.connect('/own');
    await app.connect('/own');
    steps.length = 0;
    await app.app.close();
    return steps;
  }

  const disconnects = ['OwnServerGateway disconnect 3', 'OwnServerGateway disconnect 3'];
  const destroyed = ['OwnServerGateway onModuleDestroy', 'OwnServerGateway beforeApplicationShutdown'];

  itDiffers(adapter, 'resolves when all clients are gone, handleDisconnect called once for each', {
    reason: 'clients go before anything is destroyed that their handlers may use',
    identical: async () =>
      expect(await stepsOfClosing()).toEqual([...destroyed, ...disconnects, 'OwnServerGateway onApplicationShutdown']),
    better: async () =>
      expect(await stepsOfClosing()).toEqual([...disconnects, ...destroyed, 'OwnServerGateway onApplicationShutdown']),
  });

  it('frees every port', async () => {
    const app = await startApp(everything);
    await Promise.all(targets.map((target) => app.connect(target)));
    const ports = [app.port, barePort, pathPort];
    await app.app.close();
    expect(await Promise.all(ports.map(refused))).toEqual([true, true, true]);
    const again = await startApp(everything);
    for (const target of targets) await (await again.connect(target)).expectSilence();
    await again.close();
  });

  it('works without any client, and twice', async () => {
    const app = await startApp(everything);
    await app.app.close();
    await expect(app.app.close()).resolves.toBeUndefined();
  });
});
