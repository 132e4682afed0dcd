// What may stand in Redis, or come through it, that this version of the library has not written: it is reported where it takes a
// place in a topic, logged, and does no harm.

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Position } from '../../../../lib/topic/position.js';
import { until } from '../../../support/bounded-wait.js';
import { describeWithRedis, type RedisServer } from '../../../support/redis-server.js';
import { expectWell, RedisStage } from './redis-stage.js';
import type { TableNode } from './table-node.js';
import type { Witness } from './witness.js';

const CHANNEL = 'nestwire:{t-room}';
const STATE = `${CHANNEL}:state`;
const LOG = `${CHANNEL}:log`;
const OF_THE_FUTURE = 'nestwire/2 {}\n{"event":"told","data":1}';

describeWithRedis('RedisBroker bears', () => {
  const stage = new RedisStage();
  let server: RedisServer;
  let node: TableNode;
  let witness: Witness;
  let position: Position;

  beforeEach(async () => {
    server = await stage.server();
    node = await stage.node(server.port);
    witness = await node.join('room');
    position = await node.publish('room', 'first');
    await witness.sees('first');
  });
  afterEach(() => stage.end());

  /** As a node would, that has something else to say. */
  async function publishForeign(text: string): Promise<void> {
    const offset = position.offset + 1;
    const [identity, epoch, , time] = String(await server.ask('GET', STATE)).split(' ');
    await server.ask('XADD', LOG, `${time}-${offset}`, 'm', text);
    await server.ask('SET', STATE, `${identity} ${epoch} ${offset} ${time}`);
    await server.ask('SPUBLISH', CHANNEL, `${epoch} ${offset}\n${text}`);
  }

  describe('on a channel', () => {
    it.each(['', 'garbage', '\n', 'a b\n', 'epoch 1', 'epoch -1\n', 'epoch 1e3\n{}', 'x'.repeat(100_000), '\0'])(
      '%.20j, with a word in the log and nothing missing',
      async (text) => {
        await server.ask('SPUBLISH', CHANNEL, text);
        await until(() => node.failures.length === 1, 'a word in the log');
        expect(node.failures).toEqual([expect.stringContaining('cannot be read')]);
        await expectWell(witness, node);
        expect(witness.gaps).toBe(0);
      },
    );

    it('a message that comes twice, or of another epoch that there never was', async () => {
      await server.ask('SPUBLISH', CHANNEL, `${position.epoch} ${position.offset}\n${OF_THE_FUTURE}`);
      await server.ask('SPUBLISH', CHANNEL, `other 7\nnestwire/1 {}\n{"event":"told","data":"forged"}`);
      await expectWell(witness, node);
    });

    it('garbage about presence', async () => {
      await server.ask('SPUBLISH', 'nestwire:presence', 'garbage');
      await until(() => node.failures.length === 1, 'a word in the log');
      expect(await node.broker.presence('room')).toEqual({ members: [{ id: witness.id }], isComplete: true });
    });
  });

  describe('a message of a future version', () => {
    it('when it comes, as a gap', async () => {
      await publishForeign(OF_THE_FUTURE);
      await until(() => witness.gaps === 1, 'a gap');
      expect(node.failures).toEqual([expect.stringContaining('another version')]);
      await expectWell(witness, node);
      expect(witness.gaps).toBe(1);
    });

    it('in history, as a gap', async () => {
      await publishForeign(OF_THE_FUTURE);
      await until(() => witness.gaps === 1, 'a gap');
      await node.publish('room', 'after');
      const late = await node.join('room', position);
      await late.sees('after');
      expect(late.gaps).toBe(1);
      expect(late.received).toEqual(['after']);
    });
  });

  describe('where its keys should be', () => {
    const recovers = async (): Promise<Witness> => {
      await node.publish('room', 'after');
      const late = await node.join('room', position);
      await expectWell(witness, node);
      await expectWell(late, node);
      return late;
    };

    it('a foreign entry in the log: what is missing cannot be told, and is reported', async () => {
      await node.publish('room', 'after');
      await server.ask('XADD', LOG, '*', 'foreign', 'entry');
      const late = await node.join('room', position);
      expect(late.gaps).toBe(1);
      await expectWell(late, node);
      await expectWell(witness, node);
      expect(witness.gaps).toBe(0);
    });

    it.each([
      ['with an ID that no broker gives', `1-${'9'.repeat(18)}`, 'm'],
      ['with another field', '1-2', 'foreign'],
    ])('an entry %s, in the place of one of ours: it is reported as missed', async (_, id, field) => {
      await node.publish('room', 'after');
      await server.ask('DEL', LOG);
      await server.ask('XADD', LOG, id, field, 'entry');
      const late = await node.join('room', position);
      expect(late.gaps).toBe(1);
      await expectWell(late, node);
      await expectWell(witness, node);
      expect(witness.gaps).toBe(0);
    });

    it('an entry that no other can follow', async () => {
      await server.ask('XADD', LOG, '18446744073709551615-18446744073709551615', 'foreign', 'entry');
      await recovers();
      expect(witness.gaps).toBe(1);
    });

    it.each(['', 'garbage', 'a b c d', `a b ${'9'.repeat(40)} 1`])('the state %j', async (text) => {
      await server.ask('SET', STATE, text);
      await recovers();
      expect(witness.gaps).toBe(1);
    });

    it('a time that will never come', async () => {
      const state = String(await server.ask('GET', STATE)).split(' ');
      await server.ask('SET', STATE, [...state.slice(0, 3), '9'.repeat(30)].join(' '));
      await recovers();
    });

    it.each([STATE, LOG])('something of another type, at %s', async (key) => {
      await server.ask('DEL', key);
      await server.ask('RPUSH', key, 'foreign');
      await recovers();
    });
  });
});
