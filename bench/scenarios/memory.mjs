// What a connection costs while it is idle, after three JSON events of 2 KiB.

const ECHOES = 3;
/** What the dearest server takes for each connection, at most, so that all of them fit into the machine. */
const PLAIN_BYTES = 40_000;
const DEFLATE_BYTES = 300_000;
const EXTENSIONS = 'permessage-deflate; client_max_window_bits';

const memory = (name, title, servers, connections, compression) => ({
  name,
  title,
  servers,
  kind: 'memory',
  connections,
  bytesEach: compression === undefined ? PLAIN_BYTES : DEFLATE_BYTES,
  settings: { application: 'event', compression },
  extensions: compression && EXTENSIONS,
  load: 'idle',
  options: { echoes: ECHOES, message: { content: 'event', bytes: 2048, isCompressed: compression !== undefined } },
});

const ALL = ['floor', 'ws', 'bun', 'nestwire', 'nestwire-nest', 'platform-ws', 'socket.io'];
const COMPRESSING = ['ws', 'bun', 'nestwire', 'nestwire-nest', 'platform-ws'];

export const scenarios = [
  memory('memory', 'memory of an idle connection', ALL, 10_000),
  memory('memory-deflate', 'the same, compression used, by their defaults', COMPRESSING, 10_000, 'default'),
  { ...memory('memory-takeover', 'the same, windows kept', ['ws', 'nestwire'], 1000, 'takeover'), onlyInFull: true },
];
