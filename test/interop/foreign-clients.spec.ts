// Clients of other people against the gateway of sample/echo. What they tell is compared with what our side shows of the
// wire; the table of what worked is written to build/interop.md.

import { afterAll, afterEach, beforeAll, describe, expect } from '@jest/globals';
import { within } from '../support/bounded-wait.js';
import { WireLog, type WireRecord } from '../support/wire-log.js';
import { ECHO_CASES, echoesOf, type InteropCase, OTHER_CASES } from './cases.js';
import { Matrix } from './matrix.js';
import type { Report } from './order.js';
import type { Peer, RunningPeer } from './peer.js';
import { chromiumPeer } from './peers/chromium.js';
import { fayePeer } from './peers/faye-websocket.js';
import { aiohttpPeer, websocketsPeer } from './peers/python.js';
import { undiciPeer } from './peers/undici.js';
import { websocketPeer } from './peers/websocket.js';
import { wsPeer } from './peers/ws.js';
import { ServedEcho } from './served-echo.js';

const PEERS: readonly Peer[] = [wsPeer, undiciPeer, websocketPeer, fayePeer, websocketsPeer, aiohttpPeer, chromiumPeer];

type Mode = 'off' | 'on' | 'takeover';
const MODES: readonly Mode[] = ['off', 'on', 'takeover'];

const matrix = new Matrix('foreign-clients', 'Foreign clients and our server');
let log: WireLog;

beforeAll(() => {
  log = new WireLog();
});

afterEach(() => log.forget());

afterAll(() => {
  log.stop();
  matrix.write();
});

for (const peer of PEERS) {
  peer.describe(peer.name, () => {
    let running: RunningPeer;

    beforeAll(async () => {
      running = await peer.start();
    });

    afterAll(() => running.stop());

    describe.each(MODES)('compression %s', (mode) => {
      let server: ServedEcho;

      beforeAll(async () => {
        server = await ServedEcho.start({ COMPRESSION: mode });
      });

      afterAll(() => server.close());

      for (const each of [...ECHO_CASES, ...OTHER_CASES]) {
        if (!each.needs.every((ability) => peer.abilities.includes(ability))) continue;
        matrix.it(peer.name, each.title, mode, async () => {
          const [report, record] = await carryOut(each, running, server);
          expect(record.close).toMatchObject(endOf(each, peer));
          expectReport(report, each, peer);
          expectCompression(record, mode, peer);
          if (each.order.message !== undefined) expectFragments(record, each);
        });
      }

      if (mode === 'takeover' && peer.abilities.includes('inflate')) {
        matrix.it(peer.name, 'windows are kept from message to message', mode, async () => {
          const repeated = ECHO_CASES.find(({ order }) => order.message!.repeats > 1)!;
          const [, { frames }] = await carryOut(repeated, running, server);
          const sent = frames.filter(({ direction, opcode }) => direction === 'out' && opcode === 1);
          expect(sent[1]!.payloadLength).toBeLessThan(sent[0]!.payloadLength / 2);
        });
      }
    });

    describe('with our heartbeat', () => {
      let server: ServedEcho;

      beforeAll(async () => {
        server = await ServedEcho.start({ PING_INTERVAL_MS: '20', PING_TIMEOUT_MS: '4000' });
      });

      afterAll(() => server.close());

      matrix.it(peer.name, 'our pings are answered', 'heartbeat', async () => {
        const told = running.carryOut({ url: `ws://127.0.0.1:${server.port}/?quiet`, subprotocols: [] });
        await log.of('/?quiet', 'a pong', ({ frames }) => frames.some(isPong));
        (await server.served('/?quiet')).close(1000, 'thank you');
        expect((await within(told, 'the report')).close.code).toBe(1000);
      });
    });
  });
}

function isPong({ direction, opcode }: WireRecord['frames'][number]): boolean {
  return direction === 'in' && opcode === 0xa;
}

let connections = 0;

async function carryOut(each: InteropCase, running: RunningPeer, server: ServedEcho): Promise<[Report, WireRecord]> {
  const path = `/?${++connections}`;
  const told = running.carryOut({ ...each.order, url: `ws://127.0.0.1:${server.port}${path}` });
  if (each.closedByUs !== undefined) {
    const { code, reason } = each.closedByUs;
    const client = await server.served(path);
    client.close(code, reason);
  }
  const report = await within(told, 'the report');
  return [report, await log.of(path, 'the close', ({ close }) => close !== undefined)];
}

/** What our side ends with: the code and reason of the peer's Close. */
function endOf({ endsWith, closedByUs }: InteropCase, { answersClose }: Peer): InteropCase['endsWith'] {
  if (closedByUs === undefined || answersClose === 'the same') return endsWith;
  return { code: answersClose === '1000' ? 1000 : endsWith.code, reason: '' };
}

function expectReport(report: Report, each: InteropCase, peer: Peer): void {
  const { order, endsWith } = each;
  if (endsWith.code === 1006) {
    expect(report.close.code).toBe(1009);
    return;
  }
  expect(report.echoes).toEqual(echoesOf(each));
  expect(report.pong).toBe(order.ping);
  expect(report.subprotocol).toBe(order.subprotocols.includes('echo.v1') ? 'echo.v1' : '');
  expect(report.close.code).toBe(endsWith.code);
  if (peer.abilities.includes('reason')) expect(report.close.reason).toBe(endsWith.reason);
}

/** RFC 7692 §6: RSV1 of the first frame of a message says that it is compressed. */
function expectCompression({ handshake, frames }: WireRecord, mode: Mode, peer: Peer): void {
  const isAgreed = mode !== 'off' && peer.abilities.includes('inflate');
  expect(handshake?.answer.includes('\r\nSec-WebSocket-Extensions: permessage-deflate')).toBe(isAgreed);
  for (const { direction, opcode, rsv1 } of frames) {
    const isFirst = opcode === 1 || opcode === 2;
    const isCompressed = isAgreed && (direction === 'out' || peer.abilities.includes('deflate'));
    expect([direction, opcode, rsv1]).toEqual([direction, opcode, isFirst && isCompressed]);
  }
}

function expectFragments({ frames }: WireRecord, { order: { message } }: InteropCase): void {
  if (message!.fragments === 1) return;
  const received = frames.filter(({ direction, opcode }) => direction === 'in' && opcode < 8);
  expect(received.length).toBeGreaterThanOrEqual(message!.fragments);
  expect(received.map(({ fin }) => fin)).toEqual(received.map((_, i) => i === received.length - 1));
}
