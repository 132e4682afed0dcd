// The status codes of a closing handshake (RFC 6455 §7.4 and the IANA registry it founded), and who may use which:
// some travel in Close frames, some only describe locally how a connection ended.

/** Close status codes (RFC 6455 §7.4.1; 1012 to 1014 from the IANA registry). */
export const CloseCode = {
  NORMAL: 1000,
  GOING_AWAY: 1001,
  PROTOCOL_ERROR: 1002,
  UNSUPPORTED_DATA: 1003,
  /** Never sent: the Close frame carried no code (§7.1.5). */
  NO_STATUS: 1005,
  /** Never sent: the connection ended without a Close frame (§7.1.5). */
  ABNORMAL: 1006,
  INVALID_PAYLOAD: 1007,
  POLICY_VIOLATION: 1008,
  MESSAGE_TOO_BIG: 1009,
  MANDATORY_EXTENSION: 1010,
  INTERNAL_ERROR: 1011,
  SERVICE_RESTART: 1012,
  TRY_AGAIN_LATER: 1013,
  BAD_GATEWAY: 1014,
} as const;

const FIRST_REGISTERED = 1000;
const LAST_REGISTERED = 1014;
const FIRST_PRIVATE = 3000;
const LAST_PRIVATE = 4999;
const RESERVED_1004 = 1004;

/**
 * Whether a code may stand in a Close frame, ours or the peer's: registered ones but for 1004, 1005 and 1006, and the
 * ranges for libraries and applications (§7.4.1, §7.4.2).
 */
export function isTransmittable(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  if (code >= FIRST_PRIVATE) return code <= LAST_PRIVATE;
  return (
    code >= FIRST_REGISTERED &&
    code <= LAST_REGISTERED &&
    code !== RESERVED_1004 &&
    code !== CloseCode.NO_STATUS &&
    code !== CloseCode.ABNORMAL
  );
}
