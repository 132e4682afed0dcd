import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type TLSSocket, connect as connectTls } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect } from '../../lib/client/connect.js';
import { HandshakeError } from '../../lib/handshake/client-handshake.js';
import { within } from '../support/bounded-wait.js';
import { closePayload, frame } from '../support/bytes.js';
import { HeardClient } from './heard-client.js';
import { OpenHandles } from './open-handles.js';
import { RawServer } from './raw-server.js';
import { selfSignedCertificate } from './self-signed.js';

const TEXT = 0x81;
const BINARY = 0x82;
const CLOSE = 0x88;

describe('wss:', () => {
  let certificate: { key: string; cert: string };
  let handles: OpenHandles;
  let server: RawServer;
  let url: string;

  beforeAll(() => {
    certificate = selfSignedCertificate();
  });

  beforeEach(async () => {
    handles = await OpenHandles.now();
    server = await RawServer.start(undefined, certificate);
    url = `wss://localhost:${server.port}/`;
  });

  afterEach(async () => {
    await server.close();
    expect(await handles.added()).toEqual([]);
  });

  it('a conversation with a server whose certificate is trusted', async () => {
    const client = await HeardClient.open(url, { tls: { ca: certificate.cert } });
    const peer = await server.next();
    expect(peer.request.field('Host')).toBe(`localhost:${server.port}`);
    expect((peer.socket as TLSSocket).encrypted).toBe(true);
    client.socket.send(Buffer.alloc(100_000, 'x'));
    const { firstByte, payload } = await peer.nextFrame();
    expect([firstByte, payload.length]).toEqual([BINARY, 100_000]);
    peer.write(frame('server', TEXT, 'secret'));
    expect(await client.next()).toBe('secret');
    client.socket.close(1000, 'done');
    expect((await peer.nextFrame()).firstByte).toBe(CLOSE);
    peer.write(frame('server', CLOSE, closePayload(1000, 'done')));
    peer.socket.end();
    expect(await client.closed()).toEqual([1000, 'done']);
  });

  it('a certificate that nobody trusts is refused, before any request', async () => {
    await expect(connect(url)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(server.connections).toBe(0);
  });

  it('… unless it need not be trusted', async () => {
    const client = await HeardClient.open(url, { tls: { rejectUnauthorized: false } });
    await client.drop();
  });

  it('a certificate of another name is refused', async () => {
    const tls = { ca: certificate.cert, servername: 'example.org' };
    await expect(connect(url, { tls })).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('a server that speaks no TLS', async () => {
    const plain = await RawServer.start((request) => request.answer());
    await expect(connect(`wss://127.0.0.1:${plain.port}/`, { limits: { handshakeTimeoutMs: 200 } })).rejects.toThrow(
      'no answer to the handshake within 200 ms',
    );
    await plain.close();
  });

  it('a server that is silent during the TLS handshake is given up after handshakeTimeoutMs', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const opening = connect(`wss://127.0.0.1:${port}/`, { limits: { handshakeTimeoutMs: 200 } });
    await expect(opening).rejects.toThrow(new HandshakeError('no answer to the handshake within 200 ms'));
    silent.close();
    await once(silent, 'close');
  });

  it('over a TLS stream of one’s own', async () => {
    const stream = connectTls({ port: server.port, host: '127.0.0.1', ca: certificate.cert, servername: 'localhost' });
    await within(once(stream, 'secureConnect'), 'TLS');
    const client = await HeardClient.open('wss://example.org/', { createConnection: () => stream });
    const peer = await server.next();
    expect(peer.request.field('Host')).toBe('example.org');
    peer.write(frame('server', TEXT, 'by another way'));
    expect(await client.next()).toBe('by another way');
    await client.drop();
  });
});
