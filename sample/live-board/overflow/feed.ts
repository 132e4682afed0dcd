// A stream that does not wait for anybody: so many values a second, for half a minute. Beside it goes what the server knows of
// each value, for the page to draw: that it was produced, and how many were dropped by then.

import { Injectable } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import type { WireSocket } from 'nestwire';
import { Observable, Subject } from 'rxjs';

export const INTERVAL_MS = 50;
export const RUN_LENGTH = 600;

export interface Tick {
  readonly n: number;
}

export interface TickReport extends Tick {
  /** Of the values to this one. */
  readonly dropped: number;
}

@Injectable()
export class Feed {
  private readonly reports = new WeakMap<WireSocket, Subject<TickReport>>();
  private readonly running = new WeakSet<WireSocket>();

  /** One at a time for each client, or nobody could say which of them its reports tell of. */
  ticksFor(socket: WireSocket): Observable<Tick> {
    return new Observable((subscriber) => {
      if (this.running.has(socket)) {
        throw new WsException({
          status: 409,
          code: 'FEED_RUNNING',
          message: 'This connection has its stream already.',
        });
      }
      this.running.add(socket);
      const before = socket.droppedValues;
      let n = 0;
      const timer = setInterval(() => {
        n++;
        // The value waits, is sent, or one is dropped, all before this returns.
        subscriber.next({ n });
        this.reportsFor(socket).next({ n, dropped: socket.droppedValues - before });
        if (n === RUN_LENGTH) subscriber.complete();
      }, INTERVAL_MS);
      return () => {
        clearInterval(timer);
        this.running.delete(socket);
      };
    });
  }

  reportsFor(socket: WireSocket): Subject<TickReport> {
    const reports = this.reports.get(socket) ?? new Subject();
    this.reports.set(socket, reports);
    return reports;
  }
}
