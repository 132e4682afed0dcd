// What goes wrong with WebSocket servers, tried on a whole application: one test for each class of fault. Always the
// process lives, another client notices nothing, each disconnect comes once, and no stack trace leaves the server.

import { Buffer } from 'node:buffer';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { interval, type Observable } from 'rxjs';
import type { WireSocket } from '../../lib/index.js';
import { Inbox } from '../support/bounded-wait.js';
import { closePayload, frame, frameWithLength, hex } from '../support/bytes.js';
import type { FrameClient } from '../support/frame-client.js';
import { RawClient, upgradeRequest } from '../support/raw-client.js';
import { type WireApp, startWireApp } from '../support/wire-app.js';

const FIRST = 0x01;
const CONTINUATION = 0x00;
const TEXT = 0x81;
const BINARY = 0x82;
const PING = 0x89;

interface Visit {
  readonly name: string;
  readonly ends: number[];
}

const visits: Visit[] = [];
const told = new Inbox<string>('news');

@WebSocketGateway()
class Gateway {
  private readonly ends = new Map<WireSocket, number[]>();

  async handleConnection(client: WireSocket): Promise<void> {
    const visit: Visit = { name: client.request.url!, ends: [] };
    visits.push(visit);
    this.ends.set(client, visit.ends);
    if (visit.name === '/?reject') await Promise.reject(new Error('secret'));
  }

  handleDisconnect(client: WireSocket, code: number): void {
    this.ends.get(client)!.push(code);
    told.push(`${client.request.url} left`);
  }

  @SubscribeMessage('echo')
  echo(@MessageBody() data: unknown): unknown {
    return data;
  }

  @SubscribeMessage('throw')
  throw(): never {
    throw new Error('secret');
  }

  @SubscribeMessage('bigint')
  bigint(): bigint {
    return 10n;
  }

  @SubscribeMessage('circular')
  circular(): unknown {
    const value: Record<string, unknown> = {};
    value['self'] = value;
    return value;
  }

  @SubscribeMessage('ticks')
  ticks(): Observable<number> {
    return interval(1);
  }

  @SubscribeMessage('rows')
  async *rows(): AsyncIterable<number> {
    try {
      for (let i = 0; ; i++) {
        await new Promise((resolve) => setImmediate(resolve));
        yield i;
      }
    } finally {
      told.push('rows returned');
    }
  }

  @SubscribeMessage('flood me')
  flood(@ConnectedSocket() client: WireSocket): void {
    for (let i = 0; i < 1000; i++) client.send('x'.repeat(10_000));
  }

  @SubscribeMessage('close')
  close(@ConnectedSocket() client: WireSocket): void {
    client.close(1000);
    client.close(1001);
  }
}

let app: WireApp;
let witness: FrameClient;

async function start(settings: Partial<Parameters<typeof startWireApp>[0]> = {}): Promise<void> {
  app = await startWireApp({ providers: [Gateway], ...settings });
  witness = await app.client('/?witness');
  expect(await witness.ask({ id: 0, event: 'echo', data: 'before' })).toEqual({ id: 0, type: 'next', data: 'before' });
  expect(await witness.nextJson()).toEqual({ id: 0, type: 'complete' });
}

beforeEach(() => {
  visits.length = 0;
});

afterEach(async () => {
  await witness.expectSilence();
  expect(await witness.ask({ event: 'echo', data: 'after' })).toBe('after');
  // Everybody but the witness leaves, once.
  await app.dropClients();
  await app.close();
  for (const { ends } of visits) expect(ends).toHaveLength(1);
});

/** Sends the bytes and expects the connection to be failed with this code, without a reason. */
async function failsWith(code: number, ...bytes: Uint8Array[]): Promise<void> {
  const client = await app.client('/?attacker');
  client.write(...bytes);
  const { firstByte, payload } = await client.nextFrame();
  expect([firstByte, payload.toString('hex')]).toEqual([0x88, closePayload(code).toString('hex')]);
  client.drop();
}

async function refusal(request: string): Promise<string> {
  const client = await RawClient.open(app.port);
  client.write(request);
  return (await client.rest()).toString('latin1');
}

