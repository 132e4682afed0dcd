// A run and the goals in, which of them are reached out. Nobody can be much cheaper than a bare socket: where a goal lies
// beyond what the floor of the same run reaches, nine tenths of that count as reached.

import { costsOf } from './run-results.mjs';
import { median, quotients } from './statistics.mjs';

const SHARE_OF_FLOOR = 0.9;

/** @returns for a goal what was measured, what the floor has, and a verdict */
export function judge(run, scenario, goal) {
  const measured = figure(run, scenario, goal, goal.ours);
  const floor = figure(run, scenario, goal, 'floor');
  if (measured === undefined) return { measured, floor, verdict: 'not measured' };
  for (const [name, wanted] of [
    ['beyond', goal.beyond],
    ['reached', goal.atLeast],
  ]) {
    if (wanted === undefined) continue;
    if (isAsGood(goal, measured, wanted)) return { measured, floor, verdict: name };
    const isBeyondFloor = floor !== undefined && !isAsGood(goal, floor, wanted);
    if (isBeyondFloor && isAsGood(goal, measured, nearFloor(goal, floor))) {
      return { measured, floor, verdict: `${name}, at the floor` };
    }
  }
  return { measured, floor, verdict: 'not reached' };
}

function figure(run, scenario, { theirs, isShare }, server) {
  const [reference, costs] = [theirs, server].map((name) => costsOf(run, scenario, name));
  if (reference === undefined || costs === undefined) return undefined;
  return median(isShare ? quotients(costs, reference) : quotients(reference, costs));
}

const isAsGood = ({ isShare }, value, wanted) => (isShare ? value <= wanted : value >= wanted);

const nearFloor = ({ isShare }, floor) => (isShare ? floor / SHARE_OF_FLOOR : floor * SHARE_OF_FLOOR);
