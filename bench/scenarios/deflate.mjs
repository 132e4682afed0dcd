// permessage-deflate (RFC 7692) on records of JSON, each message another, where zlib is nearly all that counts, and on one text of a
// sentence that repeats itself, where it is not: with windows kept from message to message, without, and by each server's own defaults.

const EXTENSIONS = 'permessage-deflate; client_max_window_bits';
/** Together more than a window of 32 KiB, which would otherwise have seen each message before; and nobody sends twice the same. */
const VARIANTS = 64;

const RECORDS = { content: 'records', bytes: 1024, isCompressed: true, variants: VARIANTS };
const REPETITIVE = { content: 'ascii', bytes: 1024, isCompressed: true };

const deflate = (name, title, inFlight, compression, message = RECORDS) => ({
  name,
  title,
  servers: ['ws', 'bun', 'nestwire'],
  kind: 'rounds',
  unit: 'message',
  settings: { application: 'echo', compression },
  extensions: EXTENSIONS,
  load: 'echo',
  options: {
    connections: 32,
    inFlight,
    message,
  },
});

export const scenarios = [
  deflate('deflate-takeover', 'permessage-deflate 1 KiB of records, 1 in flight, windows kept', 1, 'takeover'),
  {
    ...deflate('deflate-default', 'permessage-deflate 1 KiB of records, 1 in flight, by their defaults', 1, 'default'),
    onlyInFull: true,
  },
  deflate('deflate-no-takeover', 'permessage-deflate 1 KiB of records, 4 in flight, no takeover', 4, 'no-takeover'),
  deflate(
    'deflate-text-takeover',
    'permessage-deflate 1 KiB of repetitive text, 1 in flight, windows kept',
    1,
    'takeover',
    REPETITIVE,
  ),
  deflate(
    'deflate-text-no-takeover',
    'permessage-deflate 1 KiB of repetitive text, 4 in flight, no takeover',
    4,
    'no-takeover',
    REPETITIVE,
  ),
  {
    name: 'deflate-event',
    title: 'permessage-deflate, JSON event 2 KiB, 4 in flight, no context takeover',
    servers: ['ws', 'nestwire-nest', 'platform-ws', 'socket.io'],
    kind: 'rounds',
    unit: 'message',
    settings: { application: 'event', compression: 'no-takeover' },
    extensions: EXTENSIONS,
    load: 'echo',
    options: {
      connections: 32,
      inFlight: 4,
      message: { content: 'event', bytes: 2048, isCompressed: true, variants: VARIANTS },
    },
  },
];
