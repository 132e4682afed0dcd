import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Opcode } from '../../lib/frame/opcode.js';
import { ProtocolError } from '../../lib/frame/protocol-error.js';
import { MessageAssembly } from '../../lib/message/message-assembly.js';
import { cut } from '../support/bytes.js';

const isAscii = (bytes: Buffer) => bytes.every((byte) => byte < 0x80);

/** One message in these pieces, or the violation that it is. */
function assemble(assembly: MessageAssembly, opcode: number, pieces: readonly Buffer[]): Buffer | string {
  try {
    assembly.begin(opcode);
    for (const piece of pieces.slice(0, -1)) assembly.add(piece, isAscii(piece));
    return assembly.finish(pieces.at(-1)!, isAscii(pieces.at(-1)!));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return error.violation;
  }
}

describe('MessageAssembly', () => {
  it('hands over a single piece as it is', () => {
    const piece = Buffer.from('alone');
    expect(assemble(new MessageAssembly(), Opcode.TEXT, [piece])).toBe(piece);
    expect(assemble(new MessageAssembly(), Opcode.TEXT, [Buffer.alloc(0), Buffer.alloc(0), piece])).toBe(piece);
  });

  it('knows how many bytes the message has so far, and begins anew', () => {
    const assembly = new MessageAssembly();
    for (let round = 0; round < 2; round++) {
      assembly.begin(Opcode.BINARY);
      expect(assembly.length).toBe(0);
      assembly.add(Buffer.from('abc'), true);
      expect(assembly.length).toBe(3);
      assembly.add(Buffer.alloc(0), true);
      expect(assembly.length).toBe(3);
      expect(assembly.finish(Buffer.from('de'), true).toString()).toBe('abcde');
      expect(assembly.length).toBe(0);
    }
  });

  it('knows whether all of it is ASCII', () => {
    const assembly = new MessageAssembly();
    const pieces: [string[], boolean][] = [
      [['a', 'b'], true],
      [['a', 'é'], false],
      [['é', 'a'], false],
      [['é'], false],
      [['a'], true],
      [['', ''], true],
    ];
    for (const [texts, expected] of pieces) {
      for (const opcode of [Opcode.TEXT, Opcode.BINARY]) {
        expect(
          assemble(
            assembly,
            opcode,
            texts.map((text) => Buffer.from(text)),
          ),
        ).toEqual(Buffer.from(texts.join('')));
        expect(assembly.isAscii).toBe(expected);
      }
    }
  });

  it('§8.1: refuses text with the piece that settles it', () => {
    const assembly = new MessageAssembly();
    assembly.begin(Opcode.TEXT);
    assembly.add(Buffer.from('ascii'), true);
    assembly.add(Buffer.from([0xe2, 0x82]), false);
    expect(() => assembly.add(Buffer.from([0x41]), true)).toThrow(new ProtocolError('text-not-utf8'));
  });

  it.each([
    ['in its only piece', [[0xc3]]],
    ['in its last piece', [[0x41], [0xc3]]],
    ['before an empty last piece', [[0xe2, 0x82], []]],
  ])('§8.1: refuses text that ends inside a character %s', (_, pieces) => {
    const bytes = pieces.map((piece) => Buffer.from(piece));
    expect(assemble(new MessageAssembly(), Opcode.TEXT, bytes)).toBe('text-not-utf8');
    expect(assemble(new MessageAssembly(), Opcode.BINARY, bytes)).toEqual(Buffer.concat(bytes));
  });

  it('any bytes in any pieces: what UTF-8 is, Node says', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.string({ unit: 'binary', maxLength: 40 }).map((text) => Buffer.from(text)),
    );
    const assembly = new MessageAssembly();
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(60), { maxLength: 5 }), (bytes, places) => {
        const one = new MessageAssembly();
        const valid = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
        let expected: Buffer | string = Buffer.from(bytes);
        try {
          valid.decode(bytes);
        } catch {
          expected = 'text-not-utf8';
        }
        expect(assemble(one, Opcode.TEXT, cut(bytes, ...places))).toEqual(expected);
        // Binary messages in between never matter to the next.
        expect(assemble(assembly, Opcode.BINARY, cut(bytes, ...places))).toEqual(Buffer.from(bytes));
        if (expected !== 'text-not-utf8')
          expect(assemble(assembly, Opcode.TEXT, cut(bytes, ...places))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});
