// A request that nobody has seen, packed and unpacked again: it reads like the one that came.

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { packRequest, unpackRequest } from '../../../lib/gateway/socket/packed-request.js';
import { within } from '../../support/bounded-wait.js';

const HEAD =
  'Host: example.org\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nCookie: a=b\r\nCookie: c=d\r\n' +
  'X-Empty:\r\nX-Latin: \xe9\r\nSet-Cookie: x\r\n__proto__: polluted\r\n\r\n';

const open: { close(): void }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function upgrade(head = `GET /path?a=b HTTP/1.1\r\n${HEAD}`, options = {}): Promise<[IncomingMessage, Duplex]> {
  const server = createServer(options);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const arrived = once(server, 'upgrade');
  const client = connect((server.address() as { port: number }).port, '127.0.0.1');
  client.write(head, 'latin1');
  const [request, socket] = (await within(arrived, 'the upgrade')) as [IncomingMessage, Duplex];
  open.push({
    close: () => {
      socket.destroy();
      client.destroy();
      server.close();
    },
  });
  return [request, socket];
}

/** All that an application reads of a request. */
function readings(request: IncomingMessage): unknown {
  const { method, url, httpVersion, httpVersionMajor, httpVersionMinor, rawHeaders, rawTrailers, trailers } = request;
  const { headers, headersDistinct, complete, aborted, destroyed, readable, readableEnded, statusCode } = request;
  return [
    [method, url, httpVersion, httpVersionMajor, httpVersionMinor, rawHeaders, rawTrailers, trailers],
    [Object.entries(headers), Object.entries(headersDistinct), Object.getPrototypeOf(headers)],
    [complete, aborted, destroyed, readable, readableEnded, statusCode],
  ];
}

describe('packRequest', () => {
  it('keeps all that an application reads', async () => {
    const [request, socket] = await upgrade();
    const unpacked = unpackRequest(packRequest(request)!, socket);
    expect(readings(unpacked)).toEqual(readings(request));
    expect(unpacked.socket).toBe(request.socket);
    expect(unpacked.constructor).toBe(request.constructor);
    expect(Reflect.ownKeys(unpacked).map(String).toSorted()).toEqual(Reflect.ownKeys(request).map(String).toSorted());
  });

  it('has no body, and ends when it is read', async () => {
    const [request, socket] = await upgrade();
    const unpacked = unpackRequest(packRequest(request)!, socket);
    expect(await unpacked.toArray()).toEqual([]);
  });

  it('leaves alone what says something else than Node’s own requests', async () => {
    const [joined] = await upgrade(undefined, { joinDuplicateHeaders: true });
    expect(packRequest(joined)).toBeUndefined();
    const [old] = await upgrade(`GET / HTTP/1.0\r\n${HEAD}`);
    expect(packRequest(old)).toBeUndefined();
  });
});
