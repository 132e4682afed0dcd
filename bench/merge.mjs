// Several runs as one report: medians and spreads of all their rounds, and each goal with the figure of each run.
//
//   node bench/merge.mjs <file that `--json` wrote> …

import { readFileSync } from 'node:fs';
import { reportRuns } from './report/report.mjs';

const files = process.argv.slice(2);
if (files.length === 0) throw new RangeError('which runs? node bench/merge.mjs a.json b.json');
console.log(reportRuns(files.map((file) => JSON.parse(readFileSync(file, 'utf8')))));
