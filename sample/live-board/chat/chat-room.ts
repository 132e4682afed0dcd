// The room: what is said and who comes and goes is published to all who watch, on every node. It knows nothing of sockets:
// having a seat is being subscribed. A name is taken on the node where its owner is.

import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { Topics } from 'nestwire';
import { Observable } from 'rxjs';
import { CHAT, type ChatEvents, type ChatMessage, type Seat } from './chat-topics.js';

@Injectable()
export class ChatRoom {
  private readonly seats = new Map<string, Seat>();

  constructor(private readonly topics: Topics) {}

  /** A seat, for as long as somebody is subscribed. */
  join(name: string): Observable<Seat> {
    return new Observable((subscriber) => {
      const key = name.toLocaleLowerCase();
      if (this.seats.has(key)) {
        throw new WsException({ status: 409, code: 'NAME_TAKEN', message: `Somebody here is called ${name} already.` });
      }
      const seat: Seat = { id: randomUUID(), name };
      this.seats.set(key, seat);
      void this.tell('joined', seat);
      subscriber.next(seat);
      return () => {
        this.seats.delete(key);
        void this.tell('left', seat);
      };
    });
  }

  /** @returns the message, when the broker has it */
  async say(from: Seat, text: string): Promise<ChatMessage> {
    const message: ChatMessage = { id: randomUUID(), from, text, at: Date.now() };
    await this.tell('said', message);
    return message;
  }

  /** Tells all who watch; nobody reads it later. @returns how many they are */
  async announce(from: string, text: string): Promise<number> {
    await this.tell('announced', { from, text });
    const { members } = await this.topics.presence(CHAT);
    return members.length;
  }

  private tell<Event extends keyof ChatEvents>(event: Event, data: ChatEvents[Event]): Promise<unknown> {
    return this.topics.publish(CHAT, event, data);
  }
}
