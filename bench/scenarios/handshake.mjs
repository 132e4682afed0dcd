// Connections that are opened and closed again, both with their handshakes.

export const scenarios = [
  {
    name: 'handshake',
    title: 'handshake and close, 32 at a time',
    servers: ['floor', 'ws', 'bun', 'nestwire', 'nestwire-nest', 'platform-ws', 'socket.io'],
    kind: 'rounds',
    unit: 'connection',
    settings: { application: 'echo' },
    load: 'handshake',
    options: { connections: 32 },
    // Few in a second, and much code in each: it is long until all of it is compiled.
    warmUps: 3,
  },
];
