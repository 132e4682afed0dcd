// A client that comes, goes, and comes back where it was, and holds what it is told against what was published: in order,
// nothing twice, and nothing missing from one `subscribed(…, recovered: false)` to the next.

import type { TopicEntry } from '../../../lib/topic/broker.js';
import type { Position } from '../../../lib/topic/position.js';
import type { Subscriber } from '../../../lib/topic/subscriber.js';
import { Subscription } from '../../../lib/topic/subscription.js';
import type { TopicMessage } from '../../../lib/topic/topic-message.js';
import type { TopicTable } from '../../../lib/topic/topic-table.js';
import type { ScriptedBackend } from './scripted-backend.js';

export class JudgedClient implements Subscriber {
  readonly id: string;
  readonly info = undefined;
  /** What broke a promise. */
  readonly violations: string[] = [];
  /** Everything that it was told, to be read when it is not what was promised. */
  readonly told: string[] = [];
  /** How often it came back and went on where it was. */
  recoveries = 0;
  /** Does something when it is told a message: it may publish, or leave. */
  onNext: (message: TopicMessage) => void = () => {};
  private readonly backend: ScriptedBackend;
  private readonly topic: string;
  private session: { readonly subscription: Subscription; readonly table: TopicTable; isTold: boolean } | undefined;
  /** Where it is: what it would ask to recover from. */
  private position: Position | undefined;
  /** The serial of the message that comes next; undefined where any may. */
  private nextSerial: number | undefined;
  /** Every message from this serial on was published after it was told that it is subscribed. */
  private promised = 0;
  /** The serial of the last message that it was given. */
  lastSerial = -1;

  constructor(id: string, backend: ScriptedBackend, topic: string) {
    this.id = id;
    this.backend = backend;
    this.topic = topic;
  }

  get isPresent(): boolean {
    return this.session !== undefined;
  }

  /** Whether nothing is left that it would have to be told. */
  get isUpToDate(): boolean {
    const left = this.backend.log.slice(this.nextSerial ?? this.promised);
    return left.every(({ entry }) => this.isForOthers(entry));
  }

  /** @param table of the node that it comes to */
  join(table: TopicTable): void {
    if (this.session !== undefined) return;
    const subscription = new Subscription(this.topic, this, table);
    const session = { subscription, table, isTold: false };
    // Without a position there is nothing that what comes now could be compared with: another node may be behind.
    if (this.position === undefined) this.forget();
    this.session = session;
    table.add(subscription, this.position).catch(() => {
      if (this.session === session) this.session = undefined;
    });
  }

  leave(): void {
    this.session?.table.remove(this.session.subscription);
    this.session = undefined;
  }

  /** Begins anew when it comes next. */
  forget(): void {
    if (this.session !== undefined) return;
    this.position = undefined;
    this.nextSerial = undefined;
    this.lastSerial = -1;
  }

  subscribed(position: Position | undefined, recovered: boolean): void {
    this.told.push(`subscribed ${JSON.stringify(position)} ${recovered}`);
    const { session } = this;
    if (session === undefined) return this.violate('was told something after it had left');
    if (recovered) {
      this.recoveries++;
      if (session.isTold) this.violate('recovered in the middle');
      if (position === undefined || JSON.stringify(position) !== JSON.stringify(this.position)) {
        this.violate(`recovered from ${JSON.stringify(position)}, where it was not`);
      }
    } else {
      this.begin(position);
    }
    session.isTold = true;
  }

  next(message: TopicMessage, position: Position | undefined): void {
    const serial = this.backend.log.findIndex(({ entry }) => entry.message === message);
    this.told.push(`next ${serial} ${JSON.stringify(position)}`);
    const { session } = this;
    if (session === undefined) return this.violate('was told something after it had left');
    if (!session.isTold) this.violate('was given a message before it was told that it is subscribed');
    if (serial <= this.lastSerial) this.violate(`was given ${serial} after ${this.lastSerial}`);
    const { entry } = this.backend.log[serial]!;
    if (this.isForOthers(entry)) this.violate(`was given ${serial}, which is not for it`);
    if (JSON.stringify(position) !== JSON.stringify(entry.position)) this.violate(`was given ${serial} elsewhere`);
    this.expectNext(serial);
    this.lastSerial = serial;
    this.position = position;
    this.nextSerial = serial + 1;
    this.onNext(message);
  }

  private begin(position: Position | undefined): void {
    this.position = position;
    this.promised = this.backend.log.length;
    if (position === undefined) {
      this.nextSerial = undefined;
      return;
    }
    const serial = this.backend.serialAfter(position);
    if (this.nextSerial !== undefined && serial < this.nextSerial)
      this.violate(`was sent back from ${this.nextSerial} to ${serial}`);
    if (serial > this.promised) this.violate('was told of what is not there yet');
    this.nextSerial = serial;
  }

  /** Between the message that was to come and the one that came, there is nothing but what is not for this client. */
  private expectNext(serial: number): void {
    const first = this.nextSerial ?? Math.min(serial, this.promised);
    for (const { serial: between, entry } of this.backend.log.slice(first, serial)) {
      if (!this.isForOthers(entry)) this.violate(`was given ${serial} without ${between}`);
      if (entry.position?.epoch !== this.backend.log[serial]!.entry.position?.epoch) this.violate('missed an epoch');
    }
  }

  private isForOthers({ message }: TopicEntry): boolean {
    return message?.except?.includes(this.id) === true;
  }

  private violate(what: string): void {
    this.violations.push(`${this.id} ${what}`);
    this.told.push(`!! ${what}`);
  }
}
