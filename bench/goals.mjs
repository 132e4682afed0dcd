// What is to be reached: how many times cheaper than a peer in the same run, or at most which share of what it costs. `atLeast`
// is the goal, `beyond` the hope.

/** uWebSockets.js is not on npm: times cheaper than `ws`, as docs/performance.md says it was measured before. */
const UWS = {
  'echo-64-1': 1.9,
  'echo-64-16': 8.8,
  deflateTakeover: 4.3,
  deflateNoTakeover: 6.3,
};

const engine = (scenario, atLeast, beyond) => ({ scenario, ours: 'nestwire', theirs: 'ws', atLeast, beyond });
const underNest = (scenario, atLeast, beyond) => ({
  ...engine(scenario, atLeast, beyond),
  ours: 'nestwire-nest',
  theirs: 'platform-ws',
});
/** Less is better. */
const shareOf = (goal) => ({ ...goal, isShare: true });

export const GOALS = [
  engine('echo-64-1', 1.4, UWS['echo-64-1']),
  engine('echo-64-16', Math.max(10, 1.2 * UWS['echo-64-16']), 14),
  engine('echo-1k', 2.5, 4),
  engine('echo-1k-non-ascii', 1.3, 3),
  engine('echo-16k-binary', 1.4, 1.9),
  engine('echo-1m-binary', 1.7, 2.5),
  engine('echo-1m-text', 1.2, 2),
  underNest('event-1', 2, 2.5),
  underNest('event-16', 4.5, 6),
  engine('broadcast-1000', 1.3, 1.5),
  engine('broadcast-bursts', 18, 23),
  engine('handshake', 1.6, 2.7),
  underNest('handshake', 3, 5),
  // The figures that they come from do not say what was compressed.
  engine('deflate-takeover', 4, UWS.deflateTakeover),
  engine('deflate-text-takeover', 4, UWS.deflateTakeover),
  engine('deflate-no-takeover', 6, UWS.deflateNoTakeover),
  engine('deflate-text-no-takeover', 6, UWS.deflateNoTakeover),
  shareOf(engine('memory', 0.75, 0.6)),
  shareOf(underNest('memory', 0.4, 0.35)),
  shareOf(engine('memory-deflate', 0.05)),
  shareOf(engine('stopped-readers', 1)),
  // 20 readers with 1 MiB each are 4 % of it, and there is some garbage.
  shareOf(engine('stopped-readers-limit', 0.1)),
];
