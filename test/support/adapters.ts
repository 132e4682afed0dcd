// The adapters that the parity suite compares, one row each for `describe.each`. Every literal in the specs was seen on
// the first row, @nestjs/platform-ws 12; the other rows have to give the same bytes. A row that answers better on
// purpose has `identical: false`, and the cases that it does not share are named where they stand (see it-differs.ts).

import type { INestApplication, WebSocketAdapter } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { WireAdapter } from '../../lib/index.js';

export type MessageParser = (
  data: string | Buffer | ArrayBuffer | Buffer[],
) => { event: string; data: unknown } | undefined;

export interface ParityAdapter extends WebSocketAdapter {
  setMessageParser(parser: MessageParser): void;
}

export interface AdapterOptions {
  messageParser?: MessageParser;
}

export interface AdapterUnderTest {
  /** Whether every answer must have the bytes of platform-ws, the deliberate differences included. */
  readonly identical: boolean;
  create(app: INestApplication, options?: AdapterOptions): ParityAdapter;
}

export type AdapterRow = readonly [name: string, adapter: AdapterUnderTest];

const platformWs: AdapterRow = [
  'platform-ws',
  { identical: true, create: (app, options) => new WsAdapter(app, options) },
];

const nestwire: readonly AdapterRow[] = [
  [
    'nestwire as platform-ws',
    {
      identical: true,
      create: (app, options) => new WireAdapter(app, { ...options, compatibility: 'platform-ws' }),
    },
  ],
  ['nestwire', { identical: false, create: (app, options) => new WireAdapter(app, options) }],
];

export const adapters: readonly AdapterRow[] = [platformWs, ...nestwire];
