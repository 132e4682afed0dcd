// Ending a connection: client.close, client.terminate, readyState on the way, and how a client's close is answered.

import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';
import { adapters } from '../../support/adapters.js';
import { Inbox } from '../../support/bounded-wait.js';
import { itDiffersInEveryMode } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';
import { CLOSE, PING, type RawClient, TEXT, frame } from '../../support/raw-client.js';
import { ServedClientsGateway, codeForHook, connectPair } from '../../support/served-clients.gateway.js';

@WebSocketGateway()
class CloseGateway extends ServedClientsGateway {
  readonly heard = new Inbox<number>('a handled message');

  @SubscribeMessage('hear')
  hear(client: WebSocket): string {
    this.heard.push(client.readyState);
    return 'heard';
  }
}

describe.each(adapters)('the end of a connection over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [CloseGateway] });

  async function rawPair(): Promise<[RawClient, WebSocket]> {
    const raw = await app.rawUpgrade('/');
    const { client } = await app.get(CloseGateway).served.next();
    return [raw, client];
  }

  it('readyState has its constants, as in a browser', async () => {
    const { served } = await connectPair(app, CloseGateway);
    expect([served.CONNECTING, served.OPEN, served.CLOSING, served.CLOSED]).toEqual([0, 1, 2, 3]);
    expect(served.readyState).toBe(WebSocket.OPEN);
  });

  it.each<[string, (served: WebSocket) => void, string]>([
    ['close()', (served) => served.close(), '8800'],
    ['close(1000)', (served) => served.close(1000), '880203e8'],
    ['close(4000, "é")', (served) => served.close(4000, 'é'), '88040fa0c3a9'],
    ['close(1013, Buffer)', (served) => served.close(1013, Buffer.from('later')), '880703f56c61746572'],
    ['close(undefined, reason)', (served) => served.close(undefined, 'dropped'), '8800'],
    ['close of 123 bytes', (served) => served.close(4999, 'x'.repeat(123)), `887d1387${'78'.repeat(123)}`],
  ])('%s sends the frame', async (_how, end, expected) => {
    const [client, served] = await rawPair();
    end(served);
    expect((await client.bytes(expected.length / 2)).toString('hex')).toBe(expected);
  });

  // The types are those of `ws`, the words are not.
  const badCode = adapter.isNestwire
    ? /^close code \S+ must not be sent: use 1000 to 1003, /
    : /^First argument must be a valid error code number$/;
  const longReason = adapter.isNestwire
    ? /^a close reason takes at most 123 bytes of UTF-8, this one 124$/
    : /^The message must not be greater than 123 bytes$/;

  it.each<[number | string, string, string, RegExp]>([
    [999, '', 'TypeError', badCode],
    [1004, '', 'TypeError', badCode],
    [1005, '', 'TypeError', badCode],
    [1006, '', 'TypeError', badCode],
    [1015, '', 'TypeError', badCode],
    [2999, '', 'TypeError', badCode],
    [5000, '', 'TypeError', badCode],
    ['1000', '', 'TypeError', badCode],
    [1000, 'x'.repeat(124), 'RangeError', longReason],
  ])('close(%j) is refused and the client stays', async (code, reason, name, text) => {
    const { client, served } = await connectPair(app, CloseGateway);
    const error: unknown = expect.objectContaining({ name, message: expect.stringMatching(text) });
    expect(() => served.close(code as number, reason)).toThrow(error);
    expect(served.readyState).toBe(1);
    await client.expectSilence();
  });

  itDiffersInEveryMode(adapter, 'close with a reason that is not UTF-8', {
    reason: 'RFC 6455 §5.5.1 wants UTF-8, so it is refused',
    platformWs: async () => {
      const [client, served] = await rawPair();
      served.close(1000, Buffer.from([0xff]));
      expect((await client.bytes(5)).toString('hex')).toBe('880303e8ff');
    },
    nestwire: async () => {
      const { client, served } = await connectPair(app, CloseGateway);
      const error: unknown = expect.objectContaining({ name: 'TypeError' });
      expect(() => served.close(1000, Buffer.from([0xff]))).toThrow(error);
      await client.expectSilence();
    },
  });

  it('close goes through CLOSING to CLOSED, and a second one changes nothing', async () => {
    const { client, served } = await connectPair(app, CloseGateway);
    const closed = once(served, 'close');
    served.close(4000, 'first');
    expect(served.readyState).toBe(2);
    served.close(4001, 'second');
    expect(served.readyState).toBe(2);
    expect(await closed).toEqual([4000, Buffer.from('first')]);
    expect(served.readyState).toBe(3);
    expect(await client.closed()).toEqual({ code: 4000, reason: 'first' });
    served.close(4002);
    served.terminate();
    expect(served.readyState).toBe(3);
  });

  it('what was sent before close arrives before it', async () => {
    const { client, served } = await connectPair(app, CloseGateway);
    served.send('one');
    served.send('two');
    served.close(4000);
    expect(await client.take(2)).toEqual(['one', 'two']);
    expect((await client.closed()).code).toBe(4000);
  });

  it('terminate ends the connection without a close frame', async () => {
    const { client, served } = await connectPair(app, CloseGateway);
    const closed = once(served, 'close');
    served.terminate();
    expect(served.readyState).toBe(2);
    expect(await closed).toEqual([1006, Buffer.alloc(0)]);
    expect(served.readyState).toBe(3);
    expect(await client.closed()).toEqual({ code: 1006, reason: '' });
    expect(await app.get(CloseGateway).disconnected(served)).toBe(codeForHook(adapter, 1006));
  });

  it.each([
    ['without a code', '', '8800', 1005],
    ['with a code', '0fa0', '88020fa0', 4000],
    ['with code and reason', '03e8c3a9', '880403e8c3a9', 1000],
  ])('a close of the client %s is echoed', async (_how, payload, expected, code) => {
    const [client, served] = await rawPair();
    client.write(frame(CLOSE, Buffer.from(payload, 'hex')));
    expect((await client.rest()).toString('hex')).toBe(expected);
    expect(await app.get(CloseGateway).disconnected(served)).toBe(codeForHook(adapter, code));
  });

  it.each([
    ['a payload of one byte', '03', 1002],
    ['a code that must not be sent', '03ee', 1002],
    ['a reason that is not UTF-8', '03e8ff', 1007],
  ])('a close with %s fails the connection', async (_how, payload, code) => {
    const [client] = await rawPair();
    client.write(frame(CLOSE, Buffer.from(payload, 'hex')));
    expect(await client.bytes(4)).toEqual(Buffer.from([0x88, 0x02, code >> 8, code & 0xff]));
  });

  /** What the client receives that goes on talking after our Close frame. */
  async function talkAfterClose(): Promise<string> {
    const [client, served] = await rawPair();
    const messages = new Inbox<Buffer>('a message event');
    served.on('message', (data: Buffer) => messages.push(data));
    served.close(4000);
    client.write(frame(TEXT, '{"event":"hear"}'));
    client.write(frame(PING, 'x'));
    expect((await messages.next()).toString()).toBe('{"event":"hear"}');
    expect(await app.get(CloseGateway).heard.next()).toBe(2);
    client.write(frame(CLOSE, Buffer.from('0fa0', 'hex')));
    return (await client.rest()).toString('hex');
  }

  itDiffersInEveryMode(adapter, 'messages after our close are still handled, their answers and pongs are not sent', {
    reason: "a pong is owed until the peer's Close frame (RFC 6455 §5.5.2)",
    platformWs: async () => expect(await talkAfterClose()).toBe('88020fa0'),
    nestwire: async () => expect(await talkAfterClose()).toBe('88020fa08a0178'),
  });

  it('an answer that is ready too late is dropped', async () => {
    const { client, served } = await connectPair(app, CloseGateway);
    served.on('message', () => served.close(4000));
    client.emit('echo', 1);
    expect(await client.closed()).toEqual({ code: 4000, reason: '' });
    await expect(client.next()).rejects.toThrow('closed with 4000');
  });
});
