// What a peer can do wrong on the wire, one row for each rule, with the close code the rule leads to. These are the
// peer's mistakes only: a mistake of ours (a bad argument) is a TypeError or RangeError.

const violations = {
  'reserved-bits': [1002, 'a reserved bit is set and no extension gave it a meaning', 'RFC 6455 §5.2'],
  'reserved-opcode': [1002, 'the opcode is reserved', 'RFC 6455 §5.2'],
  'unmasked-frame': [1002, 'a frame from a client must be masked', 'RFC 6455 §5.1'],
  'masked-frame': [1002, 'a frame from a server must not be masked', 'RFC 6455 §5.1'],
  'length-not-minimal': [1002, 'the payload length is not in its shortest form', 'RFC 6455 §5.2'],
  'length-top-bit': [1002, 'the top bit of a 64-bit payload length is set', 'RFC 6455 §5.2'],
  'control-too-long': [1002, 'a control frame carries more than 125 bytes', 'RFC 6455 §5.5'],
  'control-fragmented': [1002, 'a control frame is fragmented', 'RFC 6455 §5.5'],
  'continuation-without-start': [1002, 'a continuation frame continues nothing', 'RFC 6455 §5.4'],
  'message-interrupted': [1002, 'a new message begins inside a fragmented one', 'RFC 6455 §5.4'],
  'close-payload-of-one-byte': [1002, 'a Close frame carries one byte', 'RFC 6455 §5.5.1'],
  'close-code-invalid': [1002, 'the close code must not be sent', 'RFC 6455 §7.4'],
  'close-reason-not-utf8': [1007, 'the close reason is not UTF-8', 'RFC 6455 §5.5.1'],
  'text-not-utf8': [1007, 'a text message is not UTF-8', 'RFC 6455 §8.1'],
  'compressed-data-invalid': [1007, 'a compressed message is not DEFLATE data', 'RFC 7692 §7.2.2'],
  'message-too-big': [1009, 'the message exceeds maxMessageBytes', 'RFC 6455 §7.4.1'],
  'too-many-fragments': [1008, 'the message exceeds maxFragments', 'RFC 6455 §10.4'],
  'message-too-slow': [1008, 'the message was not complete within reassemblyTimeoutMs', 'RFC 6455 §10.4'],
  'ping-flood': [1008, 'too many pings while the answers are not read', 'RFC 6455 §10.4'],
} as const satisfies Record<string, readonly [closeCode: number, message: string, section: string]>;

/** The name of a broken rule. */
export type Violation = keyof typeof violations;

/** Every violation there is; for documentation and tests. */
export const VIOLATIONS = Object.keys(violations) as readonly Violation[];

/** The peer broke a rule of RFC 6455 or one of our limits; the connection is failed with {@link closeCode} (§7.1.7). */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly violation: Violation;
  /** The code our Close frame carries. */
  readonly closeCode: number;
  /** Where the rule stands, such as `RFC 6455 §5.2`. */
  readonly section: string;

  constructor(violation: Violation) {
    const [closeCode, message, section] = violations[violation];
    super(`${message} (${section})`);
    this.violation = violation;
    this.closeCode = closeCode;
    this.section = section;
  }
}
