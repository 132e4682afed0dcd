import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { viewBuffer, viewByFrom } from '../../lib/frame/buffer-view.js';

describe('viewBuffer', () => {
  it('is taken by the short way here', () => {
    expect(viewBuffer).not.toBe(viewByFrom);
  });

  it('views the same bytes of the same memory as the documented way, as a Buffer', () => {
    const memory = Uint8Array.from({ length: 64 }, (_, i) => i).buffer;
    fc.assert(
      fc.property(fc.nat(64), fc.nat(64), (one, other) => {
        const [start, end] = one < other ? [one, other] : [other, one];
        const view = viewBuffer(memory, start, end - start);
        expect(view).toEqual(viewByFrom(memory, start, end - start));
        expect(view.buffer).toBe(memory);
        expect(view.byteOffset).toBe(start);
        expect(Object.getPrototypeOf(view)).toBe(Buffer.prototype);
      }),
    );
  });

  it('sees what is written to the memory, and writes to it', () => {
    const memory = new ArrayBuffer(4);
    const view = viewBuffer(memory, 1, 2);
    new Uint8Array(memory)[2] = 7;
    view[0] = 5;
    expect([...new Uint8Array(memory)]).toEqual([0, 5, 7, 0]);
  });

  it('goes no further than the memory', () => {
    expect(() => viewBuffer(new ArrayBuffer(4), 2, 3)).toThrow('Invalid typed array length: 3');
  });
});
