// The room: who is in it, what was said last, and a stream of what happens. It knows nothing of sockets: being in the room
// is being subscribed.

import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { defer, finalize, Observable, startWith, Subject } from 'rxjs';

const HISTORY_LENGTH = 50;

/** Somebody in the room. */
export interface Seat {
  readonly id: string;
  readonly name: string;
}

export interface ChatMessage {
  readonly id: number;
  readonly from: Seat;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

interface Attendance {
  /** Those who gave a name. */
  readonly people: number;
  /** Everybody who sees the room. */
  readonly watching: number;
}

export type ChatEvent =
  | ({ readonly kind: 'welcome'; readonly history: readonly ChatMessage[] } & Attendance)
  | ({ readonly kind: 'joined' | 'left'; readonly seat: Seat; readonly at: number } & Attendance)
  | ({ readonly kind: 'attendance' } & Attendance)
  | { readonly kind: 'message'; readonly message: ChatMessage }
  | { readonly kind: 'announcement'; readonly from: string; readonly text: string };

@Injectable()
export class ChatRoom {
  private readonly events = new Subject<ChatEvent>();
  private readonly history: ChatMessage[] = [];
  private readonly seats = new Map<string, Seat>();
  private watching = 0;
  private lastId = 0;

  /** What was said last, then what happens from now on. */
  watch(): Observable<ChatEvent> {
    return defer(() => {
      this.watching++;
      this.events.next({ kind: 'attendance', ...this.attendance() });
      const welcome: ChatEvent = { kind: 'welcome', history: [...this.history], ...this.attendance() };
      return this.events.pipe(startWith(welcome));
    }).pipe(
      finalize(() => {
        this.watching--;
        this.events.next({ kind: 'attendance', ...this.attendance() });
      }),
    );
  }

  /** A seat, for as long as somebody is subscribed. */
  join(name: string): Observable<Seat> {
    return new Observable((subscriber) => {
      const key = name.toLocaleLowerCase();
      if (this.seats.has(key)) {
        throw new WsException({ status: 409, code: 'NAME_TAKEN', message: `Somebody here is called ${name} already.` });
      }
      const seat: Seat = { id: randomUUID(), name };
      this.seats.set(key, seat);
      this.events.next({ kind: 'joined', seat, at: Date.now(), ...this.attendance() });
      subscriber.next(seat);
      return () => {
        this.seats.delete(key);
        this.events.next({ kind: 'left', seat, at: Date.now(), ...this.attendance() });
      };
    });
  }

  say(from: Seat, text: string): ChatMessage {
    const message: ChatMessage = { id: ++this.lastId, from, text, at: Date.now() };
    this.history.push(message);
    if (this.history.length > HISTORY_LENGTH) this.history.shift();
    this.events.next({ kind: 'message', message });
    return message;
  }

  /** Tells all who watch; nobody reads it later. @returns how many they are */
  announce(from: string, text: string): number {
    this.events.next({ kind: 'announcement', from, text });
    return this.watching;
  }

  private attendance(): Attendance {
    return { people: this.seats.size, watching: this.watching };
  }
}
