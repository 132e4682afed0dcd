// Messages that come back as they are, through the engine alone: the sizes and depths of traffic.

const PEERS = ['floor', 'ws', 'nestwire'];
const CONNECTIONS = 32;

const echo = (name, title, inFlight, message, connections = CONNECTIONS) => ({
  name,
  title,
  servers: PEERS,
  settings: { application: 'echo' },
  load: 'echo',
  options: { connections, inFlight, message },
});

export const scenarios = [
  echo('echo-64-1', 'echo 64 B text, 1 in flight', 1, { content: 'ascii', bytes: 64 }),
  echo('echo-64-16', 'echo 64 B text, 16 in flight', 16, { content: 'ascii', bytes: 64 }),
  echo('echo-1k', 'echo 1 KiB text, 4 in flight', 4, { content: 'ascii', bytes: 1024 }),
];
