import { describe, expect, it } from "vitest";
import { processViewSchema, slotViewSchema, usageSchema } from "../../../kernel/abi/index.ts";
import { memoryLimitOf, statsColumns, usageFields } from "./usage.ts";

const usage = usageSchema.parse({
  cpuMs: 1500,
  memoryBytes: 64 << 20,
  memoryPeakBytes: 128 << 20,
  workingSetBytes: 32 << 20,
  pageFaults: 900,
  majorFaults: 3,
  oomKills: 1,
  throttled: 12,
  throttledMs: 340,
  at: 5000,
});

const view = processViewSchema.parse({
  pid: 12,
  parent: 7,
  kind: "container",
  name: "python",
  project: null,
  runtime: "python",
  image: null,
  argv: ["python"],
  cwd: null,
  table: ["FS_READ:/project", "MEM:256Mi"],
  state: { phase: "running", startedAt: 1 },
  createdAt: 1,
  startedBy: null,
  user: "anna",
  endpoint: null,
  class: "foreground",
  tty: null,
  container: null,
  usage,
  output: { stdoutBytes: 0, stderrBytes: 0 },
});

const slot = slotViewSchema.parse({
  slot: 4,
  holder: 12,
  capability: "MEM:256Mi",
  from: null,
  delegable: true,
  left: "MEM:96Mi",
  derived: 1,
});

describe("what a process uses", () => {
  it("is told with the limit, and with what its quota held back", () => {
    expect(usageFields(usage, 256 << 20)).toEqual([
      ["cpu", "1.5s"],
      ["throttled", "12 times, for 340ms"],
      ["memory", "64 MiB of 256 MiB"],
      ["peak", "128 MiB"],
      ["working set", "32 MiB"],
      ["faults", "900 page faults, 3 of them from disk"],
      ["oom kills", "1"],
    ]);
  });

  it("is a dash where the host does not tell it, and never a zero", () => {
    const silent = { ...usage, pageFaults: null, majorFaults: null, oomKills: null };
    expect(usageFields(silent, undefined)).toContainEqual(["faults", "-"]);
    expect(usageFields(silent, undefined)).toContainEqual(["oom kills", "-"]);
    const row = { view, usage: silent, memoryLimit: undefined };
    const columns = statsColumns(() => "x");
    expect(columns.map(({ of }) => of(row)).join(" ")).toBe("12 1.5s 340ms 64 MiB - - 128 MiB 32 MiB - - - x");
  });

  it("is limited by what it has not handed on", () => {
    expect(memoryLimitOf(view, [slot])).toBe(96 << 20);
    expect(memoryLimitOf(view)).toBe(256 << 20);
    expect(memoryLimitOf({ ...view, table: [] })).toBeUndefined();
  });
});
