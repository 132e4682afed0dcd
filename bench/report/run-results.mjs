// The results of a run, and of several runs put together: what a server cost in a scenario, and what it cost beside another.
//
// A run is { machine, results: [{ scenario, servers: [{ server, version, samples }] }], absent: { server: reason } }.

import { quotients } from './statistics.mjs';

/** What one sample cost: µs of CPU for a message, resident bytes for a connection, resident bytes grown by. */
const cpuUs = ({ userUs, systemUs, messages }) => (userUs + systemUs) / messages;
const COSTS = {
  rounds: cpuUs,
  deliveries: cpuUs,
  memory: ({ rssBytes }) => rssBytes,
  growth: ({ rssBytes }) => rssBytes,
};

/** Whether servers have their rounds in it, and CPU time is what it costs. */
export const hasRounds = ({ kind }) => COSTS[kind] === cpuUs;

/** @returns the cost of each sample, or undefined where that server was not measured */
export function costsOf(run, { name, kind }, server) {
  return samplesOf(run, name, server)?.map(COSTS[kind]);
}

/** @returns how many times the cost of `ours` theirs is, sample by sample, or undefined where either is missing */
export function timesCheaper(run, scenario, theirs, ours) {
  const [dividends, divisors] = [theirs, ours].map((server) => costsOf(run, scenario, server));
  return dividends && divisors && quotients(dividends, divisors);
}

function samplesOf({ results }, scenario, server) {
  return results.find((one) => one.scenario === scenario)?.servers.find((one) => one.server === server)?.samples;
}

/** All samples of all runs, so that medians and spreads are those of them together. @throws where the runs differ */
export function mergeRuns(runs) {
  const [first] = runs;
  const merge = (scenario, { server, version }) => {
    const samples = runs.map((run) => samplesOf(run, scenario, server));
    if (samples.includes(undefined)) throw new Error(`not every run has ${server} in ${scenario}`);
    return { server, version, samples: samples.flat() };
  };
  return {
    ...first,
    results: first.results.map(({ scenario, servers }) => ({
      scenario,
      servers: servers.map((one) => merge(scenario, one)),
    })),
  };
}
