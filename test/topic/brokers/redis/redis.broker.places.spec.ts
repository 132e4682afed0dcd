// Where a Redis broker finds its server: by options of ioredis, and through sentinels.

import { afterEach, expect, it } from '@jest/globals';
import { BrokerUnavailableError } from '../../../../lib/topic/broker.js';
import { freePort } from '../../../support/free-port.js';
import { describeWithRedis } from '../../../support/redis-server.js';
import { expectWell, RedisStage } from './redis-stage.js';

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

  it('or says that no sentinel is there', async () => {
    const sentinels = [{ host: '127.0.0.1', port: await freePort() }];
    const started = stage.nodeWith({ client: { sentinels, name: 'main' } });
    await expect(started).rejects.toThrow(BrokerUnavailableError);
    await expect(started).rejects.toThrow(/Redis at the master main of its sentinels cannot be reached: .*sentinels/);
  });
});
