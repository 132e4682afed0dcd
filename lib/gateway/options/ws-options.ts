// Functions that gateways written for `ws` give to a server: who may connect, and which subprotocol is spoken.

import type { IncomingMessage } from 'node:http';

/** As in `ws`: whether a handshake may go on; a refusal may choose its HTTP answer. */
export type VerifyClient =
  ((info: VerifyClientInfo) => boolean) | ((info: VerifyClientInfo, callback: VerifyClientCallback) => void);

export interface VerifyClientInfo {
  readonly origin: string | undefined;
  /** Whether the connection is encrypted. */
  readonly secure: boolean;
  readonly req: IncomingMessage;
}

export type VerifyClientCallback = (
  verified: boolean,
  status?: number,
  message?: string,
  headers?: Readonly<Record<string, string>>,
) => void;

/** As in `ws`: chooses one of the subprotocols that the client offered, or none. */
export type HandleProtocols = (offered: Set<string>, request: IncomingMessage) => string | false;
