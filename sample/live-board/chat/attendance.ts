// How many there are, over all nodes: counted anew whenever somebody comes or goes on any of them.

import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Topics } from 'nestwire';
import {
  auditTime,
  catchError,
  distinctUntilChanged,
  filter,
  merge,
  type Observable,
  shareReplay,
  Subscription,
  switchMap,
  timer,
} from 'rxjs';
import { CHAT, PEOPLE } from './chat-topics.js';

/** Where each node says that somebody came or went. */
const CHANGES = 'chat/changes';
/** Many come and go at a time. */
const SETTLED_AFTER_MS = 50;
/** A node that was killed says nothing. */
const COUNTED_AGAIN_AFTER_MS = 5_000;

export interface Counts {
  /** Those who gave a name. */
  readonly people: number;
  /** Everybody who sees the chat. */
  readonly watching: number;
}

@Injectable()
export class Attendance implements OnModuleInit, OnModuleDestroy {
  /** Now, and whenever they change. */
  readonly counts: Observable<Counts>;
  private readonly telling = new Subscription();

  constructor(private readonly topics: Topics) {
    this.counts = merge(timer(0, COUNTED_AGAIN_AFTER_MS), topics.messages(CHANGES)).pipe(
      auditTime(SETTLED_AFTER_MS),
      switchMap(async () => this.count()),
      // A broker that is away for a while.
      catchError((_error, counts) => timer(COUNTED_AGAIN_AFTER_MS).pipe(switchMap(() => counts))),
      distinctUntilChanged((one, other) => one.people === other.people && one.watching === other.watching),
      shareReplay({ bufferSize: 1, refCount: true }),
    );
  }

  onModuleInit(): void {
    const changes = this.topics.membership().pipe(filter(({ topic }) => topic === CHAT || topic === PEOPLE));
    this.telling.add(changes.subscribe(() => this.tellChange()));
  }

  onModuleDestroy(): void {
    this.telling.unsubscribe();
  }

  /** Somebody has come whom a count may have missed: `membership` tells of those who are about to. */
  tellChange(): void {
    void this.topics.publish(CHANGES, 'changed');
  }

  private async count(): Promise<Counts> {
    const [people, watching] = await Promise.all([PEOPLE, CHAT].map((topic) => this.topics.presence(topic)));
    return { people: people!.members.length, watching: watching!.members.length };
  }
}
