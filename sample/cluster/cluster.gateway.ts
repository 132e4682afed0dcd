// What the page shows of the cluster. Everybody may kill a node: this is a sample.

import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { IsInt } from 'class-validator';
import type { Observable } from 'rxjs';
import { requestPipe } from '../live-board/request.pipe.js';
import { type ClusterState, ClusterView } from './cluster-view.js';

class KillRequest {
  @IsInt({ message: 'A node is named by its number.' })
  number!: number;
}

@WebSocketGateway({ path: '/live' })
export class ClusterGateway {
  constructor(private readonly view: ClusterView) {}

  @SubscribeMessage('cluster.nodes')
  nodes(): Observable<ClusterState> {
    return this.view.states;
  }

  /** As a machine would lose it: without a word to its clients. */
  @SubscribeMessage('cluster.kill')
  kill(@MessageBody(requestPipe) { number }: KillRequest): void {
    this.view.kill(number);
  }
}
