import type { RuntimeResult, RuntimesResult } from "./runtimes.ts";
import type { Summary } from "./statistics.ts";
import { mebibytes, ms, table } from "./table.ts";

/** The runtimes' results as text for people. Pure. */

/** How much more than the bare tool takes a warm start may take. */
const allowedMs = 30;

/** What we add to the bare tool, of medians. */
export function addedMs({ warmMs, bareMs }: Pick<RuntimeResult, "warmMs" | "bareMs">): number | undefined {
  return bareMs === undefined ? undefined : warmMs.median - bareMs.median;
}

const both = (summary: Summary | undefined): string[] =>
  summary === undefined ? ["-", "-"] : [ms(summary.median), ms(summary.p95)];

function verdict(added: number | undefined): string[] {
  if (added === undefined) return ["-", "-"];
  return [ms(added), added < allowedMs ? "yes" : "NO"];
}

export function runtimesTable({ measured, left }: RuntimesResult): string {
  const header = ["", "program", "bare", "p95", "warm", "p95", "added", `< ${allowedMs} ms`, "plan", "cold", "p95"];
  const last = ["docker run", "p95", "cold of docker", "changed", "image", "own"];
  const rows = measured.map((result) => {
    const { name, program, warmMs, planMs, coldMs, dockerMs, bareMs, changedMs, imageBytes, ownBytes } = result;
    return [
      name,
      program,
      ...both(bareMs),
      ...both(warmMs),
      ...verdict(addedMs(result)),
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
