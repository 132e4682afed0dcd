// A client in another language, which knows docs/protocol.md and nothing of ours, is cut off again and again in the middle of a
// topic's messages and comes back.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ConnectedSocket, WebSocketGateway } from '@nestjs/websockets';
import { MemoryBroker, SubscribeTopic, Topics, TopicsModule, type WireSocket } from '../../lib/index.js';
import { Inbox, within } from '../support/bounded-wait.js';
import { useWireApp } from '../support/wire-app.js';
import { describeWithPython } from './installed.js';
import { PythonProgram } from './peers/program.js';

interface Told {
  readonly type: 'subscribed' | 'next';
  readonly event?: string;
  readonly data?: number;
  readonly offset: number;
  readonly epoch?: string;
  readonly recovered?: boolean;
}

interface Report {
  readonly connections: number;
  readonly told: readonly Told[];
}

const HISTORY = 50;
const CUTS = 6;

@WebSocketGateway()
class RoomGateway {
  readonly asking = new Inbox<WireSocket>('a client that asks for the topic');
  /** Lets whoever asks in. */
  open!: () => void;

  @SubscribeTopic('room/:id')
  join(@ConnectedSocket() socket: WireSocket) {
    const opened = new Promise<void>((resolve) => (this.open = resolve));
    this.asking.push(socket);
    return opened;
  }
}

describeWithPython('websockets')('a client in Python that is cut off', () => {
  const broker = new MemoryBroker({ history: { maxMessages: HISTORY } });
  const app = useWireApp({ imports: [TopicsModule.forRoot({ broker })], providers: [RoomGateway] });
  const published = new Map<string, number>();
  let python: PythonProgram;

  beforeAll(() => {
    python = PythonProgram.start('topic_client.py');
  });

  afterAll(() => python.stop());

  const gateway = (): RoomGateway => app.current.get(RoomGateway);
  const topics = (): Topics => app.current.get(Topics);
  const read = (topic: string): Promise<Report> =>
    python.ask<Report>({ url: `ws://127.0.0.1:${app.current.port}/`, topic, last: 'end' });

  async function publish(topic: string, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const number = (published.get(topic) ?? 0) + 1;
      published.set(topic, number);
      await topics().publish(topic, 'number', number);
    }
  }

  /** Resolves with the client once it asks for the topic again, and `asked` has let it. */
  async function comesBack(asked: () => Promise<void> = async () => {}): Promise<WireSocket> {
    const socket = await gateway().asking.next();
    const joined = new Promise<void>((resolve) => {
      const watching = topics()
        .membership()
        .subscribe(({ type, client }) => {
          if (type !== 'join' || client !== socket) return;
          watching.unsubscribe();
          resolve();
        });
    });
    await asked();
    gateway().open();
    await within(joined, 'the client to be subscribed');
    return socket;
  }

  it('gets every message exactly once, in order, over however many connections', async () => {
    const topic = 'room/kept';
    const reading = read(topic);
    for (let cut = 0; cut < CUTS; cut++) {
      const socket = await comesBack();
      await publish(topic, 5);
      await hasRead(socket);
      await publish(topic, 5);
      // What was just published is on its way, or is lost with the connection.
      socket.terminate();
      await publish(topic, 10);
    }
    await comesBack();
    await topics().publish(topic, 'end');
    const { connections, told } = await within(reading, 'the report of the client');

    expect(connections).toBe(CUTS + 1);
    const [first, ...again] = told.filter(({ type }) => type === 'subscribed');
    expect(first).toMatchObject({ offset: 0, recovered: false });
    expect(again).toHaveLength(CUTS);
    for (const one of again) expect(one).toMatchObject({ epoch: first!.epoch, recovered: true });
    const messages = told.filter(({ type }) => type === 'next');
    expect(messages.pop()).toMatchObject({ event: 'end', offset: 20 * CUTS + 1 });
    expect(messages.map(({ data }) => data)).toEqual(Array.from({ length: 20 * CUTS }, (_, i) => i + 1));
  });

  it('is told that it missed messages when history has them no more', async () => {
    const topic = 'room/forgotten';
    const reading = read(topic);
    const socket = await comesBack();
    await publish(topic, 1);
    await hasRead(socket);
    socket.terminate();
    await comesBack(() => publish(topic, HISTORY + 10));
    await topics().publish(topic, 'end');
    const { told } = await within(reading, 'the report of the client');

    const epoch = told[0]!.epoch!;
    const offset = HISTORY + 11;
    expect(told).toEqual([
      { id: 1, type: 'subscribed', epoch, offset: 0, recovered: false },
      { id: 1, type: 'next', event: 'number', data: 1, offset: 1 },
      { id: 1, type: 'subscribed', epoch, offset, recovered: false },
      { id: 1, type: 'next', event: 'end', offset: offset + 1 },
    ]);
  });
});

/** Resolves when everything sent so far has come to the client. */
async function hasRead(socket: WireSocket): Promise<void> {
  const answered = new Promise<void>((resolve) => socket.once('pong', () => resolve()));
  socket.ping();
  await within(answered, 'a pong');
}
