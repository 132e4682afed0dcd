import { describe, expect, it } from '@jest/globals';
import { ProtocolError, VIOLATIONS } from '../../lib/frame/protocol-error.js';

describe('ProtocolError', () => {
  it('§7.4.1: leads to 1002, or to the code that the section of the rule names', () => {
    const others = VIOLATIONS.map((violation) => new ProtocolError(violation)).filter(
      (error) => error.closeCode !== 1002,
    );
    expect(others.map((error) => [error.violation, error.closeCode])).toEqual([
      ['close-reason-not-utf8', 1007],
      ['text-not-utf8', 1007],
      ['compressed-data-invalid', 1007],
      ['message-too-big', 1009],
      ['too-many-fragments', 1008],
      ['message-too-slow', 1008],
      ['ping-flood', 1008],
    ]);
  });

  it.each(VIOLATIONS)('%s: names rule and section', (violation) => {
    const error = new ProtocolError(violation);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('ProtocolError');
    expect(error.violation).toBe(violation);
    expect(error.section).toMatch(/^RFC (6455|7692) §\d+(\.\d+)*$/);
    expect(error.message).toContain(`(${error.section})`);
  });

  it('has one message for each rule', () => {
    const messages = new Set(VIOLATIONS.map((violation) => new ProtocolError(violation).message));
    expect(messages.size).toBe(VIOLATIONS.length);
  });
});
