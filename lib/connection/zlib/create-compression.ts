// What a connection needs where permessage-deflate was agreed on, from the server's point of view. Nothing is allocated
// in zlib before the first compressed message.

import type { DeflateAgreement } from '../../handshake/permessage-deflate.js';
import type { ConnectionCompression } from '../connection.js';
import { MessageDeflater } from './message-deflater.js';
import { MessageInflater } from './message-inflater.js';
import { zlibJobs } from './zlib-jobs.js';

export interface CompressionSettings {
  readonly thresholdBytes: number;
  readonly level: number;
  readonly memoryLevel: number;
  readonly maxJobs: number;
}

export function createCompression(agreement: DeflateAgreement, settings: CompressionSettings): ConnectionCompression {
  zlibJobs.limitTo(settings.maxJobs);
  return {
    thresholdBytes: settings.thresholdBytes,
    inflater: new MessageInflater({ noContextTakeover: agreement.clientNoContextTakeover }),
    deflater: new MessageDeflater({
      noContextTakeover: agreement.serverNoContextTakeover,
      windowBits: agreement.serverMaxWindowBits,
      level: settings.level,
      memoryLevel: settings.memoryLevel,
    }),
  };
}
