// 500 MB of messages, each to 20 clients that have stopped reading: without any limit, and with ours.

import { FLOOD_MESSAGE_BYTES } from '../servers/applications.mjs';

const READERS = 20;
const FLOOD_BYTES = 500e6;

const flood = (name, title, servers, limits) => ({
  name,
  title,
  servers,
  kind: 'growth',
  settings: { application: 'flood', limits },
  load: 'flood',
  options: { readers: READERS, messages: Math.ceil(FLOOD_BYTES / FLOOD_MESSAGE_BYTES) },
});

export const scenarios = [
  flood('stopped-readers', '500 MB broadcast to 20 readers that stopped, no limit', ['ws', 'nestwire'], {
    maxBufferedBytes: 0,
  }),
  flood('stopped-readers-limit', 'the same, with the default limit of nestwire', ['ws', 'nestwire'], undefined),
];
