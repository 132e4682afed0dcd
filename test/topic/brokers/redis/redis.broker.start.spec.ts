// How a Redis broker starts where it cannot, with real servers: at once, and saying what to change.

import { afterEach, expect, it } from '@jest/globals';
import { BrokerUnavailableError, type BrokerSink } from '../../../../lib/topic/broker.js';
import { RedisBroker, type RedisBrokerOptions } from '../../../../lib/topic/brokers/redis/index.js';
import { describeWithRedis } from '../../../support/redis-server.js';
import { RedisStage } from './redis-stage.js';

const SINK: BrokerSink = {
  deliver: () => undefined,
  interrupted: () => undefined,
  membersOf: () => [],
  failed: () => undefined,
};

/** What a user of Redis must be allowed. */
const COMMANDS =
  'eval evalsha script|load info time ping get set del pexpire xadd xtrim xrevrange spublish ssubscribe sunsubscribe';

describeWithRedis('RedisBroker does not start', () => {
  const stage = new RedisStage();
  afterEach(() => stage.end());

  /** What start complains of. */
  async function complaint(options: RedisBrokerOptions): Promise<string> {
    const broker = new RedisBroker(options);
    const error = await broker.start(SINK).then(
      () => undefined,
      (error: unknown) => error,
    );
    await broker.close();
    expect(error).toBeInstanceOf(BrokerUnavailableError);
    return (error as Error).message;
  }

  it('with a wrong password, which it does not repeat', async () => {
    const { port } = await stage.server('--requirepass', 'right');
    const message = await complaint({ url: `redis://user:secret@127.0.0.1:${port}` });
    expect(message).toContain(`Redis at redis://127.0.0.1:${port} cannot be reached: WRONGPASS`);
    expect(message).not.toContain('secret');
    expect(await complaint({ url: `redis://127.0.0.1:${port}` })).toContain('NOAUTH');
  });

  it('at a replica', async () => {
    const [{ port }, replica] = [await stage.server(), await stage.server()];
    await replica.ask('REPLICAOF', '127.0.0.1', port);
    expect(await complaint({ url: replica.url })).toContain('it is a replica');
  });

  it('at a server that accepts and does not answer', async () => {
    const server = await stage.server();
    server.freeze();
    expect(await complaint({ url: server.url, connectTimeoutMs: 100 })).toContain('it did not get ready within 100 ms');
  });

  it('without the right to its channels, and with just the rights that docs/brokers.md names it does', async () => {
    const server = await stage.server();
    const rights = ['~other:*', '&other:*', ...COMMANDS.split(' ').map((command) => `+${command}`)];
    await server.ask('ACL', 'SETUSER', 'narrow', 'reset', 'on', '>word', ...rights);
    const url = `redis://narrow:word@127.0.0.1:${server.port}`;
    expect(await complaint({ url })).toContain('NOPERM');
    const broker = new RedisBroker({ url, keyPrefix: 'other' });
    await broker.start(SINK);
    const begin = (await broker.subscribe('room'))!;
    const end = await broker.publish('room', { body: '{"event":"told"}' }, performance.now() + 5_000);
    expect(await broker.history('room', begin)).toMatchObject({ isComplete: true, position: end });
    expect(await broker.presence('room')).toEqual({ members: [], isComplete: true });
    await broker.unsubscribe('room');
    await broker.close();
  });
});
