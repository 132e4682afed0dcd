import { describe, expect, it } from '@jest/globals';
import { Gate } from '../../lib/topic/gate.js';
import { deferred } from './model/deferred.js';

describe('Gate', () => {
  it('lets so many through at a time, the others in their order', async () => {
    const gate = new Gate(2);
    const begun: number[] = [];
    const actions = Array.from({ length: 5 }, () => deferred<number>());
    const results = actions.map(({ promise }, i) =>
      gate.run(() => {
        begun.push(i);
        return promise;
      }),
    );
    expect(begun).toEqual([0, 1]);
    actions[1]!.resolve(10);
    expect(await results[1]).toBe(10);
    expect(begun).toEqual([0, 1, 2]);
    actions[0]!.resolve(0);
    actions[2]!.resolve(20);
    expect(await Promise.all([results[0], results[2]])).toEqual([0, 20]);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    actions[3]!.resolve(30);
    actions[4]!.resolve(40);
    await Promise.all(results);

    // All places are free again.
    const again = deferred<void>();
    void gate.run(() => again.promise);
    void gate.run(() => again.promise);
    void gate.run(async () => void begun.push(7));
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    again.resolve();
    await gate.run(async () => {});
    expect(begun).toEqual([0, 1, 2, 3, 4, 7]);
  });

  it('lets whoever has waited for too long leave the line', async () => {
    const gate = new Gate(1);
    const first = deferred<void>();
    const begun: string[] = [];
    const running = gate.run(() => first.promise);
    const impatient = gate.run(async () => void begun.push('impatient'), { limitMs: 1, late: () => new Error('late') });
    const patient = gate.run(async () => void begun.push('patient'), {
      limitMs: 60_000,
      late: () => new Error('late'),
    });
    await expect(impatient).rejects.toThrow('late');
    first.resolve();
    await Promise.all([running, patient]);
    // The place is free again, and was not given to somebody who is not there.
    await gate.run(async () => void begun.push('next'));
    expect(begun).toEqual(['patient', 'next']);
  });

  it('gives the place of one that fails to the next', async () => {
    const gate = new Gate(1);
    const failing = gate.run(async () => {
      throw new Error('not this time');
    });
    const throwing = gate.run(() => {
      throw new Error('nor this time');
    });
    const next = gate.run(async () => 'here');
    await expect(failing).rejects.toThrow('not this time');
    await expect(throwing).rejects.toThrow('nor this time');
    expect(await next).toBe('here');
  });
});
