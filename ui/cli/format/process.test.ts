import { describe, expect, it } from "vitest";
import { processViewSchema } from "../../../kernel/abi/index.ts";
import { processColumns, processFields, quoteArgument } from "./process.ts";
import { formatTable } from "./table.ts";

const view = processViewSchema.parse({
  pid: 12,
  parent: 7,
  kind: "container",
  name: "python",
  project: { id: "abcdefghij", name: "site" },
  runtime: "python",
  image: null,
  argv: ["python", "-c", "print('x')\n\u001b[2J"],
  cwd: "/project",
  table: ["FS_READ:/project", "MEM:256Mi"],
  state: { phase: "exited", startedAt: 2000, endedAt: 5000, outcome: { kind: "code", code: 3 } },
  createdAt: 1000,
  startedBy: 5,
  user: "anna",
  endpoint: "db",
  class: "foreground",
  tty: null,
  container: null,
  usage: { cpuMs: 40, memoryBytes: 2048, memoryPeakBytes: 4096, at: 5000 },
  output: { stdoutBytes: 10, stderrBytes: 0 },
});

describe("a process", () => {
  it("is one line of ps, with its outcome and without a control character", () => {
    const lines = formatTable([view], processColumns(61_000)).split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[1]).toBe(
      String.raw` 12  site     python   fg     exited with code 3  40ms  2.0 KiB   1m  python -c 'print('\''x'\'')\n\e[2J'`,
    );
  });

  it("that waits is told with how long and why, the reason cut short and without a control character", () => {
    const reason = "\u001b[2Jno room for 2 GiB of memory: 1 GiB is left and others came before";
    const since = view.createdAt;
    const waiting = { ...view, class: "background" as const, state: { phase: "ready" as const, since, reason } };
    const [, line = ""] = formatTable([waiting], processColumns(66_000)).split("\n");
    expect(line).toContain(String.raw`  bg     ready 1m05s: \e[2Jno room for 2 GiB of memory: 1 GiB…  `);
    expect(processFields(waiting, { now: 66_000 })).toContainEqual(["state", `ready for 1m05s: ${reason}`]);
  });

  it("that is paused is told as such", () => {
    const paused = { ...view, state: { phase: "paused" as const, startedAt: view.createdAt, since: view.createdAt } };
    expect(formatTable([paused], processColumns(61_000))).toContain("  paused 1m00s  ");
    expect(processFields(paused, { now: 61_000 })).toContainEqual(["state", "paused for 1m00s"]);
  });

  it("that ended in a fault has the message in inspect, and its code alone in ps", () => {
    const message = "the container engine went away while the process ran";
    const outcome = { kind: "fault" as const, code: "unavailable" as const, message };
    const ended = { ...view, state: { phase: "exited" as const, endedAt: view.createdAt, outcome } };
    expect(formatTable([ended], processColumns(61_000))).toContain("  fault unavailable  ");
    expect(formatTable([ended], processColumns(61_000))).not.toContain(message);
    expect(processFields(ended, { now: 61_000 })).toContainEqual(["outcome", `fault unavailable: ${message}`]);
  });

  it("is told in full by inspect, one capability a line", () => {
    const fields = processFields(view, { now: 61_000 });
    expect(fields).toContainEqual(["outcome", "exited with code 3"]);
    expect(fields).toContainEqual(["user", "anna"]);
    expect(fields).toContainEqual(["endpoint", "db"]);
    expect(fields.slice(-2)).toEqual([
      ["capabilities", "FS_READ:/project"],
      ["", "MEM:256Mi"],
    ]);
  });

  it("has its arguments quoted as a shell reads them back", () => {
    expect([quoteArgument("a-b/c.py"), quoteArgument(""), quoteArgument("it's"), quoteArgument("$x")]).toEqual([
      "a-b/c.py",
      "''",
      String.raw`'it'\''s'`,
      "'$x'",
    ]);
  });
});
