// What a node knows of the cluster, as the primary tells it.

import { BehaviorSubject, map, type Observable } from 'rxjs';
import type { ClusterNode, FromNode, FromPrimary, Line } from './messages.js';

export interface ClusterState {
  /** The number of the node that says this. */
  readonly own: number;
  /** What takes messages from node to node. */
  readonly broker: string;
  readonly nodes: readonly ClusterNode[];
}

export class ClusterView {
  private readonly nodes = new BehaviorSubject<readonly ClusterNode[]>([]);

  constructor(
    private readonly line: Line<FromNode, FromPrimary>,
    private readonly own: number,
    private readonly broker: string,
  ) {
    line.listen((message) => {
      if ('nodes' in message) this.nodes.next(message.nodes);
    });
  }

  /** Now, and whenever it changes. */
  get states(): Observable<ClusterState> {
    return this.nodes.pipe(map((nodes) => ({ own: this.own, broker: this.broker, nodes })));
  }

  kill(number: number): void {
    this.line.send({ kill: number });
  }
}
