// The contract, over a real server: live only, and with JetStream. An outage is the end of the server, which comes back with what it
// stored.

import { afterAll, beforeAll } from '@jest/globals';
import type { HistoryOptions } from '../../../../lib/topic/broker.js';
import { NatsBroker } from '../../../../lib/topic/brokers/nats/nats.broker.js';
import { freePort } from '../../../support/free-port.js';
import { describeWithNats, NatsServer } from '../../../support/nats-server.js';
import { type BrokerHarness, describeBroker } from '../../broker.contract.js';

describeWithNats('over NATS', () => {
  let server: NatsServer;
  let cases = 0;

  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(() => server.close());

  const common: Omit<BrokerHarness, 'createBroker' | 'hasHistory'> = {
    hasManyNodes: true,
    isolate: async () => {
      cases++;
    },
    createUnreachable: async () => new NatsBroker({ servers: `nats://127.0.0.1:${await freePort()}` }),
    outage: { begin: () => server.kill(), end: () => server.run() },
  };

  describeBroker('NatsBroker', {
    ...common,
    hasHistory: false,
    createBroker: () => new NatsBroker({ servers: server.url, subjectPrefix: `live.${cases}` }),
  });

  describeBroker('NatsBroker with JetStream', {
    ...common,
    hasHistory: true,
    createBroker: (history?: Partial<HistoryOptions>) =>
      new NatsBroker({ servers: server.url, subjectPrefix: `kept.${cases}`, jetstream: true, history: { ...history } }),
  });
});
