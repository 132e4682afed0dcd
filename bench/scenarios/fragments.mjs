// Messages that come in many frames (RFC 6455 §5.4), and go back as they like.

const fragments = (name, title, bytes, count) => ({
  name,
  title,
  servers: ['floor', 'ws', 'bun', 'nestwire'],
  kind: 'rounds',
  unit: 'message',
  settings: { application: 'echo' },
  load: 'echo',
  options: { connections: 32, inFlight: 1, message: { content: 'ascii', bytes, fragments: count } },
});

export const scenarios = [
  fragments('fragments-16', 'echo 16 KiB text in 16 fragments', 16 * 1024, 16),
  fragments('fragments-small', 'echo 1 KiB text in 64 fragments of 16 B', 1024, 64),
];
