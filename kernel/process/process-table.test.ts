import { beforeEach, describe, expect, test } from "vitest";
import {
  Fault,
  type Millis,
  millisSchema,
  parseCapability,
  type Pid,
  pidSchema,
  processViewSchema,
  projectIdSchema,
} from "../abi/index.ts";
import { type NewProcess, ProcessTable, viewOf } from "./process-table.ts";

const pid = (number: number): Pid => pidSchema.parse(number);
const at = (ms: number): Millis => millisSchema.parse(ms);
const project = projectIdSchema.parse("abcdefghij");

function process(number: number, parent: number | null, more: Partial<NewProcess> = {}): NewProcess {
  return {
    pid: pid(number),
    parent: parent === null ? null : pid(parent),
    kind: "container",
    name: `p${number}`,
    project: null,
    runtime: null,
    image: null,
    argv: ["a", ""],
    cwd: null,
    table: [parseCapability("MEM:1Gi")],
    createdAt: at(number),
    startedBy: null,
    user: null,
    endpoint: null,
    class: "foreground",
    tty: null,
    state: { phase: "running", startedAt: at(number) },
    ...more,
  };
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
  return "none";
}

let table: ProcessTable;
const pids = (entries: readonly { pid: Pid }[]): number[] => entries.map((entry) => entry.pid);

beforeEach(() => {
  table = new ProcessTable();
  table.add(process(1, null, { kind: "kernel" }));
  table.add(process(2, 1, { kind: "root", project }));
  table.add(process(3, 1, { kind: "root" }));
  table.add(process(4, 2, { project }));
  table.add(process(5, 4, { project }));
  table.add(process(6, 2, { project, state: { phase: "exited", endedAt: at(9), outcome: { kind: "code", code: 0 } } }));
  table.add(process(7, 3));
});

describe("the process table", () => {
  test("gives a subtree with children before their parents, and nothing else", () => {
    expect(pids(table.subtree(pid(2)))).toEqual([5, 4, 6, 2]);
    expect(pids(table.subtree(pid(7)))).toEqual([7]);
    expect(new Set(pids(table.subtree(pid(1))))).toEqual(new Set([1, 2, 3, 4, 5, 6, 7]));
  });

  test("takes no pid twice and no orphan", () => {
    expect(() => table.add(process(4, 3))).toThrow("taken");
    expect(() => table.add(process(8, 99))).toThrow("no parent");
    expect(pids(table.all())).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test("forgets only what has no children", () => {
    expect(codeOf(() => table.remove(pid(2)))).toBe("bad_state");
    for (const number of [5, 4, 6, 2]) table.remove(pid(number));
    expect(table.has(pid(2))).toBe(false);
    expect(pids(table.subtree(pid(1)))).toEqual([7, 3, 1]);
    expect(codeOf(() => table.remove(pid(2)))).toBe("not_found");
  });

  test("counts as running the containers that live", () => {
    expect(pids(table.running())).toEqual([4, 5, 7]);
  });

  test("changes a state only as the life of a process allows", () => {
    expect(codeOf(() => table.apply(pid(4), { type: "launched", at: at(10) }))).toBe("bad_state");
    expect(table.get(pid(4)).state.phase).toBe("running");
    table.apply(pid(4), { type: "ended", at: at(10), outcome: { kind: "oom" } });
    expect(codeOf(() => table.apply(pid(4), { type: "ended", at: at(11), outcome: { kind: "code", code: 0 } }))).toBe(
      "bad_state",
    );
    expect(table.get(pid(4)).state).toMatchObject({ phase: "exited", outcome: { kind: "oom" } });
  });

  test("does not change what was handed out before", () => {
    const before = table.get(pid(4));
    table.note(pid(4), { container: "c", output: { stdoutBytes: 3, stderrBytes: 4 } });
    expect(before.container).toBeNull();
    expect(table.get(pid(4))).toMatchObject({
      container: "c",
      output: { stdoutBytes: 3, stderrBytes: 4 },
      usage: null,
    });
  });

  test("knows nothing of a pid that it was not given", () => {
    for (const act of [() => table.get(pid(99)), () => table.subtree(pid(99)), () => table.note(pid(99), {})]) {
      expect(codeOf(act)).toBe("not_found");
    }
  });
});

describe("the view of a process", () => {
  test("is what the door's schema says, with the project's name and the table as text", () => {
    const view = viewOf(table.get(pid(4)), (id) => `name of ${id}`);
    expect(processViewSchema.parse(view)).toEqual(view);
    expect(view).toMatchObject({
      pid: 4,
      parent: 2,
      table: ["MEM:1Gi"],
      argv: ["a", ""],
      project: { id: project, name: `name of ${project}` },
    });
    expect(viewOf(table.get(pid(7)), () => "unused").project).toBeNull();
  });
});
