import { readFileSync } from "node:fs";

/**
 * Prints the closing line of a test run from the results that vitest wrote, and exits as the run did.
 *
 * usage: node .ci/summary.mjs RESULTS STATUS
 *
 * A file that did not load holds no tests and counts as one that failed; so does a run that failed without saying
 * where. A run whose tests failed never exits 0.
 */

const [path = "", status = "1"] = process.argv.slice(2);

function readResults() {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error.code !== "ENOENT" && !(error instanceof SyntaxError)) throw error;
    console.log("The tests left no results: they did not start, or were cut off.");
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  }
}

const results = readResults();
const broken = results.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
for (const file of broken) console.log(`did not load: ${file.name}`);
const passed = results.numPassedTests;
const skipped = results.numPendingTests + results.numTodoTests;
const counted = results.numFailedTests + broken.length;
const failed = counted === 0 && status !== "0" ? 1 : counted;

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed > 0 ? Number(status) || 1 : 0;
