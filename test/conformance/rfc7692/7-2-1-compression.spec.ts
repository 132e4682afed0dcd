// RFC 7692 §7.1.1, §7.1.2, §7.2: messages of many sizes there and back under every combination of parameters, over TCP,
// with a peer that is strict about the windows; and what our compressed payloads look like.

import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MessageBody, WebSocketGateway } from '@nestjs/websockets';
import { connect } from '../../../lib/client/connect.js';
import { OnBinary, OnText } from '../../../lib/index.js';
import { frame } from '../../support/bytes.js';
import type { FrameClient } from '../../support/frame-client.js';
import { startWireApp, type WireApp } from '../../support/wire-app.js';
import { PeerServer } from '../connected.js';
import { PeerDeflate, type PeerDeflateOptions } from '../peer-deflate.js';

@WebSocketGateway({ path: '/', compression: { thresholdBytes: 0, takeover: true } })
class EchoGateway {
  @OnText()
  echoText(@MessageBody() text: string): string {
    return text;
  }

  @OnBinary()
  echoBytes(@MessageBody() bytes: Uint8Array): Uint8Array {
    return bytes;
  }
}

const SIZES = [0, 1, 16, 64, 256, 1024, 4096, 8192, 16_384, 16_385, 32_768, 65_536, 131_072];

/** Text that repeats itself near and far, so that every window makes a difference. */
function prose(size: number): Buffer {
  const lines = Array.from(
    { length: 400 },
    (_, i) => `{"id":${i * 7919},"name":"sensor ${i % 17}","value":${(i * 31) % 997}}\n`,
  );
  const text = lines.join('');
  return Buffer.from(text.repeat(Math.ceil(size / text.length)).slice(0, size));
}

