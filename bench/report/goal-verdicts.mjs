// A run and the goals in, which of them are reached out. Nobody can be much cheaper than a bare socket: where a goal lies
// beyond what the floor of the same run reaches, nine tenths of that count as reached.

import { costsOf } from './run-results.mjs';
import { median, quotients } from './statistics.mjs';

const SHARE_OF_FLOOR = 0.9;

/** @returns for a goal what was measured, what the floor has, and a verdict */
export function judge(run, scenario, goal) {
  const measured = figure(run, scenario, goal, goal.ours);
  const floor = figure(run, scenario, goal, 'floor');
  return { measured, floor, verdict: measured === undefined ? 'not measured' : verdictOf(goal, measured, floor) };
}

function verdictOf(goal, measured, floor) {
  const standing = (wanted) => {
    if (isAsGood(goal, measured, wanted)) return 'there';
    const isBeyondFloor = floor !== undefined && !isAsGood(goal, floor, wanted);
    return isBeyondFloor && isAsGood(goal, measured, nearFloor(goal, floor)) ? 'at the floor' : 'short of it';
  };
  const atLeast = standing(goal.atLeast);
  if (atLeast !== 'there') return atLeast === 'at the floor' ? 'reached, at the floor' : 'not reached';
  const beyond = goal.beyond === undefined ? 'short of it' : standing(goal.beyond);
  return { there: 'beyond', 'at the floor': 'beyond, at the floor', 'short of it': 'reached' }[beyond];
}

function figure(run, scenario, { theirs, isShare }, server) {
  const [reference, costs] = [theirs, server].map((name) => costsOf(run, scenario, name));
  if (reference === undefined || costs === undefined) return undefined;
  return median(isShare ? quotients(costs, reference) : quotients(reference, costs));
}

const isAsGood = ({ isShare }, value, wanted) => (isShare ? value <= wanted : value >= wanted);

const nearFloor = ({ isShare }, floor) => (isShare ? floor / SHARE_OF_FLOOR : floor * SHARE_OF_FLOOR);
