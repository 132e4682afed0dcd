// Many messages at once, and messages in pieces: every answer comes, in order, to the client that asked.

import { describe, expect, it } from '@jest/globals';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { itDiffers } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';
import { BINARY, CONTINUATION, PING, type RawClient, TEXT, frame } from '../../support/raw-client.js';

@WebSocketGateway()
class ManyGateway extends EchoGateway {
  @SubscribeMessage('number')
  number(@MessageBody() n: number): number {
    return n;
  }

  @SubscribeMessage('async number')
  async asyncNumber(@MessageBody() n: number): Promise<number> {
    return Promise.resolve(n);
  }

  @SubscribeMessage('direct')
  direct(@ConnectedSocket() client: WebSocket, @MessageBody() n: number): number {
    client.send(`direct ${n}`);
    return n;
  }

  @SubscribeMessage('length')
  length(@MessageBody() data: string): number {
    return data.length;
  }

  @SubscribeMessage('long')
  long(@MessageBody() length: number): string {
    return 'é'.repeat(length);
  }
}

const question = (event: string, data: unknown): string => JSON.stringify({ event, data });
const numbers = Array.from({ length: 1_000 }, (_unused, n) => n);

describe.each(adapters)('many messages over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [ManyGateway] });

  /** The payload of the server's next frame, which has to be a short unfragmented text. */
  async function nextText(client: RawClient): Promise<string> {
    const [first, length] = await client.bytes(2);
    expect(first).toBe(0x81);
    return (await client.bytes(length as number)).toString('utf8');
  }

  it.each(['number', 'async number'])('1,000 in one write are answered in order: %s', async (event) => {
    const raw = await app.rawUpgrade('/');
    raw.write(Buffer.concat(numbers.map((n) => frame(TEXT, question(event, n)))));
    const answers: string[] = [];
    while (answers.length < numbers.length) answers.push(await nextText(raw));
    expect(answers).toEqual(numbers.map(String));
  });

  it('what a handler sends itself comes before what it returns', async () => {
    const client = await app.connect();
    for (const n of [1, 2, 3]) client.emit('direct', n);
    const answers = await client.take(6);
    const direct = ['direct 1', 'direct 2', 'direct 3'];
    expect(answers.filter((answer) => direct.includes(answer as string))).toEqual(direct);
    expect(answers.filter((answer) => !direct.includes(answer as string))).toEqual(['1', '2', '3']);
    for (const n of [1, 2, 3]) expect(answers.indexOf(`direct ${n}`)).toBeLessThan(answers.indexOf(`${n}`));
  });

  it('two clients at once get their own answers, each in order', async () => {
    const [one, two] = [await app.connect(), await app.connect()];
    for (const n of numbers) {
      one.emit('number', n);
      two.emit('number', -n - 1);
    }
    expect(await one.take(1_000)).toEqual(numbers.map(String));
    expect(await two.take(1_000)).toEqual(numbers.map((n) => `${-n - 1}`));
    await one.expectSilence();
    await two.expectSilence();
  });

  it('a message may come in fragments, with a ping among them', async () => {
    const raw = await app.rawUpgrade('/');
    const message = Buffer.from(question('echo', 'é✓🎈'));
    const cut = message.indexOf('🎈') + 2;
    raw.write(frame(TEXT, message.subarray(0, cut), { fin: false }));
    raw.write(frame(CONTINUATION, '', { fin: false }));
    raw.write(frame(PING, 'in between'));
    raw.write(frame(CONTINUATION, message.subarray(cut, cut + 1), { fin: false }));
    raw.write(frame(CONTINUATION, message.subarray(cut + 1)));
    expect((await raw.bytes(12)).toString('latin1')).toBe('\x8a\x0ain between');
    expect(await nextText(raw)).toBe('{"event":"echo","data":"é✓🎈"}');
  });

  it('a binary message may come in fragments', async () => {
    const raw = await app.rawUpgrade('/');
    raw.write(frame(BINARY, '{"event":"number"', { fin: false }));
    raw.write(frame(CONTINUATION, ',"data":7}'));
    expect(await nextText(raw)).toBe('7');
  });

  it('a message may come byte by byte', async () => {
    const raw = await app.rawUpgrade('/');
    for (const byte of frame(TEXT, question('number', 8))) {
      raw.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await nextText(raw)).toBe('8');
  });

  it.each([0, 100, 125, 126, 1_000, 65_535, 65_536, 300_000])(
    '%i characters arrive whole, both ways',
    async (length) => {
      const client = await app.connect();
      expect(await client.ask('length', '✓'.repeat(length))).toBe(`${length}`);
      expect(await client.ask('long', length)).toBe(`"${'é'.repeat(length)}"`);
    },
  );

  const fragments = Buffer.concat([
    frame(TEXT, '', { fin: false }),
    ...Array.from({ length: 1023 }, () => frame(CONTINUATION, ' ', { fin: false })),
    frame(CONTINUATION, '{"event":"length","data":"four"}'),
  ]);
  itDiffers(adapter, 'more than a thousand fragments arrive as one message', {
    reason: '`limits.maxFragments` is 1024',
    identical: async () => {
      const raw = await app.rawUpgrade('/');
      raw.write(fragments);
      expect(await nextText(raw)).toBe('4');
    },
    better: async () => {
      const raw = await app.rawUpgrade('/');
      raw.write(fragments);
      expect((await raw.bytes(4)).toString('hex')).toBe('880203f0');
    },
  });

  itDiffers(adapter, 'megabytes arrive whole', {
    reason: 'a message has at most 1 MiB',
    identical: async () => {
      const client = await app.connect();
      expect(await client.ask('length', '✓'.repeat(2_000_000))).toBe('2000000');
      expect(await client.ask('long', 2_000_000)).toBe(`"${'é'.repeat(2_000_000)}"`);
    },
    better: async () => {
      const client = await app.connect();
      client.emit('length', '✓'.repeat(2_000_000));
      expect(await client.closed()).toMatchObject({ code: 1009 });
    },
  });
});
