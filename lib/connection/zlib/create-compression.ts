// What a connection needs where permessage-deflate was agreed on. Nothing is allocated
// in zlib before the first compressed message.

import type { DeflateAgreement } from '../../handshake/permessage-deflate.js';
import type { ConnectionCompression } from '../connection.js';
import { MessageDeflater } from './message-deflater.js';
import { MessageInflater } from './message-inflater.js';

export interface CompressionSettings {
  readonly thresholdBytes: number;
  readonly level: number;
  readonly memoryLevel: number;
}

/** @param role on which side of the agreement this connection is */
export function createCompression(
  role: 'client' | 'server',
  agreement: DeflateAgreement,
  settings: CompressionSettings,
): ConnectionCompression {
  const { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits } = agreement;
  const isServer = role === 'server';
  return {
    thresholdBytes: settings.thresholdBytes,
    inflater: new MessageInflater({ noContextTakeover: isServer ? clientNoContextTakeover : serverNoContextTakeover }),
    deflater: new MessageDeflater({
      noContextTakeover: isServer ? serverNoContextTakeover : clientNoContextTakeover,
      windowBits: isServer ? serverMaxWindowBits : clientMaxWindowBits,
      level: settings.level,
      memoryLevel: settings.memoryLevel,
    }),
  };
}
