// permessage-deflate (RFC 7692) on records of JSON, each message another: with windows kept from message to message, without,
// and by each server's own defaults.

const EXTENSIONS = 'permessage-deflate; client_max_window_bits';
/** Together more than a window of 32 KiB, which would otherwise have seen each message before; and nobody sends twice the same. */
const VARIANTS = 64;

const deflate = (name, title, inFlight, compression) => ({
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
    message: { content: 'records', bytes: 1024, isCompressed: true, variants: VARIANTS },
  },
});

export const scenarios = [
  deflate('deflate-takeover', 'permessage-deflate 1 KiB, 1 in flight, windows kept', 1, 'takeover'),
  deflate('deflate-default', 'permessage-deflate 1 KiB, 1 in flight, by their defaults', 1, 'default'),
  deflate('deflate-no-takeover', 'permessage-deflate 1 KiB, 4 in flight, no context takeover', 4, 'no-takeover'),
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
