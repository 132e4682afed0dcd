// Where a server spends its time while it is loaded: V8's samples of some rounds, and the system's share from the process's
// own accounting.

import { runRound } from './rounds.mjs';
import { withPairs } from './pair.mjs';

/** @returns V8's profile, and the round it was taken in */
export function measureProfile(scenario, server, { rounds, roundMs, warmUpMs, cores }) {
  return withPairs(scenario, [server], cores, async ([pair]) => {
    await runRound(pair, warmUpMs * (scenario.warmUps ?? 1));
    await pair.server.process.ask('startProfile');
    const round = await runRound(pair, rounds * roundMs);
    const profile = await pair.server.process.ask('stopProfile');
    return { profile, round };
  });
}
