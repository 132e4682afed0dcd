// One node: the live board, over whichever broker there is, and what the page asks of the cluster.

import { Module } from '@nestjs/common';
import type { Broker } from 'nestwire';
import { LiveBoardModule } from '../live-board/live-board.module.js';
import { serveBoard } from '../live-board/server.js';
import { ClusterGateway } from './cluster.gateway.js';
import { ClusterView } from './cluster-view.js';
import { IpcBroker } from './ipc.broker.js';
import type { FromNode, FromPrimary, Line } from './messages.js';

const line: Line<FromNode, FromPrimary> = {
  send: (message) => void process.send?.(message),
  listen: (listener) => void process.on('message', listener),
};

@Module({})
class ClusterModule {}

export async function runNode(port: number): Promise<void> {
  const { name, broker } = await chooseBroker();
  const view = new ClusterView(line, Number(process.env['NODE_NUMBER']), name);
  const board = {
    module: ClusterModule,
    imports: [LiveBoardModule.over(broker)],
    providers: [ClusterGateway, { provide: ClusterView, useValue: view }],
  };
  await serveBoard(board, port);
}

/** The others are optional: who does not ask for them needs not install them. */
async function chooseBroker(): Promise<{ name: string; broker: Broker }> {
  const { REDIS_URL: redis, NATS_URL: nats } = process.env;
  if (redis !== undefined) {
    const { RedisBroker } = await import('nestwire/redis');
    return { name: 'Redis', broker: new RedisBroker({ url: redis }) };
  }
  if (nats !== undefined) {
    const { NatsBroker } = await import('nestwire/nats');
    return { name: 'NATS', broker: new NatsBroker({ servers: nats, jetstream: true }) };
  }
  return { name: 'the cluster’s IPC', broker: new IpcBroker(line) };
}
