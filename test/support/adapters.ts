// The adapters that the parity suite compares, one row each for `describe.each`. Every literal in the specs was seen on
// the first row, @nestjs/platform-ws 12; the other rows have to give the same bytes. The cases that they do not share are
// named where they stand (see it-differs.ts): those of the rows that answer better by default (`identical: false`), and
// the few of all rows of nestwire, which no compatibility turns off. The last row shows that direct calls change nothing.
// With Nest 11 the rows of nestwire run alone: @nestjs/platform-ws 11 keeps exceptions to itself.

import type { INestApplication, WebSocketAdapter } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { WireAdapter } from '../../lib/index.js';
import { onNest } from './nest-version.js';

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
  /** Whether all that `compatibility: 'platform-ws'` turns off must be as with platform-ws. */
  readonly identical: boolean;
  readonly isNestwire: boolean;
  create(app: INestApplication, options?: AdapterOptions): ParityAdapter;
}

export type AdapterRow = readonly [name: string, adapter: AdapterUnderTest];

const platformWs: AdapterRow = [
  'platform-ws',
  { identical: true, isNestwire: false, create: (app, options) => new WsAdapter(app, options) },
];

const nestwire: readonly AdapterRow[] = [
  [
    'nestwire as platform-ws',
    {
      identical: true,
      isNestwire: true,
      create: (app, options) => new WireAdapter(app, { ...options, compatibility: 'platform-ws' }),
    },
  ],
  ['nestwire', { identical: false, isNestwire: true, create: (app, options) => new WireAdapter(app, options) }],
  [
    'nestwire without direct calls',
    {
      identical: false,
      isNestwire: true,
      create: (app, options) => new WireAdapter(app, { ...options, directCalls: false }),
    },
  ],
];

export const adapters: readonly AdapterRow[] = onNest({ 11: nestwire, 12: [platformWs, ...nestwire] });
