import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type ConnectOptions } from '../../lib/client/connect.js';
import { HandshakeRefusedError } from '../../lib/client/handshake-refused.error.js';
import { HandshakeError } from '../../lib/handshake/client-handshake.js';
import { within } from '../support/bounded-wait.js';
import { OpenHandles } from './open-handles.js';
import { RawServer, type Request } from './raw-server.js';

const DEFLATE = 'permessage-deflate';

let server: RawServer | undefined;
let handles: OpenHandles;

beforeEach(async () => {
  handles = await OpenHandles.now();
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  expect(await handles.added()).toEqual([]);
});

/** Connects to a server that answers so. @returns the error, once the server has seen the connection end */
async function refusal(
  answer: (request: Request) => string | Uint8Array | undefined,
  options?: ConnectOptions,
): Promise<Error> {
  server = await RawServer.start(answer);
  const failed = connect(server.url, options).then(
    () => Promise.reject(new Error('the answer was accepted')),
    (error: Error) => error,
  );
  const served = await server.next();
  const error = await within(failed, 'the error');
  await served.ended();
  return error;
}

describe('§4.1: a 101 that does not follow the rules fails the connection', () => {
  const cases: [string, Record<string, string | undefined>, RegExp][] = [
    ['Sec-WebSocket-Accept missing', { 'Sec-WebSocket-Accept': undefined }, /Accept does not answer the key/],
    ['… for another key', { 'Sec-WebSocket-Accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' }, /Accept does not answer the key/],
    ['… empty', { 'Sec-WebSocket-Accept': '' }, /Accept does not answer the key/],
    ['Upgrade to something else', { Upgrade: 'h2c' }, /does not upgrade to "websocket"/],
    ['… to more than this', { Upgrade: 'websocket, h2c' }, /does not upgrade to "websocket"/],
    ['Connection without Upgrade', { Connection: 'keep-alive' }, /^the answer upgrades to nothing$/],
    ['a subprotocol, none offered', { 'Sec-WebSocket-Protocol': 'chat' }, /a subprotocol that was not offered/],
    ['an extension, none offered', { 'Sec-WebSocket-Extensions': DEFLATE }, /that were not offered/],
    ['an empty list of extensions', { 'Sec-WebSocket-Extensions': '' }, /that were not offered/],
  ];

  it.each(cases)('%s', async (_, fields, message) => {
    const error = await refusal((request) => request.answer(fields));
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error.name).toBe('HandshakeError');
    expect(error.message).toMatch(message);
  });

  it.each(['other', 'CHAT', 'chat, other', ''])('the subprotocol %j where "chat" was offered', async (chosen) => {
    const error = await refusal((request) => request.answer({ 'Sec-WebSocket-Protocol': chosen }), {
      subprotocols: ['chat'],
    });
    expect(error.message).toBe('the server chose a subprotocol that was not offered');
  });

  it.each([
    'permessage-bzip2',
    `${DEFLATE}, ${DEFLATE}`,
    `${DEFLATE}; unknown`,
    `${DEFLATE}; client_max_window_bits`,
    `${DEFLATE}; client_max_window_bits=8`,
    `${DEFLATE}; server_max_window_bits=16`,
    `${DEFLATE}; server_no_context_takeover=1`,
    `${DEFLATE};`,
  ])('RFC 7692 §7.1: the extensions %j where permessage-deflate was offered', async (chosen) => {
    const error = await refusal((request) => request.answer({ 'Sec-WebSocket-Extensions': chosen }), {
      compression: true,
    });
    expect(error.message).toBe('the server chose extensions or parameters that were not offered');
  });

  it('a field that stands twice', async () => {
    for (const field of ['Upgrade: websocket', 'Sec-WebSocket-Accept: x', 'Sec-WebSocket-Protocol: a']) {
      const error = await refusal(
        (request) =>
          request
            .answer({ 'Sec-WebSocket-Protocol': 'a' })
            .replace('\r\n\r\n', `\r\n${field.replace(': x', `: ${request.accept}`)}\r\n\r\n`),
        { subprotocols: ['a'] },
      );
      expect(error).toBeInstanceOf(HandshakeError);
      await server?.close();
    }
    server = undefined;
  });

  it('no Upgrade field at all: not waited for an answer that will not come', async () => {
    const error = await refusal((request) => request.answer({ Upgrade: undefined }), {
      limits: { handshakeTimeoutMs: 0 },
    });
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error.message).toBe('the answer upgrades to nothing');
  });

  it('a wrong 101 with frames behind it: none of them is read', async () => {
    const error = await refusal((request) =>
      Buffer.concat([Buffer.from(request.answer({ 'Sec-WebSocket-Accept': 'x' })), randomBytes(20_000)]),
    );
    expect(error).toBeInstanceOf(HandshakeError);
  });
});

