// Topics that are left without a single message: anybody may make them up, and they must not fill the memory.

import { expect, it } from '@jest/globals';
import { MemoryBroker } from '../../../lib/topic/brokers/memory.broker.js';
import { NotingSink } from '../contract/nodes.js';

it('MemoryBroker forgets topics that were left without a message, those first that were left longest ago', async () => {
  const broker = new MemoryBroker();
  await broker.start(new NotingSink());
  const names = Array.from({ length: 300 }, (_, i) => `${i} `.padEnd(16_000, 'x'));
  const positions = names.map((name) => {
    const position = broker.subscribe(name)!;
    broker.unsubscribe(name);
    return position;
  });
  const [first, last] = [0, names.length - 1].map((i) => broker.history(names[i]!, positions[i]!));
  expect(await last).toEqual({ entries: [], isComplete: true, position: positions.at(-1) });
  expect(await first).toMatchObject({ entries: [], isComplete: false });
  expect((await first)!.position.epoch).not.toBe(positions[0]!.epoch);
  await broker.close();
});
