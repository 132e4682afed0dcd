// The channel `nestwire:handshake` under the adapter, and what becomes of subscribers that throw.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeAll, afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MessageBody, WebSocketGateway } from '@nestjs/websockets';
import { OnText, type VerifyClientCallback, type VerifyClientInfo } from '../../lib/index.js';
import { Inbox } from '../support/bounded-wait.js';
import { FrameClient } from '../support/frame-client.js';
import { freePort } from '../support/free-port.js';
import { RawClient, upgradeRequest } from '../support/raw-client.js';
import { startWireApp, type WireApp } from '../support/wire-app.js';
import { drawFrame, WireLog } from '../support/wire-log.js';

function verifyClient({ req }: VerifyClientInfo, callback: VerifyClientCallback): void {
  if (req.headers['x-throw'] !== undefined) throw new Error('a mistake of the application');
  callback(req.headers['x-refuse'] === undefined, 402, 'Pay first.', { 'X-Price': '1' });
}

@WebSocketGateway({ path: '/', verifyClient, compression: true, subprotocols: ['chat'] })
class TextGateway {
  @OnText()
  text(@MessageBody() text: string): string {
    return text;
  }
}

describe('nestwire:handshake', () => {
  let app: WireApp;
  let log: WireLog;

  beforeAll(async () => {
    app = await startWireApp({ providers: [TextGateway] });
  });

  beforeEach(() => {
    log = new WireLog();
  });

  afterEach(() => log.stop());

  afterAll(() => app.close());

  it('an accepted one: the request, 101 and the answer as it was written, then frames and close of the same socket', async () => {
    const client = await FrameClient.open(app.port, '/?accepted', {
      headers: {
        'Sec-WebSocket-Protocol': 'other, chat',
        'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits=10',
      },
    });
    client.text('hello');
    await client.nextText();
    client.close(3000, 'bye');
    client.socket.end();
    const { handshake, frames, close } = await log.of('/?accepted', 'the close', ({ close }) => close !== undefined);
    expect(handshake?.status).toBe(101);
    expect(handshake?.request.method).toBe('GET');
    expect(handshake?.answer).toBe(
      'HTTP/1.1 101 Switching Protocols\r\n' +
        'Upgrade: websocket\r\n' +
        'Connection: Upgrade\r\n' +
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n' +
        'Sec-WebSocket-Protocol: chat\r\n' +
        'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=10\r\n' +
        '\r\n',
    );
    expect(handshake?.answer.split('\r\n').slice(0, -2)).toEqual(client.head);
    expect(frames.map((frame) => drawFrame(frame).slice(0, 30))).toEqual([
      'in FIN .... MASK 1 5 hello',
      'out FIN .... .... 1 5 hello',
      'in FIN .... MASK 8 5 \x0b\xb8bye',
      'out FIN .... .... 8 5 \x0b\xb8bye',
    ]);
    expect(close).toMatchObject({ code: 3000, reason: 'bye' });
    expect(log.records.size).toBe(1);
  });

  const refusals: [string, number, string, RegExp][] = [
    ['a broken key', 400, upgradeRequest('/?400', { 'Sec-WebSocket-Key': 'short' }), /Sec-WebSocket-Key/],
    ['no Host', 400, upgradeRequest('/?host', { Host: 'a b' }), /Host/],
    ['the application’s own', 402, upgradeRequest('/?402', { 'X-Refuse': 'yes' }), /X-Price: 1\r\n[^]*Pay first\./],
    ['another origin', 403, upgradeRequest('/?403', { Origin: 'http://elsewhere.example' }), /origin/],
    ['another path', 404, upgradeRequest('/nowhere?404'), /No gateway/],
    ['not a GET', 405, upgradeRequest('/?405').replace('GET', 'POST'), /Allow: GET\r\n/],
    [
      'another version',
      426,
      upgradeRequest('/?426', { 'Sec-WebSocket-Version': '8' }),
      /Sec-WebSocket-Version: 13\r\n/,
    ],
    ['a mistake of the application', 500, upgradeRequest('/?500', { 'X-Throw': 'yes' }), /^HTTP\/1\.1 500 /],
  ];

  it.each(refusals)('a refusal, %s: %i and the whole answer', async (_, status, request, content) => {
    const client = await RawClient.open(app.port);
    client.write(request);
    const answer = (await client.rest()).toString('latin1');
    client.drop();
    const url = request.split(' ')[1]!;
    const { handshake, frames, close } = await log.of(url, 'a handshake', () => true);
    expect(handshake?.status).toBe(status);
    expect(handshake?.answer).toBe(answer);
    expect(answer).toMatch(content);
    expect(frames).toEqual([]);
    expect(close).toBeUndefined();
  });

  it('503 while the application shuts down', async () => {
    const dying = await startWireApp({ providers: [TextGateway], options: { limits: { closeTimeoutMs: 3_000 } } });
    // Somebody who does not answer the Close keeps the server closing.
    const staying = await FrameClient.open(dying.port, '/?staying');
    const late = await RawClient.open(dying.port);
    const closing = dying.app.close();
    expect(await staying.nextClose()).toBe(1001);
    late.write(upgradeRequest('/?503'));
    const { handshake } = await log.of('/?503', 'a handshake', () => true);
    expect(handshake?.status).toBe(503);
    late.drop();
    staying.drop();
    await closing;
  });
});

describe('a subscriber that throws', () => {
  // As of any diagnostics channel: node hands what was thrown to the process, as an uncaught exception, in a later tick.
  // Who publishes, here the connection, goes on. A process of its own shows it, since the test runner counts such
  // exceptions as failures.
  const PRELOAD = `
    import { subscribe } from 'node:diagnostics_channel';
    const throwAt = (name) => subscribe('nestwire:' + name, () => { throw new Error(name) });
    throwAt('handshake'); throwAt('frame'); throwAt('close');
    process.on('uncaughtException', (error) => console.log('uncaught ' + error.message));
  `;

  it('is the process’s uncaught exception, and does not hurt handshake, frames or close', async () => {
    const port = await freePort();
    const preload = `data:text/javascript,${encodeURIComponent(PRELOAD)}`;
    const child = spawn(process.execPath, ['--import', preload, resolve('build/sample/echo/main.js')], {
      env: { ...process.env, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const lines = new Inbox<string>('a line');
      createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
      expect(await lines.next()).toBe(`listening on ${port}`);
      const client = await FrameClient.open(port, '/');
      client.text('hello');
      expect(await client.nextText()).toBe('hello');
      client.close(1000);
      expect(await client.nextClose()).toBe(1000);
      await client.ended();
      // Two frames in, two out.
      const frames = Array.from({ length: 4 }, () => 'uncaught frame');
      expect(await lines.take(6)).toEqual(['uncaught handshake', ...frames, 'uncaught close']);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
});