describe('an answer other than 101', () => {
  const answers: [number, string][] = [
    [200, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'],
    [301, 'HTTP/1.1 301 Moved Permanently\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n'],
    [401, 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n'],
    [404, 'HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'],
    [426, 'HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n'],
    [503, 'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\nlater'],
  ];

  it.each(answers)('%i is told, with the header fields, and nothing is followed', async (status, answer) => {
    const error = await refusal(() => answer);
    expect(error).toBeInstanceOf(HandshakeRefusedError);
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error.message).toBe(`the server refused the handshake with status ${status}`);
    const { status: told, headers, body } = error as HandshakeRefusedError;
    expect(told).toBe(status);
    expect(Object.keys(headers).length).toBeGreaterThan(0);
    expect(body).toBe('');
    expect(server!.connections).toBe(1);
  });

  it('the body is not waited for: it may have no end', async () => {
    const error = await refusal(() => `HTTP/1.1 404 Not Found\r\nContent-Length: ${2 ** 40}\r\n\r\nand so on`, {
      limits: { handshakeTimeoutMs: 0 },
    });
    expect((error as HandshakeRefusedError).status).toBe(404);
  });

  it.each([
    ['all of it', 100, 'hello world'],
    ['as far as wanted', 5, 'hello'],
  ])('the body is read where it is wanted: %s', async (_, maxRefusalBytes, body) => {
    const answer = 'HTTP/1.1 404 Not Found\r\nContent-Length: 11\r\n\r\nhello world';
    const error = await refusal(() => answer, { maxRefusalBytes });
    expect(error.message).toBe(`the server refused the handshake with status 404: ${body}`);
    expect(error).toMatchObject({ status: 404, body, headers: { 'content-length': '11' } });
  });

  it('a body that does not come to its end: what has come, after handshakeTimeoutMs', async () => {
    const answer = `HTTP/1.1 404 Not Found\r\nContent-Length: ${2 ** 40}\r\n\r\nand so on`;
    const error = await refusal(() => answer, { maxRefusalBytes: 100, limits: { handshakeTimeoutMs: 200 } });
    expect(error).toMatchObject({ status: 404, body: 'and so on' });
  });

  it('a 100 before the 101 is passed over', async () => {
    server = await RawServer.start((request) => `HTTP/1.1 100 Continue\r\n\r\n${request.answer()}`);
    const client = await within(connect(server.url), 'the connection');
    client.terminate();
    await (await server.next()).ended();
  });

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['a broken status line', 'HTTP/1.1 one hundred and one\r\n\r\n'],
    ['a frame instead', Buffer.from('810568656c6c6f', 'hex')],
    ['random bytes', Buffer.concat([Buffer.from([0]), randomBytes(100)])],
    ['a header beyond every measure', `HTTP/1.1 101 Switching Protocols\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
  ])('%s: the parser’s error', async (_, answer) => {
    const error = await refusal(() => answer);
    expect(error).toMatchObject({ code: expect.stringMatching(/^HPE_/) });
  });
});

describe('no answer', () => {
  it('a server that is silent: given up after handshakeTimeoutMs', async () => {
    const error = await refusal(() => undefined, { limits: { handshakeTimeoutMs: 200 } });
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error.message).toBe('no answer to the handshake within 200 ms');
  });

  it('a server that begins and does not end', async () => {
    const error = await refusal(() => 'HTTP/1.1 101 Switching', { limits: { handshakeTimeoutMs: 200 } });
    expect(error.message).toBe('no answer to the handshake within 200 ms');
  });

  it.each([
    ['without a word', ''],
    ['in the middle of its answer', 'HTTP/1.1 101 Switching'],
    ['in the middle of its header', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: webs'],
  ])('a server that hangs up %s', async (_, beginning) => {
    server = await RawServer.start(() => beginning);
    const failed = connect(server.url).catch((error: Error) => error);
    (await server.next()).socket.end();
    expect(await within(failed, 'the error')).toMatchObject({ code: 'ECONNRESET' });
  });

  it('a server that resets the connection', async () => {
    server = await RawServer.start(() => undefined);
    const failed = connect(server.url).catch((error: Error) => error);
    (await server.next()).socket.resetAndDestroy();
    expect(await within(failed, 'the error')).toMatchObject({ code: 'ECONNRESET' });
  });
});
