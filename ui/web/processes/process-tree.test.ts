import { expect, test } from "vitest";
import { pidSchema } from "../../../kernel/abi/index.ts";
import { sampleProcess } from "../parts/sample-process.ts";
import { processRows } from "./process-tree.ts";
import type { TreeOptions } from "./process-tree.ts";

const ended = { phase: "exited", endedAt: 1, outcome: { kind: "oom" } };
function table(...rows: [pid: number, parent: number | null, hasEnded?: boolean][]) {
  return new Map(
    rows.map(([pid, parent, hasEnded]) => [
      pidSchema.parse(pid),
      sampleProcess({ pid, parent, ...(hasEnded === true ? { state: ended } : {}) }),
    ]),
  );
}
const all: TreeOptions = { showEnded: true, collapsed: new Set() };
const drawn = (processes: ReturnType<typeof table>, options: TreeOptions) =>
  processRows(processes, options).map(({ process, level }) => `${"-".repeat(level - 1)}${process.pid}`);

test("children follow their parent in order of their pids", () => {
  expect(drawn(table([4, 1], [3, 2], [2, 1], [1, null]), all)).toEqual(["1", "-2", "--3", "-4"]);
});

test("ended processes are left out, but not above one that lives", () => {
  const processes = table([1, null], [2, 1, true], [3, 2], [4, 1, true]);
  expect(drawn(processes, { ...all, showEnded: false })).toEqual(["1", "-2", "--3"]);
  expect(drawn(processes, all)).toEqual(["1", "-2", "--3", "-4"]);
});

test("a process whose parent is unknown is still shown", () => {
  expect(drawn(table([5, 99]), all)).toEqual(["5"]);
});

test("a collapsed process hides what is below it and says how much that is", () => {
  const rows = processRows(table([1, null], [2, 1], [3, 1]), { ...all, collapsed: new Set([pidSchema.parse(1)]) });
  expect(rows).toHaveLength(1);
  expect(rows[0]?.children).toBe(2);
});
