// Where a Redis broker finds its server: by options of ioredis, and through sentinels.

import { afterEach, expect, it } from '@jest/globals';
import { BrokerUnavailableError } from '../../../../lib/topic/broker.js';
import { until } from '../../../support/bounded-wait.js';
import { freePort } from '../../../support/free-port.js';
import { describeWithRedis } from '../../../support/redis-server.js';
import { selfSigned } from '../../../support/self-signed.js';
import { AT_ONCE, expectWell, RedisStage } from './redis-stage.js';

/** For a sentinel to notice, to wait, and to choose. */
const FAILOVER_LIMIT_MS = 30_000;

describeWithRedis('RedisBroker finds its server', () => {
  const stage = new RedisStage();
  afterEach(() => stage.end());

  it('where options of ioredis say', async () => {
    const { port } = await stage.server();
    const node = await stage.nodeWith({ client: { host: '127.0.0.1', port } });
    await expectWell(await node.join('room'), node);
  });

  it('by its sentinels, also when they and the server were away', async () => {
    const server = await stage.server();
    const sentinel = await stage.sentinel(server);
    const sentinels = [{ host: '127.0.0.1', port: sentinel.port }];
    const node = await stage.nodeWith({ client: { sentinels, name: 'main' } });
    const witness = await node.join('room');
    await sentinel.kill();
    await server.kill();
    await node.becomes('down');
    await server.start();
    await expect(node.publish('room', 'nobody says where')).rejects.toThrow(
      /Redis at the master main of its sentinels cannot be reached: .*sentinels/,
    );
    await sentinel.start();
    await expectWell(witness, node);
  });

  it('by its sentinels, where another server is the master now', async () => {
    const server = await stage.server(...AT_ONCE);
    const other = await stage.server(...AT_ONCE, '--replicaof', '127.0.0.1', `${server.port}`);
    const sentinel = await stage.sentinel(server);
    const sentinels = [{ host: '127.0.0.1', port: sentinel.port }];
    const node = await stage.nodeWith({ client: { sentinels, name: 'main' } });
    const witness = await node.join('room');
    await expectWell(witness, node);
    while (!String(await sentinel.ask('SENTINEL', 'REPLICAS', 'main')).includes(`${other.port}`));
    await server.kill();
    await node.becomes('down');
    await until(() => node.status === 'up', 'the other server', FAILOVER_LIMIT_MS);
    await expectWell(witness, node);
    expect(String(await other.ask('ROLE'))).toMatch(/^master/);
    // Nobody can say what the master had published that did not reach its replica.
    expect(witness.gaps).toBe(1);
  });

  it('over TLS, by the certificate that it is told to trust, and by no other', async () => {
    const { key, cert } = selfSigned();
    const folder = await stage.folder({ 'key.pem': key, 'cert.pem': cert });
    const port = await freePort();
    const files = ['--tls-key-file', `${folder}/key.pem`, '--tls-cert-file', `${folder}/cert.pem`];
    await stage.server('--tls-port', `${port}`, '--tls-auth-clients', 'no', ...files);
    const url = `rediss://127.0.0.1:${port}`;
    const tls = { ca: cert, checkServerIdentity: () => undefined };
    const node = await stage.nodeWith({ url, client: { tls } });
    await expectWell(await node.join('room'), node);
    await expect(stage.nodeWith({ url })).rejects.toThrow(
      /Redis at rediss:\/\/127\.0\.0\.1:\d+ cannot be reached: self-signed certificate/,
    );
  });

  it('or says that no sentinel is there', async () => {
    const sentinels = [{ host: '127.0.0.1', port: await freePort() }];
    const started = stage.nodeWith({ client: { sentinels, name: 'main' } });
    await expect(started).rejects.toThrow(BrokerUnavailableError);
    await expect(started).rejects.toThrow(/Redis at the master main of its sentinels cannot be reached: .*sentinels/);
  });
});