describe('the handshake', () => {
  it('upgrade with cut, duplicated, odd or missing headers', async () => {
    await start();
    const whole = upgradeRequest('/');
    const lines = whole.trimEnd().split('\r\n');
    for (let i = 1; i < lines.length; i++) {
      const without = lines.filter((_, at) => at !== i).join('\r\n');
      const doubled = [...lines.slice(0, i + 1), lines[i]!, ...lines.slice(i + 1)].join('\r\n');
      const odd = lines.map((line, at) => (at === i ? `${line}\u00e9` : line)).join('\r\n');
      for (const request of [without, doubled, odd]) {
        const client = await RawClient.open(app.port);
        client.write(Buffer.from(`${request}\r\n\r\n`, 'latin1'));
        expect((await client.head())[0]).toMatch(/^HTTP\/1\.1 (101|400|404|426) /);
        client.drop();
      }
    }
    for (let end = 1; end < whole.length; end += 7) {
      const client = await RawClient.open(app.port);
      client.write(whole.slice(0, end));
      client.drop();
    }
  });

  it('a request body, HTTP/1.0, no or two Hosts on an upgrade', async () => {
    await start();
    const body = frame('client', TEXT, '{"event":"throw"}');
    for (const request of [
      `${upgradeRequest('/', { 'Content-Length': String(body.length) })}${body.toString('latin1')}`,
      upgradeRequest('/').replace('HTTP/1.1', 'HTTP/1.0'),
      upgradeRequest('/', { Host: undefined }),
      upgradeRequest('/', { HOST: 'other' }),
    ]) {
      expect(await refusal(request)).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(visits).toHaveLength(1);
  });

  it('cross-site WebSocket hijacking', async () => {
    await start();
    expect(await refusal(upgradeRequest('/', { Origin: 'https://evil.example' }))).toMatch(/^HTTP\/1\.1 403 /);
    expect(visits).toHaveLength(1);
  });

  it('subprotocol or header injection in the answer', async () => {
    await start();
    for (const offered of ['a\nX-Evil: 1', 'a\rX-Evil: 1', 'a, b;c', '"a"']) {
      expect(await refusal(upgradeRequest('/', { 'Sec-WebSocket-Protocol': offered }))).not.toMatch(/ 101 |evil/i);
    }
  });

  it('slow or endless handshake', async () => {
    await start({ options: { limits: { handshakeTimeoutMs: 300 } } });
    const silent = Array.from({ length: 20 }, () => RawClient.open(app.port));
    for (const client of await Promise.all(silent)) expect(await client.rest()).toHaveLength(0);
  });

  it('the peer leaves before the 101', async () => {
    await start();
    for (let i = 0; i < 50; i++) {
      const client = await RawClient.open(app.port);
      client.write(upgradeRequest('/?left'));
      if (i % 2 === 0) client.reset();
      else client.drop();
    }
    await witness.roundTrip();
  });
});

describe('frames', () => {
  it('declared length far over the limit, 64-bit overflow', async () => {
    await start();
    for (const length of ['00 00 00 00 00 10 00 01', '00 00 00 01 00 00 00 00', '7f ff ff ff ff ff ff ff']) {
      await failsWith(1009, frameWithLength('client', BINARY, [127, ...hex(length)]));
    }
    for (const length of ['80 00 00 00 00 00 00 00', 'ff ff ff ff ff ff ff ff']) {
      await failsWith(1002, frameWithLength('client', BINARY, [127, ...hex(length)]));
    }
  });

  it('floods of tiny or empty fragments', async () => {
    await start();
    await failsWith(1008, frame('client', FIRST), ...Array.from({ length: 1100 }, () => frame('client', CONTINUATION)));
    await failsWith(
      1008,
      frame('client', FIRST, 'a'),
      ...Array.from({ length: 1100 }, () => frame('client', CONTINUATION, 'b')),
    );
  });

  it('a message whose end never comes', async () => {
    await start({ options: { limits: { reassemblyTimeoutMs: 50 } } });
    await failsWith(1008, frame('client', FIRST, 'begun'));
  });

  it('control-frame floods, pongs never read', async () => {
    await start({ options: { limits: { closeTimeoutMs: 50 } } });
    const client = await app.client('/?attacker');
    client.stopReading();
    const ping = frame('client', PING, 'x'.repeat(125));
    const pings = Buffer.concat(Array.from({ length: 500 }, () => ping));
    while (visits.at(-1)!.ends.length === 0) {
      if (client.socket.writableLength < 1_000_000) client.socket.write(pings);
      await witness.roundTrip();
    }
    expect(visits.at(-1)!.ends).toEqual([1006]);
  });

  it('non-minimal lengths, reserved bits and opcodes, unmasked frames, fragmented or long control frames', async () => {
    await start();
    for (const bytes of [
      frameWithLength('client', TEXT, [126, 0, 5], 'Hello'),
      frameWithLength('client', TEXT, [127, 0, 0, 0, 0, 0, 0, 1, 0]),
      frame('client', TEXT | 0x40, 'x'),
      frame('client', TEXT | 0x20, 'x'),
      frame('client', TEXT | 0x10, 'x'),
      ...[0x83, 0x87, 0x8b, 0x8f].map((firstByte) => frame('client', firstByte)),
      frame('server', TEXT, 'unmasked'),
      frame('client', 0x09, 'fragmented'),
      frameWithLength('client', PING, [126, 0, 126], 'x'.repeat(126)),
      frame('client', CONTINUATION, 'of nothing'),
      Buffer.concat([frame('client', FIRST, 'a'), frame('client', TEXT, 'b')]),
      frame('client', 0x88, 'x'),
      frame('client', 0x88, closePayload(1006)),
    ]) {
      await failsWith(1002, bytes);
    }
  });

  it('invalid UTF-8, also across fragments, as soon as it is certain', async () => {
    await start();
    for (const bad of ['ff', 'c0 80', 'ed a0 80', 'f4 90 80 80', 'e2 82'])
      await failsWith(1007, frame('client', TEXT, hex(bad)));
    await failsWith(1007, frame('client', FIRST, hex('e2 82')), frame('client', CONTINUATION, hex('41')));
    // The frame is not complete, and will not be.
    await failsWith(1007, frameWithLength('client', TEXT, [126, 1, 0], hex('61 ff')));
    await failsWith(1007, frame('client', 0x88, Buffer.concat([closePayload(1000), hex('ff')])));
  });
});

describe('the connection', () => {
  it('a reader that stops', async () => {
    await start();
    const client = await app.client('/?attacker');
    client.stopReading();
    client.json({ event: 'flood me' });
    while (visits.at(-1)!.ends.length === 0) await witness.roundTrip();
    expect(visits.at(-1)!.ends).toEqual([1006]);
    expect(app.logged('warn')).toBe(
      'the peer reads too slowly: more than 1048576 bytes were waiting to be sent (limits.maxBufferedBytes)',
    );
  });

  it('a half-open connection', async () => {
    await start({ options: { heartbeat: { intervalMs: 200, timeoutMs: 200 } } });
    const client = await app.client('/?attacker');
    const keepAlive = setInterval(() => witness.write(frame('client', 0x8a)), 10);
    while (visits.at(-1)!.ends.length === 0) await new Promise((resolve) => setImmediate(resolve));
    clearInterval(keepAlive);
    expect(visits.at(-1)!.ends).toEqual([1006]);
    expect((await client.nextFrame()).firstByte).toBe(PING);
    await client.ended();
    // Those that came for the witness, which is alive.
    await witness.roundTrip();
  });

  it('close races, a second close, a peer that never answers or never closes', async () => {
    await start({ options: { limits: { closeTimeoutMs: 50 } } });
    const [silent, staying, racing] = [await app.client('/?1'), await app.client('/?2'), await app.client('/?3')];
    silent.json({ event: 'close' });
    expect(await silent.nextClose()).toBe(1000);
    await silent.ended();
    staying.close(1000);
    expect(await staying.nextClose()).toBe(1000);
    await staying.ended();
    racing.write(
      frame('client', TEXT, '{"event":"close"}'),
      frame('client', 0x88, closePayload(4000)),
      frame('client', 0x88),
    );
    expect(await racing.nextClose()).toBe(4000);
    racing.drop();
  });

  it('uninitialised or foreign memory sent', async () => {
    await start();
    const other = await app.client('/?other');
    await Promise.all(
      [witness, other].map(async (client, who) => {
        for (let i = 0; i < 300; i++) {
          const data = `${who}`.repeat((i * 37) % 700);
          expect(await client.ask({ event: 'echo', data })).toBe(data);
        }
      }),
    );
  });
});

describe('the application', () => {
  it('handler throws, rejects, returns a circular or BigInt value, handleConnection rejects', async () => {
    await start();
    const client = await app.client('/?attacker');
    for (const event of ['throw', 'bigint', 'circular']) {
      const answer = JSON.stringify(await client.ask({ id: event, event }));
      expect(answer).toBe(
        `{"id":"${event}","type":"error","error":{"status":500,"code":"INTERNAL_ERROR","message":"Internal server error"}}`,
      );
      expect(JSON.stringify(await client.ask({ event }))).not.toMatch(/secret|at .*\.ts/);
    }
    const rejected = await app.client('/?reject');
    expect(await rejected.nextFrame()).toEqual({ firstByte: 0x88, payload: closePayload(1011) });
  });

  it('an endless Observable after the client left', async () => {
    await start();
    const client = await app.client('/?attacker');
    client.json({ id: 1, event: 'ticks' });
    client.json({ id: 2, event: 'rows' });
    await client.nextJson();
    await client.nextJson();
    client.drop();
    let news = await told.next();
    while (news !== 'rows returned') news = await told.next();
  });

  it('unlimited streams per client', async () => {
    await start();
    const client = await app.client('/?attacker');
    for (let id = 0; id < 70; id++) client.json({ id, event: 'rows' });
    const refused = new Set<unknown>();
    while (refused.size < 6) {
      const answer = (await client.nextJson()) as { id: unknown; error?: { code: string } };
      if (answer.error !== undefined) {
        expect(answer.error.code).toBe('TOO_MANY_STREAMS');
        refused.add(answer.id);
      }
    }
    expect(refused).toEqual(new Set([64, 65, 66, 67, 68, 69]));
  });

  it('event names such as __proto__', async () => {
    await start();
    for (const event of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'handleConnection', 'prototype']) {
      const client = await app.client('/?attacker');
      expect(await client.ask({ id: event, event, data: { __proto__: { polluted: true } } })).toMatchObject({
        error: { code: 'UNKNOWN_EVENT' },
      });
      client.text(`{"event":"echo","data":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":1}}}}`);
      expect(await client.nextText()).toMatch('"polluted":true');
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
