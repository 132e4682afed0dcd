// JSON events of 100 B: through Nest, and as a server without a framework would answer them.

const event = (name, title, inFlight) => ({
  name,
  title,
  servers: ['floor', 'ws', 'bun', 'nestwire', 'nestwire-nest', 'platform-ws', 'socket.io'],
  kind: 'rounds',
  unit: 'message',
  settings: { application: 'event' },
  load: 'echo',
  options: { connections: 32, inFlight, message: { content: 'event', bytes: 100 } },
});

export const scenarios = [
  event('event-1', 'JSON event 100 B, 1 in flight', 1),
  event('event-16', 'JSON event 100 B, 16 in flight', 16),
];
