// A connection over a scripted transport that notes what it costs: what is compressed for it, and which buffers its socket is given.

import { Buffer } from 'node:buffer';
import { Connection } from '../../lib/connection/connection.js';
import { createCompression } from '../../lib/connection/zlib/create-compression.js';
import type { PayloadDeflater } from '../../lib/extension/payload-transform.js';
import { InflatePeer } from '../extension/deflate-peer.js';
import { ScriptedDuplex } from '../support/scripted-duplex.js';
import { readServerFrames } from '../support/server-frames.js';
import { connectionOptions, NOBODY } from './recorded-connection.js';

/** What was agreed on about compression. */
export interface Settings {
  readonly takeover?: boolean;
  readonly windowBits?: number;
  readonly thresholdBytes?: number;
}

/** Counts what the deflater of one connection, and those made of it, are given. */
function counted(deflater: PayloadDeflater, works: string[]): PayloadDeflater {
  return {
    sharing: deflater.sharing,
    another: () => counted(deflater.another(), works),
    deflate: (payload, done) => {
      works.push(deflater.sharing ?? 'its own');
      return deflater.deflate(payload, done);
    },
    recall: (text) => deflater.recall(text),
    remember: (text, known) => deflater.remember(text, known),
    close: () => deflater.close(),
  };
}

/** @param works gets a line for each compression @param settings absent where nothing is compressed */
export function connected(works: string[], settings?: Settings) {
  const socket = new ScriptedDuplex();
  const given: unknown[] = [];
  const write = socket.write.bind(socket) as (chunk: unknown, done: unknown) => boolean;
  socket.write = (chunk: unknown, done?: unknown) => {
    given.push(chunk);
    return write(chunk, done);
  };
  const { takeover = false, windowBits = 15, thresholdBytes = 0 } = settings ?? {};
  const agreement = {
    serverNoContextTakeover: !takeover,
    clientNoContextTakeover: !takeover,
    serverMaxWindowBits: windowBits,
    clientMaxWindowBits: 15,
  };
  const compression = settings && createCompression('server', agreement, { thresholdBytes, level: -1, memoryLevel: 8 });
  const connection = new Connection(socket, connectionOptions(), NOBODY, {
    compression: compression && { ...compression, deflater: counted(compression.deflater, works) },
  });
  connection.start(Buffer.alloc(0));
  const reader = new InflatePeer({ noContextTakeover: !takeover });
  return {
    socket,
    connection,
    /** What each call of `socket.write` was given. */
    given,
    texts: () =>
      readServerFrames(socket.written).map(({ firstByte, payload }) =>
        (firstByte === 0xc1 ? reader.decompress(payload) : payload).toString(),
      ),
  };
}
