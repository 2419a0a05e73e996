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
  argv: ["python", "-c", "print('x')\n\u001b[2J"],
  cwd: "/project",
  table: ["FS_READ:/project", "MEM:256Mi"],
  state: { phase: "exited", startedAt: 2000, endedAt: 5000, outcome: { kind: "code", code: 3 } },
  createdAt: 1000,
  startedBy: 5,
  user: "anna",
  endpoint: "db",
  container: null,
  usage: { cpuMs: 40, memoryBytes: 2048, memoryPeakBytes: 4096, at: 5000 },
  output: { stdoutBytes: 10, stderrBytes: 0 },
});

describe("a process", () => {
  it("is one line of ps, with its outcome and without a control character", () => {
    const lines = formatTable([view], processColumns(61_000)).split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[1]).toBe(
      String.raw` 12  site     python   exited with code 3  40ms  2.0 KiB   1m  python -c 'print('\''x'\'')\n\e[2J'`,
    );
  });

  it("that ended in a fault has the message in inspect, and its code alone in ps", () => {
    const message = "the container engine went away while the process ran";
    const outcome = { kind: "fault" as const, code: "unavailable" as const, message };
    const ended = { ...view, state: { phase: "exited" as const, endedAt: view.createdAt, outcome } };
    expect(formatTable([ended], processColumns(61_000))).toContain("  fault unavailable  ");
    expect(formatTable([ended], processColumns(61_000))).not.toContain(message);
    expect(processFields(ended)).toContainEqual(["outcome", `fault unavailable: ${message}`]);
  });

  it("is told in full by inspect, one capability a line", () => {
    const fields = processFields(view);
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
