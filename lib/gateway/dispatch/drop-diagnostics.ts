// Values that were kept from a client because it was behind, told through `node:diagnostics_channel`. While nobody has
// subscribed, it costs one look at a flag.

import { channel } from 'node:diagnostics_channel';
import type { Duplex } from 'node:stream';
import type { RequestId } from '../../envelope/request-id.js';

/** A message on `nestwire:drop`: one value was dropped (`@Backpressure()`). */
export interface DropDiagnostics {
  /** The stream of the connection, as in the messages of the other channels. */
  readonly socket: Duplex;
  /** What the handler is subscribed to. */
  readonly event: unknown;
  /** Of the request; undefined for a message without one. */
  readonly id: RequestId | undefined;
  /** How many values this connection has lost up to now. */
  readonly dropped: number;
}

export const dropChannel = channel('nestwire:drop');
