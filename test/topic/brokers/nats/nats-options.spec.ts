// What may be said of NATS, and what the broker makes of it.

import { describe, expect, it } from '@jest/globals';
import { type NatsBrokerOptions, resolveNatsOptions } from '../../../../lib/topic/brokers/nats/nats-options.js';
import { InvalidBrokerOptionError } from '../../../../lib/topic/history-options.js';

const servers = 'nats://localhost:4222';

describe('options of NatsBroker', () => {
  it('are few that must be said', () => {
    const { connection, ...rest } = resolveNatsOptions({ servers });
    expect(rest).toEqual({ servers: [servers], prefix: 'nestwire', stream: undefined });
    // What is silent for so long is given up.
    expect(connection.pingInterval! * (connection.maxPingOut! + 1)).toBeLessThanOrEqual(10_000);
  });

  it('give JetStream a stream named like the subjects', () => {
    const history = { maxMessages: 256, maxAgeMs: 120_000 };
    const resolved = { replicas: undefined, storage: undefined };
    expect(resolveNatsOptions({ servers, jetstream: true }).stream).toEqual({
      stream: 'nestwire',
      ...resolved,
      history,
    });
    expect(
      resolveNatsOptions({
        servers,
        subjectPrefix: 'shop.live',
        jetstream: { replicas: 3, storage: 'memory' },
        history: { maxMessages: 10 },
      }).stream,
    ).toEqual({ stream: 'shop-live', replicas: 3, storage: 'memory', history: { ...history, maxMessages: 10 } });
  });

  it('go to the connection as they are', () => {
    const { connection } = resolveNatsOptions({
      servers,
      user: 'ada',
      pass: 'secret',
      name: 'shop',
      pingInterval: 500,
    });
    expect(connection).toMatchObject({ user: 'ada', pass: 'secret', name: 'shop', pingInterval: 500 });
    expect(connection).not.toHaveProperty('servers');
  });

  it.each<[string, object]>([
    ['servers', {}],
    ['servers', { servers: '' }],
    ['servers', { servers: [] }],
    ['servers', { servers: [4222] }],
    ['subjectPrefix', { servers, subjectPrefix: '' }],
    ['subjectPrefix', { servers, subjectPrefix: 'a..b' }],
    ['subjectPrefix', { servers, subjectPrefix: 'a.*' }],
    ['subjectPrefix', { servers, subjectPrefix: 'a b' }],
    ['jetstream', { servers, jetstream: 'yes' }],
    ['jetstream', { servers, jetstream: null }],
    ['jetstream.stream', { servers, jetstream: { stream: 'a.b' } }],
    ['jetstream.replicas', { servers, jetstream: { replicas: 6 } }],
    ['jetstream.storage', { servers, jetstream: { storage: 'disk' } }],
    ['history', { servers, history: { maxMessages: 5 } }],
    ['history.maxMessages', { servers, jetstream: true, history: { maxMessages: 0 } }],
    ['history.maxAgeMs', { servers, jetstream: true, history: { maxAgeMs: 99 } }],
  ])('are refused by name: %s in %j', (name, options) => {
    const resolve = (): unknown => resolveNatsOptions(options as NatsBrokerOptions);
    expect(resolve).toThrow(InvalidBrokerOptionError);
    expect(resolve).toThrow(`"${name}"`);
  });

  it('do not take a password in an address, and do not show it', () => {
    const resolve = (): unknown => resolveNatsOptions({ servers: ['nats://ada:secret@localhost:4222'] });
    expect(resolve).toThrow(/"servers".*"user" and "pass"/);
    expect(resolve).not.toThrow(/secret/);
  });
});
