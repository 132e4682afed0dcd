// Messages that come back as they are, through the engine alone: the sizes and depths of traffic.

const PEERS = ['floor', 'ws', 'bun', 'nestwire'];

const echo = (name, title, inFlight, message, { servers = PEERS, connections = 32 } = {}) => ({
  name,
  title,
  servers,
  kind: 'rounds',
  unit: 'message',
  settings: { application: 'echo' },
  load: 'echo',
  options: { connections, inFlight, message },
});

const WITH_FASTIFY = { servers: ['floor', 'ws', 'fastify', 'bun', 'nestwire'] };
const SOME = { connections: 16 };
const MANY = { connections: 1000 };
const MIB = 1 << 20;

export const scenarios = [
  echo('echo-64-1', 'echo 64 B text, 1 in flight', 1, { content: 'ascii', bytes: 64 }, WITH_FASTIFY),
  echo('echo-64-16', 'echo 64 B text, 16 in flight', 16, { content: 'ascii', bytes: 64 }, WITH_FASTIFY),
  echo('echo-many', 'echo 64 B text, 1 in flight on each of 1,000', 1, { content: 'ascii', bytes: 64 }, MANY),
  echo('echo-1k', 'echo 1 KiB text, 4 in flight', 4, { content: 'ascii', bytes: 1024 }),
  echo('echo-1k-non-ascii', 'echo 1 KiB non-ASCII text, 4 in flight', 4, { content: 'non-ascii', bytes: 1024 }),
  echo('echo-16k-text', 'echo 16 KiB text, 1 in flight', 1, { content: 'ascii', bytes: 16 * 1024 }),
  echo('echo-16k-binary', 'echo 16 KiB binary, 16 in flight', 16, { content: 'binary', bytes: 16 * 1024 }, SOME),
  echo('echo-1m-binary', 'echo 1 MiB binary, 1 in flight', 1, { content: 'binary', bytes: MIB }, SOME),
  echo('echo-1m-text', 'echo 1 MiB text, 1 in flight', 1, { content: 'ascii', bytes: MIB }, SOME),
];
