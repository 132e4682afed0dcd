// Jest's JSON report -> `PASSED FAILED` on stdout. Tests that did not run, and files that could not, count as failed.
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));

for (const { name, assertionResults } of report.testResults) {
  for (const { status, fullName } of assertionResults) {
    if (status !== 'passed' && status !== 'failed') {
      console.error(`FAILED (${status}): ${name}: ${fullName}`);
    }
  }
}
const failed = report.numFailedTests + report.numPendingTests + report.numTodoTests + report.numRuntimeErrorTestSuites;
console.log(report.numPassedTests, failed);
