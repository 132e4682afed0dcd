// Our client against servers of other people.

import { Buffer } from 'node:buffer';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from '@jest/globals';
import { HeardClient } from '../client/heard-client.js';
import { WireLog } from '../support/wire-log.js';
import { ECHO_CASES } from './cases.js';
import { FOREIGN_SERVERS, type RunningServer } from './foreign-server.js';
import { Matrix } from './matrix.js';
import { messageOf } from './order.js';

/** Our client compresses messages from this size on. */
const COMPRESSED_FROM = 1024;
const ECHOES = ECHO_CASES.filter(({ order }) => order.message?.fragments === 1);

const matrix = new Matrix('foreign-servers', 'Our client and foreign servers');

afterAll(() => matrix.write());

for (const foreign of FOREIGN_SERVERS) {
  foreign.describe(foreign.name, () => {
    describe.each(['off', 'on'] as const)('compression %s', (compression) => {
      let server: RunningServer;
      let log: WireLog;
      let clients: HeardClient[];

      beforeAll(async () => {
        server = await foreign.start(compression);
      });

      beforeEach(() => {
        log = new WireLog();
        clients = [];
      });

      afterEach(async () => {
        log.stop();
        for (const client of clients) {
          client.socket.close(1000);
          await client.closed();
        }
      });

      afterAll(() => server.stop());

      async function open(path: string, subprotocols: readonly string[] = []): Promise<HeardClient> {
        const client = await HeardClient.open(`ws://127.0.0.1:${server.port}${path}`, {
          compression: true,
          subprotocols,
        });
        clients.push(client);
        return client;
      }

      function check(title: string, body: () => Promise<void>): void {
        matrix.it(foreign.name, title, compression, body);
      }

      check('compression is agreed on, or not', async () => {
        const { socket } = await open('/echo');
        expect(socket.extensions.startsWith('permessage-deflate')).toBe(compression === 'on');
      });

      for (const { title, order } of ECHOES) {
        check(title, async () => {
          const client = await open('/echo');
          const message = messageOf(order.message!);
          const bytes = Buffer.from(message);
          for (let i = 0; i < order.message!.repeats; i++) {
            client.socket.send(message);
            const answer = await client.next();
            expect(typeof answer).toBe(typeof message);
            expect(Buffer.from(answer).equals(bytes)).toBe(true);
          }
          const isCompressed = compression === 'on';
          for (const { direction, rsv1, masked } of log.frames) {
            const expected = isCompressed && (direction === 'in' || bytes.length >= COMPRESSED_FROM);
            expect([direction, rsv1, masked]).toEqual([direction, expected, direction === 'out']);
          }
        });
      }

      if (foreign.fragments) {
        check('fragments', async () => {
          const client = await open('/fragments');
          client.socket.send('one message, but in three frames');
          expect(await client.next()).toBe('one message, but in three frames');
          expect(log.frames.filter(({ direction }) => direction === 'in').length).toBeGreaterThanOrEqual(3);
        });
      }

      check('ping by us', async () => {
        const client = await open('/echo');
        client.socket.ping(Buffer.from('and you'));
        expect((await client.nextPong()).toString()).toBe('and you');
      });

      check('ping by the server', async () => {
        const client = await open('/ping');
        expect((await client.nextPing()).toString()).toBe('are you there');
        expect(await client.next()).toBe('answered');
      });

      check('subprotocol', async () => {
        const client = await open('/echo', ['other', 'echo.v1']);
        expect(client.socket.protocol).toBe('echo.v1');
      });

      for (const code of [1000, 1001, 3000, 4999]) {
        check(`closed by us with ${code}`, async () => {
          const client = await open('/echo');
          client.socket.close(code, 'à bientôt');
          expect((await client.closed())[0]).toBe(foreign.answersClose === '1000' ? 1000 : code);
        });

        check(`closed by the server with ${code}`, async () => {
          const client = await open(`/close?code=${code}&reason=${encodeURIComponent('à bientôt')}`);
          expect(await client.closed()).toEqual([code, 'à bientôt']);
          expect(client.errors).toEqual([]);
        });
      }
    });
  });
}
