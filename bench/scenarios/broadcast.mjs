// Messages of 64 B to everybody, one at a time and many in one turn.

import { BROADCAST_TEXT } from '../servers/applications.mjs';

const broadcast = (name, title, connections, burst) => ({
  name,
  title,
  servers: ['floor', 'ws', 'bun', 'nestwire', 'nestwire-nest', 'platform-ws', 'socket.io'],
  kind: 'rounds',
  unit: 'message',
  settings: { application: 'broadcast' },
  load: 'broadcast',
  options: { connections, burst, text: BROADCAST_TEXT },
});

export const scenarios = [
  broadcast('broadcast-1000', 'broadcast to 1,000, one message', 1000, 1),
  broadcast('broadcast-bursts', 'broadcast to 200, bursts of 16', 200, 16),
];
