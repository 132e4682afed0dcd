// Holds the real thing to a row of the tables: a Nest application over WireAdapter with an echo gateway, and a TCP client that
// sends the frames whole and byte by byte. What the gateway saw, what it echoed and every frame that came back must be right.

import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { constants, inflateRawSync } from 'node:zlib';
import { expect } from '@jest/globals';
import { MessageBody, WebSocketGateway } from '@nestjs/websockets';
import { OnBinary, OnText, type WireSocket } from '../../lib/index.js';
import { within } from '../support/bounded-wait.js';
import { byteByByte, closePayload } from '../support/bytes.js';
import { FrameClient } from '../support/frame-client.js';
import type { ServerFrame } from '../support/server-frames.js';
import { startWireApp, type WireApp } from '../support/wire-app.js';
import { variantsOf } from './engine.js';
import {
  binary,
  bytesOf,
  controlFrame,
  expectedOf,
  LARGE_LIMITS,
  type Outcome,
  ping,
  pong,
  SMALL_LIMITS,
  text,
  type WireCase,
} from './wire-case.js';

/** Longer ones are not sent byte by byte over TCP. */
const BYTEWISE_UP_TO = 1500;

/** What the gateway saw of one client. */
export class Witness {
  readonly received: string[] = [];
  disconnects = 0;
  readonly closed: Promise<readonly [code: number, reason: string]>;

  constructor(readonly socket: WireSocket) {
    socket.on('message', (payload: Buffer, isBinary: boolean) =>
      this.received.push(isBinary ? binary(payload) : text(payload)),
    );
    socket.on('ping', (payload: Buffer) => this.received.push(ping(payload)));
    socket.on('pong', (payload: Buffer) => this.received.push(pong(payload)));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', (code: number, reason: Buffer) => resolve([code, reason.toString()]));
    });
  }
}

const witnesses = new Map<string, Witness>();
const bySocket = new WeakMap<WireSocket, Witness>();

abstract class WitnessGateway {
  handleConnection(socket: WireSocket, request: IncomingMessage): void {
    const witness = new Witness(socket);
    witnesses.set(request.url!, witness);
    bySocket.set(socket, witness);
  }

  handleDisconnect(socket: WireSocket): void {
    bySocket.get(socket)!.disconnects++;
  }

  @OnText()
  echoText(@MessageBody() payload: string): string {
    return payload;
  }

  @OnBinary()
  echoBinary(@MessageBody() payload: Uint8Array): Uint8Array {
    return payload;
  }
}

const COMPRESSION = { thresholdBytes: 0, takeover: true };

@WebSocketGateway({ path: '/large', limits: LARGE_LIMITS })
class LargeGateway extends WitnessGateway {}

@WebSocketGateway({ path: '/large/deflate', limits: LARGE_LIMITS, compression: COMPRESSION })
class LargeDeflateGateway extends WitnessGateway {}

@WebSocketGateway({ path: '/small', limits: SMALL_LIMITS })
class SmallGateway extends WitnessGateway {}

@WebSocketGateway({ path: '/small/deflate', limits: SMALL_LIMITS, compression: COMPRESSION })
class SmallDeflateGateway extends WitnessGateway {}

/** What the gateway has seen of the client whose request was for this path and query. */
export function witnessOf(url: string): Witness {
  const witness = witnesses.get(url);
  if (witness === undefined) throw new Error(`nobody has connected to ${url}`);
  return witness;
}

export function startServer(): Promise<WireApp> {
  const providers = [LargeGateway, LargeDeflateGateway, SmallGateway, SmallDeflateGateway];
  return startWireApp({ providers, options: { limits: { maxBufferedBytes: 0 } } });
}

/** @returns how many connections that were */
export async function holdServer(app: WireApp, wireCase: WireCase): Promise<number> {
  const expected = expectedOf(wireCase);
  const runs = variantsOf(wireCase).flatMap(({ name, frames, deflate }) => {
    const bytes = bytesOf('client', frames);
    const arrivals = bytes.length <= BYTEWISE_UP_TO ? [[bytes], byteByByte(bytes)] : [[bytes]];
    return arrivals.map(async (pieces) => {
      const how = `${name}, in ${pieces.length} writes`;
      expect({ how, ...(await talk(app, wireCase, deflate, pieces)) }).toEqual({ how, ...expected });
    });
  });
  await Promise.all(runs);
  return runs.length;
}

let connections = 0;

async function talk(app: WireApp, wireCase: WireCase, deflate: boolean, pieces: readonly Buffer[]): Promise<Outcome> {
  const { smallLimits, ends, receives = [] } = wireCase;
  const kind = ends?.kind ?? 'open';
  const path = `/${smallLimits ? 'small' : 'large'}${deflate ? '/deflate' : ''}?${++connections}`;
  // We may keep our window, the server must not, so that each echo can be read by itself.
  const headers = deflate ? { 'Sec-WebSocket-Extensions': 'permessage-deflate; server_no_context_takeover' } : {};
  const client = await app.client(path, { headers });
  client.socket.setNoDelay();
  for (const piece of pieces) {
    client.write(piece);
    if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve));
  }
  const echoes = receives.filter((line) => !line.startsWith('p'));
  const witness = witnessOf(path);
  const seen: ServerFrame[] = [];
  if (kind === 'open' || kind === 'waiting') {
    const answers = receives.filter((line) => !line.startsWith('pong')).length;
    while (seen.length < answers) seen.push(await client.nextFrame());
    // All is said: an end in good order, or in the middle of a frame none.
    if (kind === 'open') client.close(1000);
    else client.drop();
  }
  seen.push(...(await rest(client)));
  const [code, reason] = await within(witness.closed, 'the close event');
  await new Promise((resolve) => setImmediate(resolve));

  expect(witness.disconnects).toBe(1);
  const echoed = seen.filter(({ firstByte }) => (firstByte & 0x08) === 0).map((each) => echoOf(each));
  // What is answered to a message may come too late when a Close follows, but never wrong and never out of turn.
  expect(echoed).toEqual(echoes.slice(0, kind === 'open' ? echoes.length : echoed.length));
  const sent = seen
    .filter(({ firstByte }) => (firstByte & 0x08) !== 0)
    .map(({ firstByte, payload }) => controlFrame(firstByte, payload));
  const { received } = witness;
  if (kind === 'open') expect([sent.pop(), code]).toEqual([controlFrame(0x88, closePayload(1000)), 1000]);
  const isOver = kind === 'closed' || kind === 'failed';
  return { received, sent, closeCode: isOver ? code : 0, closeReason: isOver ? reason : '' };
}

/** All frames until the server has ended the connection. */
async function rest(client: FrameClient): Promise<ServerFrame[]> {
  await client.ended();
  const frames: ServerFrame[] = [];
  while (client.waiting > 0) frames.push(await client.nextFrame());
  return frames;
}

function echoOf({ firstByte, payload }: ServerFrame): string {
  const isCompressed = (firstByte & 0x40) !== 0;
  const plain = isCompressed
    ? inflateRawSync(Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]), { finishFlush: constants.Z_SYNC_FLUSH })
    : payload;
  expect(firstByte & 0xb0).toBe(0x80);
  return (firstByte & 0x0f) === 1 ? text(plain) : binary(plain);
}
