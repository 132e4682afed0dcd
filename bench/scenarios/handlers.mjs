// What costs what under Nest: the same JSON event, answered by handlers that ask for more and more of Nest's pipeline.

const handler = (kind, title) => ({
  name: `handler-${kind}`,
  title: `JSON event 100 B, 4 in flight, ${title}`,
  servers: ['nestwire-nest', 'platform-ws'],
  kind: 'rounds',
  unit: 'message',
  settings: { application: 'event', handler: kind },
  load: 'echo',
  options: { connections: 32, inFlight: 4, message: { content: 'event', bytes: 100 } },
  onlyInFull: true,
});

export const scenarios = [
  handler('plain', 'a plain handler'),
  handler('async', 'an async handler'),
  handler('observable', 'a handler that returns an Observable'),
  handler('guard', 'behind a guard'),
  handler('pipe', 'behind a pipe'),
  handler('interceptor', 'behind an interceptor'),
];
