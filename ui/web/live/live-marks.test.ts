import { expect, test } from "vitest";
import { projectIdSchema, projectViewSchema } from "../../../kernel/abi/index.ts";
import type { Pid, ProcessView } from "../../../kernel/abi/index.ts";
import { sampleProcess } from "../parts/sample-process.ts";
import { authorityMark, rightsMark } from "./live-marks.ts";

const told = (...processes: ProcessView[]): ReadonlyMap<Pid, ProcessView> =>
  new Map(processes.map((process) => [process.pid, process]));
const running = sampleProcess({ pid: 5, table: ["FS_READ:/project"] });
const rights = (...processes: ProcessView[]) =>
  rightsMark({ processes: told(...processes), projects: new Map(), user: "mia" });

test("a reading of what a process uses changes no mark, and a change of its table does", () => {
  const usage = { cpuMs: 1, memoryBytes: 2, memoryPeakBytes: 3, at: 4 };
  const before = authorityMark(told(running));
  expect(authorityMark(told(sampleProcess({ pid: 5, table: ["FS_READ:/project"], usage })))).toBe(before);
  expect(authorityMark(told(sampleProcess({ pid: 5, table: [] })))).not.toBe(before);
});

test("the end of a process and a new one change the mark: what derives from a slot is different then", () => {
  const before = authorityMark(told(running));
  const state = { phase: "exited", endedAt: 1, outcome: { kind: "oom" } };
  expect(authorityMark(told(sampleProcess({ pid: 5, table: ["FS_READ:/project"], state })))).not.toBe(before);
  expect(authorityMark(told(running, sampleProcess({ pid: 6 })))).not.toBe(before);
});

test("a person's rights change with their own sessions' tables, in whatever order those are told", () => {
  const mine = (table: string[], pid = 7) => sampleProcess({ pid, kind: "session", user: "mia", table });
  const theirs = (table: string[]) => sampleProcess({ pid: 9, kind: "session", user: "tom", table });
  expect(rights(mine(["CPU:1"]))).not.toBe(rights(mine(["CPU:2"])));
  expect(rights(mine(["CPU:1"]), mine([], 8))).toBe(rights(mine([], 8), mine(["CPU:1"])));
  expect(rights(mine([]), theirs(["CPU:1"]), running)).toBe(rights(mine([]), theirs(["CPU:2"])));
});

test("a person's rights change with the projects that they see", () => {
  const id = projectIdSchema.parse("abcdefgh23");
  const project = projectViewSchema.parse({
    id,
    name: "shop",
    root: 3,
    createdAt: 0,
    files: 0,
    bytes: 0,
    engineRuntime: null,
  });
  const before = rightsMark({ processes: new Map(), projects: new Map(), user: "mia" });
  expect(rightsMark({ processes: new Map(), projects: new Map([[id, project]]), user: "mia" })).not.toBe(before);
});
