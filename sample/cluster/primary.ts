// The primary process: starts the nodes, starts another for each one that ends, tells them of each other, and hosts their topics.
// It serves nobody itself; node:cluster gives each connection that comes to the port to a node.

import cluster, { type Worker } from 'node:cluster';
import type { ClusterNode, FromNode, FromPrimary, Line } from './messages.js';
import { TopicHost } from './topic-host.js';

/** @throws RangeError for a number of nodes that cannot be meant */
export async function runPrimary(port: number): Promise<void> {
  const count = Number(process.env['NODES'] ?? 3);
  if (!Number.isInteger(count) || count < 1 || count > 64) {
    throw new RangeError(`NODES must be an integer from 1 to 64, not ${process.env['NODES']}`);
  }
  const primary = new Primary(await TopicHost.start(), count, port);
  for (let number = 1; number <= count; number++) primary.startNode(number);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => primary.stop());
}

class Primary {
  private readonly nodes = new Map<number, { worker: Worker; isUp: boolean }>();
  private isStopping = false;
  private hasAnnounced = false;

  constructor(
    private readonly host: TopicHost,
    private readonly count: number,
    private readonly port: number,
  ) {}

  startNode(number: number): void {
    const worker = cluster.fork({ NODE_NUMBER: String(number) });
    const node = { worker, isUp: false };
    this.nodes.set(number, node);
    const line = lineTo(worker);
    const ended = this.host.add(line);
    line.listen((message) => {
      if ('kill' in message) this.nodes.get(message.kill)?.worker.process.kill('SIGKILL');
    });
    worker.on('listening', () => {
      node.isUp = true;
      this.tellNodes();
      this.announce();
    });
    worker.on('exit', (code) => {
      ended();
      this.nodes.delete(number);
      if (this.isStopping) return this.endWithLast();
      if (!node.isUp) {
        // Another would do no better.
        console.error(`Node ${number} ended with exit code ${code} before it listened`);
        process.exitCode = 1;
        return this.stop();
      }
      this.startNode(number);
      this.tellNodes();
    });
  }

  stop(): void {
    if (this.isStopping) return;
    this.isStopping = true;
    for (const { worker } of this.nodes.values()) worker.process.kill('SIGTERM');
    this.endWithLast();
  }

  private endWithLast(): void {
    if (this.nodes.size === 0) process.exit();
  }

  private announce(): void {
    const isComplete = this.nodes.size === this.count && [...this.nodes.values()].every(({ isUp }) => isUp);
    if (this.hasAnnounced || !isComplete) return;
    this.hasAnnounced = true;
    console.log(`The live board on ${this.count} nodes: http://localhost:${this.port}`);
    console.log(`listening on ${this.port}`);
  }

  private tellNodes(): void {
    const nodes = [...this.nodes]
      .map(([number, { worker, isUp }]): ClusterNode => ({ number, pid: worker.process.pid ?? 0, isUp }))
      .sort((one, other) => one.number - other.number);
    for (const { worker } of this.nodes.values()) lineTo(worker).send({ nodes });
  }
}

function lineTo(worker: Worker): Line<FromPrimary, FromNode> {
  return {
    // Where it ended meanwhile, its end is about to be told.
    send: (message) => void (worker.isConnected() && worker.send(message, () => undefined)),
    listen: (listener) => void worker.on('message', listener),
  };
}
