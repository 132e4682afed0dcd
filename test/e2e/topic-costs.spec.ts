// What a publish costs where many are subscribed, over real sockets with compression on: one compression for each way of compressing
// that was agreed on, and one write to each member for all that one turn publishes.

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { ZlibContext } from '../../lib/connection/zlib/zlib-context.js';
import { SubscribeTopic, Topics, TopicsModule, type WireSocket } from '../../lib/index.js';
import { InflatePeer } from '../extension/deflate-peer.js';
import type { FrameClient } from '../support/frame-client.js';
import { useWireApp } from '../support/wire-app.js';

const MEMBERS = 6;
const OFFERS = [
  'permessage-deflate; server_no_context_takeover',
  'permessage-deflate; server_no_context_takeover; server_max_window_bits=10',
];
const TEXTS = ['first', 'second', 'third'];

/** What the server has written to all its clients since a test began to count. */
let written: Uint8Array[] = [];

@WebSocketGateway({ compression: { thresholdBytes: 0 } })
class NewsGateway {
  handleConnection({ _socket: socket }: WireSocket) {
    const { write } = socket;
    socket.write = function (...args: Parameters<typeof write>) {
      written.push(args[0] as Uint8Array);
      return write.apply(socket, args);
    } as typeof write;
  }

  @SubscribeTopic('news')
  news() {}

  @SubscribeMessage('enter')
  async enter(socket: WireSocket) {
    await socket.subscribe('news');
    return 'in';
  }
}

const app = useWireApp({ imports: [TopicsModule], providers: [NewsGateway] });

afterEach(() => {
  jest.restoreAllMocks();
});

/** @param ask makes a member of a client: it is answered once */
async function membersBy(offer: string, ask: (member: number) => object): Promise<FrameClient[]> {
  const clients: FrameClient[] = [];
  for (let i = 0; i < MEMBERS; i++) {
    const client = await app.current.client('/', { headers: { 'Sec-WebSocket-Extensions': offer } });
    client.json(ask(i));
    await client.nextFrame();
    clients.push(client);
  }
  return clients;
}

/** Publishes all in one turn. @returns how often was compressed, and what each member was sent */
async function publish(members: FrameClient[]): Promise<{ deflated: number; got: string[][] }> {
  const topics = app.current.get(Topics);
  const runs = jest.spyOn(ZlibContext.prototype, 'runNow');
  written = [];
  const publishing = TEXTS.map((text) => topics.publish('news', 'news', text));
  await Promise.all(publishing);
  const got: string[][] = [];
  for (const member of members) {
    const texts: string[] = [];
    for (const _ of TEXTS) {
      const { firstByte, payload } = await member.nextFrame();
      expect(firstByte).toBe(0xc1);
      texts.push(new InflatePeer({ noContextTakeover: true }).decompress(payload).toString());
    }
    got.push(texts);
  }
  return { deflated: runs.mock.calls.length, got };
}

const datasOf = (texts: string[]): unknown[] => texts.map((text) => (JSON.parse(text) as { data: unknown }).data);

describe.each([
  ['by the same id', () => ({ id: 1, type: 'subscribe', topic: 'news' })],
  ['by the application, without an id', () => ({ event: 'enter' })],
])('members that are subscribed %s', (_how, ask) => {
  it.each([1, 2])('share each compression of %i ways, and get one write a turn', async (ways) => {
    const groups: FrameClient[][] = [];
    for (const offer of OFFERS.slice(0, ways)) groups.push(await membersBy(offer, ask));
    const members = groups.flat();
    const { deflated, got } = await publish(members);
    for (const texts of got) expect(datasOf(texts)).toEqual(TEXTS);
    expect(deflated).toBe(TEXTS.length * ways);
    expect(written).toHaveLength(members.length);
    // And all of a way are written the same bytes, not copies of them.
    expect(new Set(written).size).toBe(ways);
  });
});

it('members with ids of their own cost a compression for each, and one write a turn all the same', async () => {
  const members = await membersBy(OFFERS[0]!, (member) => ({ id: member, type: 'subscribe', topic: 'news' }));
  const { deflated, got } = await publish(members);
  got.forEach((texts, id) => {
    expect(datasOf(texts)).toEqual(TEXTS);
    for (const text of texts) expect(JSON.parse(text)).toMatchObject({ id, type: 'next' });
  });
  expect(deflated).toBe(TEXTS.length * MEMBERS);
  expect(written).toHaveLength(MEMBERS);
});
