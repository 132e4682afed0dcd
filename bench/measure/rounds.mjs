// What a message costs a server. All servers run side by side, and each has its round in turn, beginning with another one each
// time, so that whatever else the machine does falls upon all alike.

import { withPairs } from './pair.mjs';

/** @returns for each server its version and its rounds: messages, wall time, CPU time of the server and of the client */
export function measureRounds(scenario, servers, plan) {
  return withPairs(scenario, servers, plan.cores, (pairs) => takeTurns(scenario, pairs, plan));
}

export async function takeTurns(scenario, pairs, { rounds, roundMs, warmUpMs }) {
  for (const pair of pairs) await runRound(pair, warmUpMs * (scenario.warmUps ?? 1));
  const samples = pairs.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < pairs.length; i++) {
      const turn = (round + i) % pairs.length;
      samples[turn].push(await runRound(pairs[turn], roundMs));
    }
  }
  return pairs.map(({ name, version }, i) => ({ server: name, version, samples: samples[i] }));
}

export async function runRound({ server, client }, durationMs) {
  const before = await server.process.ask('cpu');
  const { messages, wallMs, cpuUs } = await client.ask('round', durationMs);
  const after = await server.process.ask('cpu');
  return {
    messages,
    wallMs,
    userUs: after.user - before.user,
    systemUs: after.system - before.system,
    clientUs: cpuUs,
  };
}
