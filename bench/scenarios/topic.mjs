// One event to all members of a topic, who are all clients there are: `publish` of ours, with the broker in memory; a loop of `send()`; a
// room of Socket.IO.

import { TOPIC_DATA, TOPIC_TEXT } from '../servers/applications.mjs';

const topic = (name, title, connections) => ({
  name,
  title,
  servers: ['ws', 'nestwire-nest', 'socket.io'],
  kind: 'deliveries',
  unit: 'message',
  settings: { application: 'topic' },
  load: 'broadcast',
  options: { connections, burst: 1, text: TOPIC_TEXT, socketIoText: TOPIC_DATA },
  needsConnections: connections,
  onlyInFull: true,
  // One message to all is a single turn of the server: many must go by before its code is compiled.
  warmUps: 3,
});

export const scenarios = [
  topic('topic-1000', 'an event of 100 B to a topic of 1,000 members', 1000),
  topic('topic-10000', 'the same to 10,000', 10_000),
];
