// What was said last, for those who come new: each node remembers what it has heard, and one that has just started asks the
// others.

import { randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Topics } from 'nestwire';
import { filter, Subscription, takeUntil, timer } from 'rxjs';
import { CHAT, type ChatMessage } from './chat-topics.js';

const LENGTH = 50;
/** Where nodes ask each other. */
const PAST = 'chat/past';
const ASK_AGAIN_MS = 500;

@Injectable()
export class ChatPast implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly listening = new Subscription();
  private readonly node = randomUUID();
  /** Oldest first. */
  private known: readonly ChatMessage[] = [];

  constructor(private readonly topics: Topics) {}

  get messages(): readonly ChatMessage[] {
    return this.known;
  }

  onApplicationBootstrap(): void {
    const said = this.topics.messages(CHAT).pipe(filter(({ event }) => event === 'said'));
    this.listening.add(said.subscribe(({ data }) => this.add([data as ChatMessage])));

    const exchange = this.topics.messages(PAST);
    const isOwn = (data: unknown): boolean => data === this.node;
    const answers = exchange.pipe(filter(({ event }) => event === 'answered'));
    this.listening.add(answers.subscribe(({ data }) => this.add(data as ChatMessage[])));
    const questions = exchange.pipe(filter(({ event }) => event === 'asked'));
    this.listening.add(questions.pipe(filter(({ data }) => !isOwn(data))).subscribe(() => this.answer()));
    // Once the question is heard here, the answers will be, too.
    const heard = questions.pipe(filter(({ data }) => isOwn(data)));
    const asking = timer(0, ASK_AGAIN_MS).pipe(takeUntil(heard));
    this.listening.add(asking.subscribe(() => void this.topics.publish(PAST, 'asked', this.node)));
  }

  onModuleDestroy(): void {
    this.listening.unsubscribe();
  }

  private answer(): void {
    if (this.known.length > 0) void this.topics.publish(PAST, 'answered', this.known);
  }

  private add(messages: readonly ChatMessage[]): void {
    const ids = new Set(this.known.map(({ id }) => id));
    const news = messages.filter(({ id }) => !ids.has(id));
    this.known = [...this.known, ...news].sort((one, other) => one.at - other.at).slice(-LENGTH);
  }
}
