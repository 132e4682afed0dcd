// A broker whose every call waits until the test answers it.

import { BehaviorSubject } from 'rxjs';
import type { Broker, BrokerStatus, History, Presence } from '../../../lib/topic/broker.js';
import type { Position } from '../../../lib/topic/position.js';
import { type Deferred, deferred } from './deferred.js';

export class PendingBroker implements Broker {
  readonly hasHistory = true;
  readonly status = new BehaviorSubject<BrokerStatus>('up');
  /** Of the calls so far, in words: `+room`, `-room`, `room since 3`. */
  readonly calls: string[] = [];
  private readonly pending: Deferred<never>[] = [];

  async start(): Promise<void> {}

  subscribe(topic: string): Promise<Position | undefined> {
    return this.wait(`+${topic}`);
  }

  unsubscribe(topic: string): Promise<void> {
    return this.wait(`-${topic}`);
  }

  history(topic: string, { offset }: Position): Promise<History> {
    return this.wait(`${topic} since ${offset}`);
  }

  publish(): never {
    throw new Error('Nobody publishes here');
  }

  async presence(): Promise<Presence> {
    return { members: [], isComplete: true };
  }

  async close(): Promise<void> {}

  /** Answers the call that has waited for longest. */
  async answer(result?: Position | History | Error): Promise<void> {
    const call = this.pending.shift();
    if (call === undefined) throw new Error('No call is pending');
    if (result instanceof Error) call.reject(result);
    else call.resolve(result as never);
    await turn();
  }

  private wait<T>(call: string): Promise<T> {
    const answer = deferred<never>();
    this.calls.push(call);
    this.pending.push(answer);
    return answer.promise;
  }
}

/** All that follows from promises that are settled has happened. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
