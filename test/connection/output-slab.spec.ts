import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { OutputSegment, SLAB_BYTES } from '../../lib/connection/output-slab.js';

/** Appends as an outbox does: in place where the segment can grow, else behind whatever was filled last. */
function append(segment: OutputSegment, taken: Buffer[], bytes: Buffer): void {
  if (!segment.canGrow(bytes.length)) {
    if (segment.length > 0) taken.push(segment.take());
    segment.open(bytes.length);
  }
  bytes.copy(segment.target, segment.writeOffset);
  segment.advance(bytes.length);
}

describe('OutputSegment', () => {
  it('hands out exactly what was written, once', () => {
    const segment = new OutputSegment();
    const taken: Buffer[] = [];
    append(segment, taken, Buffer.from('abc'));
    append(segment, taken, Buffer.from('de'));
    expect(segment.length).toBe(5);
    expect(taken).toEqual([]);
    expect(segment.take().toString()).toBe('abcde');
    expect(segment.length).toBe(0);
    expect(segment.take()).toHaveLength(0);
  });

  it('reserving more than is used gives away nothing of the rest', () => {
    const [one, other] = [new OutputSegment(), new OutputSegment()];
    one.open(1000);
    one.target.write('x', one.writeOffset);
    one.advance(1);
    other.open(10);
    expect(other.target.subarray(other.writeOffset - 1, other.writeOffset).toString()).toBe('x');
    expect(one.take().toString()).toBe('x');
  });

  it('cannot grow once another segment has been filled behind it', () => {
    const [one, other] = [new OutputSegment(), new OutputSegment()];
    append(one, [], Buffer.from('a'));
    expect(one.canGrow(1)).toBe(true);
    append(other, [], Buffer.from('b'));
    expect(one.canGrow(1)).toBe(false);
    expect(other.canGrow(1)).toBe(true);
    expect([one.take().toString(), other.take().toString()]).toEqual(['a', 'b']);
  });

  it('an empty one never grows in place: others may have written since', () => {
    const segment = new OutputSegment();
    expect(segment.canGrow(1)).toBe(false);
    append(segment, [], Buffer.from('a'));
    segment.take();
    expect(segment.canGrow(1)).toBe(false);
  });

  it('goes on in a new block when the old one is full, to the byte', () => {
    const segment = new OutputSegment();
    segment.open(SLAB_BYTES);
    const block = segment.target;
    segment.advance(SLAB_BYTES - 1);
    expect(segment.canGrow(1)).toBe(true);
    expect(segment.canGrow(2)).toBe(false);
    const full = segment.take();
    segment.open(2);
    expect(segment.target).not.toBe(block);
    expect(segment.writeOffset).toBe(0);
    expect(full.buffer).toBe(block.buffer);
  });

  it('whatever is appended by whomever in whatever order, each gets back its own bytes', () => {
    const size = fc.oneof(fc.nat(64), fc.nat(5000), fc.constantFrom(16_384, SLAB_BYTES));
    const steps = fc.array(fc.tuple(fc.nat(4), size, fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (appends) => {
        const writers = Array.from({ length: 5 }, () => ({
          segment: new OutputSegment(),
          taken: [] as Buffer[],
          expected: [] as Buffer[],
        }));
        for (const [step, [who, length, takesNow]] of appends.entries()) {
          const { segment, taken, expected } = writers[who]!;
          const bytes = Buffer.alloc(length + 1, step + 1);
          if (bytes.length > SLAB_BYTES) continue;
          append(segment, taken, bytes);
          expected.push(bytes);
          if (takesNow) taken.push(segment.take());
        }
        for (const { segment, taken, expected } of writers) {
          expect(Buffer.concat([...taken, segment.take()]).equals(Buffer.concat(expected))).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('giveBack', () => {
  it('lets the block be filled from the front again when nobody uses any of it', () => {
    const [one, other] = [new OutputSegment(), new OutputSegment()];
    one.open(SLAB_BYTES);
    one.advance(SLAB_BYTES);
    one.take();
    append(one, [], Buffer.from('a'));
    const block = one.target;
    append(other, [], Buffer.from('b'));
    const [a, b] = [one.take(), other.take()];
    one.giveBack();
    append(one, [], Buffer.from('c'));
    expect([a.toString(), b.toString()]).toEqual(['a', 'b']);
    other.giveBack();
    one.take();
    one.giveBack();
    one.open(1);
    expect([one.target, one.writeOffset]).toEqual([block, 0]);
  });

  it('counts all that was taken since, and none of it twice', () => {
    const [one, other] = [new OutputSegment(), new OutputSegment()];
    one.open(SLAB_BYTES);
    one.advance(SLAB_BYTES);
    one.take();
    const taken: Buffer[] = [];
    append(one, taken, Buffer.from('a'));
    append(other, taken, Buffer.from('b'));
    append(one, taken, Buffer.from('c'));
    taken.push(one.take());
    one.giveBack();
    one.giveBack();
    append(one, [], Buffer.from('d'));
    expect(one.writeOffset).toBe(4);
    expect(other.take().toString()).toBe('b');
    expect(taken.map(String)).toEqual(['a', 'c']);
  });

  it('leaves alone what others have in a newer block', () => {
    const [one, other] = [new OutputSegment(), new OutputSegment()];
    append(one, [], Buffer.from('old'));
    one.take();
    other.open(SLAB_BYTES);
    other.advance(SLAB_BYTES);
    other.take();
    append(other, [], Buffer.from('new'));
    one.giveBack();
    append(one, [], Buffer.from('x'));
    expect(other.take().toString()).toBe('new');
  });
});
