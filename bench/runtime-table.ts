import type { RuntimeResult, RuntimesResult } from "./runtimes.ts";
import type { Summary } from "./statistics.ts";
import { mebibytes, ms, table } from "./table.ts";

/** The runtimes' results as text for people. Pure. */

/** How much more than the bare tool takes a warm start may take. */
const allowedMs = 30;

/** What we add to the bare tool: of the medians, and of the least, where others on the machine disturb least. */
function added({ warmMs, bareMs }: RuntimeResult): string[] {
  if (bareMs === undefined) return ["-", "-", "-"];
  const median = warmMs.median - bareMs.median;
  return [ms(median), median < allowedMs ? "yes" : "NO", ms(warmMs.least - bareMs.least)];
}

const both = (summary: Summary | undefined): string[] =>
  summary === undefined ? ["-", "-"] : [ms(summary.median), ms(summary.p95)];

export function runtimesTable({ measured, left }: RuntimesResult): string {
  const header = [
    "",
    "program",
    "bare",
    "p95",
    "warm",
    "p95",
    "added",
    `< ${allowedMs} ms`,
    "of least",
    "plan",
    "cold",
    "p95",
  ];
  const last = ["docker run", "p95", "cold of docker", "changed", "image", "own"];
  const rows = measured.map((result) => {
    const { name, program, warmMs, planMs, coldMs, dockerMs, bareMs, changedMs, imageBytes, ownBytes } = result;
    return [
      name,
      program,
      ...both(bareMs),
      ...both(warmMs),
      ...added(result),
      planMs === undefined ? "-" : ms(planMs.median),
      ...both(coldMs),
      ...both(dockerMs),
      dockerMs === undefined ? "-" : (coldMs.median / dockerMs.median).toFixed(2),
      changedMs === undefined ? "-" : ms(changedMs.median),
      mebibytes(imageBytes),
      mebibytes(ownBytes),
    ];
  });
  const lines = left.map(({ name, why }) => `  ${name} was NOT measured: ${why}\n`);
  return table([[...header, ...last], ...rows]) + lines.join("");
}
