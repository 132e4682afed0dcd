// Runs a table of wire cases: each against the pure engine in both roles, then over TCP against a real server and a real
// client. The tables stand in the specs, one for each section of the RFCs.

import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { ROLES } from '../support/bytes.js';
import type { WireApp } from '../support/wire-app.js';
import { holdClient, PeerServer } from './connected.js';
import { holdEngine } from './engine.js';
import { holdServer, startServer } from './served.js';
import type { WireCase } from './wire-case.js';

export * from './wire-case.js';

/**
 * @param section what is quoted, such as `RFC 6455 §5.4 Fragmentation`
 * @param defaults what holds for all cases
 */
export function conforms(section: string, cases: readonly WireCase[], defaults: Partial<WireCase> = {}): void {
  describe(section, () => {
    const table = (to: WireCase['to']): [string, WireCase][] =>
      cases
        .filter((wireCase) => (wireCase.to ?? to) === to)
        .map((wireCase) => [wireCase.rule, Object.assign({}, defaults, wireCase)]);

    describe.each(ROLES)('the engine as a %s', (role) => {
      it.each(table(role))('%s', async (_, wireCase) => {
        await holdEngine(role, wireCase);
      });
    });

    describe('a server over TCP', () => {
      let app: WireApp;
      beforeAll(async () => {
        app = await startServer();
      });
      afterAll(() => app.close());
      it.each(table('server'))('%s', async (_, wireCase) => {
        await holdServer(app, wireCase);
      });
    });

    describe('a client over TCP', () => {
      let server: PeerServer;
      beforeAll(async () => {
        server = await PeerServer.start();
      });
      afterAll(() => server.close());
      it.each(table('client'))('%s', async (_, wireCase) => {
        await holdClient(server, wireCase);
      });
    });
  });
}