/** Bytes that DEFLATE cannot make smaller. */
function noise(size: number): Buffer {
  let state = size + 1;
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** What a browser that keeps to this agreement would have. */
function agreement(
  serverBits: number,
  clientBits: number,
  serverForgets: boolean,
  clientForgets: boolean,
): [string, PeerDeflateOptions] {
  const parameters = [
    'permessage-deflate',
    ...(serverForgets ? ['server_no_context_takeover'] : []),
    ...(clientForgets ? ['client_no_context_takeover'] : []),
    `server_max_window_bits=${serverBits}`,
    `client_max_window_bits=${clientBits}`,
  ];
  const options = {
    ownWindowBits: clientBits,
    ownNoContextTakeover: clientForgets,
    theirWindowBits: serverBits,
    theirNoContextTakeover: serverForgets,
  };
  return [parameters.join('; '), options];
}

const AGREEMENTS = [
  ...[9, 15].flatMap((serverBits) =>
    [9, 15].flatMap((clientBits) =>
      [true, false].flatMap((serverForgets) =>
        [true, false].map((clientForgets) => agreement(serverBits, clientBits, serverForgets, clientForgets)),
      ),
    ),
  ),
  ...[10, 11, 12, 13, 14].map((bits) => agreement(bits, bits, false, false)),
];

let app: WireApp;
beforeAll(async () => {
  app = await startWireApp({ providers: [EchoGateway] });
});
afterAll(() => app.close());

async function open(extensions: string): Promise<FrameClient> {
  return app.client('/', { headers: { 'Sec-WebSocket-Extensions': extensions } });
}

describe('RFC 7692 §7.2, there and back', () => {
  it.each(AGREEMENTS)(
    '§7.1.1, §7.1.2 %s: messages of 0 to 131,072 bytes come back as they were',
    async (extensions, options) => {
      const client = await open(extensions);
      const peer = new PeerDeflate(options);
      for (const size of SIZES) {
        for (const [opcode, payload] of [
          [1, prose(size)],
          [2, noise(size)],
          [1, prose(size)],
        ] as const) {
          client.write(frame('client', 0xc0 | opcode, await peer.compress(payload)));
          const echo = await client.nextFrame();
          expect(echo.firstByte).toBe(0xc0 | opcode);
          expect((await peer.decompress(echo.payload)).equals(payload)).toBe(true);
        }
      }
      client.drop();
    },
  );

  it('§6.1, §7.2.1 the same in fragments of 1,300 bytes, with pings between', async () => {
    const client = await open('permessage-deflate');
    const peer = new PeerDeflate({
      ownWindowBits: 15,
      ownNoContextTakeover: false,
      theirWindowBits: 15,
      theirNoContextTakeover: false,
    });
    for (const payload of [prose(131_072), noise(65_536), prose(131_072)]) {
      const data = await peer.compress(payload);
      const count = Math.ceil(data.length / 1300);
      for (let i = 0; i < count; i++) {
        const firstByte = (i === count - 1 ? 0x80 : 0) | (i === 0 ? 0x42 : 0);
        client.write(
          frame('client', firstByte, data.subarray(i * 1300, (i + 1) * 1300)),
          frame('client', 0x89, `${i}`),
        );
      }
      const pongs: string[] = [];
      let echo: Buffer | undefined;
      while (pongs.length < count || echo === undefined) {
        const { firstByte, payload } = await client.nextFrame();
        if (firstByte === 0x8a) pongs.push(payload.toString());
        else echo = await peer.decompress(payload);
      }
      expect(echo.equals(payload)).toBe(true);
      expect(pongs).toEqual(Array.from({ length: count }, (_, i) => `${i}`));
    }
    client.drop();
  });

  it('§6.2 compressed and plain messages by turns, answered in order', async () => {
    const client = await open('permessage-deflate');
    const peer = new PeerDeflate({
      ownWindowBits: 15,
      ownNoContextTakeover: false,
      theirWindowBits: 15,
      theirNoContextTakeover: false,
    });
    const payloads = Array.from({ length: 40 }, (_, i) => prose(i % 5 === 0 ? 20_000 : i * 10));
    for (const [i, payload] of payloads.entries()) {
      client.write(i % 2 === 0 ? frame('client', 0x81, payload) : frame('client', 0xc1, await peer.compress(payload)));
    }
    for (const payload of payloads) {
      expect((await peer.decompress((await client.nextFrame()).payload)).equals(payload)).toBe(true);
    }
    client.drop();
  });
});

describe('RFC 7692 §7.2.1 what a server sends', () => {
  const TEXT = prose(500).toString();

  async function twice(extensions: string): Promise<[Buffer, Buffer]> {
    const client = await open(extensions);
    client.text(TEXT);
    const first = await client.nextFrame();
    client.text(TEXT);
    const second = await client.nextFrame();
    client.drop();
    expect([first.firstByte, second.firstByte]).toEqual([0xc1, 0xc1]);
    return [first.payload, second.payload];
  }

  it('§7.1.1.1 with server_no_context_takeover the same message is the same bytes', async () => {
    const [first, second] = await twice('permessage-deflate; server_no_context_takeover');
    expect(second.equals(first)).toBe(true);
  });

  it('§7.1.1 without it the second points into the first', async () => {
    const [first, second] = await twice('permessage-deflate');
    expect(second.length).toBeLessThan(first.length / 2);
  });

  it('§7.2.1, 3 "Remove 4 octets (that are 0x00 0x00 0xff 0xff) from the tail end"', async () => {
    for (const payload of await twice('permessage-deflate')) {
      expect(payload.subarray(-4).toString('hex')).not.toBe('0000ffff');
    }
  });

  it('§7.2.3.6 an empty message is the one byte 00', async () => {
    const client = await open('permessage-deflate');
    client.text('');
    expect(await client.nextFrame()).toEqual({ firstByte: 0xc1, payload: Buffer.from([0]) });
    client.drop();
  });

  it('§6.1 "An endpoint MUST NOT" compress control frames: a pong, a Close', async () => {
    const client = await open('permessage-deflate');
    client.write(frame('client', 0x89, TEXT.slice(0, 125)));
    expect(await client.nextFrame()).toEqual({ firstByte: 0x8a, payload: Buffer.from(TEXT.slice(0, 125)) });
    client.close(1000, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
    expect((await client.nextFrame()).firstByte).toBe(0x88);
    await client.ended();
  });
});

describe('RFC 7692 §7.2.1 what a client sends', () => {
  let server: PeerServer;
  beforeAll(async () => {
    server = await PeerServer.start();
  });
  afterAll(() => server.close());

  it.each([9, 12, 15])('§7.1.2.2 keeps to a window of 2^%i bytes that the server asked for', async (bits) => {
    const connecting = connect(server.url, { compression: true });
    const peer = await server.next();
    await peer.accept(`Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=${bits}`);
    const socket = await connecting;
    const codec = new PeerDeflate({
      ownWindowBits: 15,
      ownNoContextTakeover: false,
      theirWindowBits: bits,
      theirNoContextTakeover: false,
    });
    const texts = [prose(5000), prose(100_000), prose(2000), prose(40_000)].map((bytes) => bytes.toString());
    for (const text of texts) socket.send(text);
    await peer.framesUpTo(texts.length);
    for (const [i, text] of texts.entries()) {
      const { firstByte, payload } = peer.frames[i]!;
      expect(firstByte).toBe(0xc1);
      expect((await codec.decompress(payload)).toString()).toBe(text);
    }
    socket.terminate();
  });
});
