// The benchmark: runs the scenarios that are asked for on the servers that are asked for, and prints a report in Markdown.
//
//   npm run bench -- --help

import { writeFileSync } from 'node:fs';
import { describeMachine } from './environment.mjs';
import { measureDeliveries } from './measure/deliveries.mjs';
import { measureGrowth } from './measure/growth.mjs';
import { measureMemory } from './measure/memory.mjs';
import { measureProfile } from './measure/profile.mjs';
import { measureRounds } from './measure/rounds.mjs';
import { makePlan, USAGE } from './plan.mjs';
import { hasRounds } from './report/run-results.mjs';
import { reportProfile } from './report/profile-summary.mjs';
import { reportEnd, reportHead, reportScenario } from './report/report.mjs';

const MEASURES = { rounds: measureRounds, deliveries: measureDeliveries, memory: measureMemory, growth: measureGrowth };

const plan = makePlan(process.argv.slice(2));
if (plan.isHelp) console.log(USAGE);
else if (plan.isProfile) await profile();
else await measure();

async function measure() {
  const run = { machine: describeMachine(plan), results: [], absent: plan.absent };
  console.log(reportHead(run));
  for (const { scenario, servers } of plan.steps) {
    const start = performance.now();
    run.results.push({ scenario: scenario.name, servers: await MEASURES[scenario.kind](scenario, servers, plan) });
    console.log(`\n${reportScenario(run, scenario)}`);
    console.error(`${scenario.name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
  console.log(`\n${reportEnd([run])}`);
  if (plan.jsonFile !== undefined) writeFileSync(plan.jsonFile, JSON.stringify(run));
}

async function profile() {
  for (const { scenario, servers } of plan.steps.filter(({ scenario }) => hasRounds(scenario))) {
    for (const server of servers) {
      console.log(`${reportProfile(scenario, server, await measureProfile(scenario, server, plan))}\n`);
    }
  }
}
