import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Fault, millisSchema, parseCapability, pidSchema } from "../abi/index.ts";
import type { ProcessEntry } from "../process/process-table.ts";
import type { NewAuditRow } from "./audit-log.ts";
import { Journal } from "./journal.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "journal-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const at = millisSchema.parse(1_700_000_000_000);

const entry = (pid: number): ProcessEntry => ({
  pid: pidSchema.parse(pid),
  parent: null,
  kind: "container",
  name: "python3",
  project: null,
  runtime: "python",
  image: null,
  argv: ["python3", "a b.py"],
  cwd: "/tmp",
  table: [parseCapability("MEM:512Mi"), parseCapability("FS_READ:/project")],
  createdAt: at,
  startedBy: null,
  user: "owner",
  endpoint: null,
  class: "background",
  tty: { rows: 24, columns: 80 },
  state: { phase: "exited", startedAt: at, endedAt: at, outcome: { kind: "signal", signal: "SIGSEGV" } },
  container: null,
  usage: { cpuMs: 12, memoryBytes: 1, memoryPeakBytes: 2, ...more, at },
  output: { stdoutBytes: 3, stderrBytes: 4 },
});

const more = {
  workingSetBytes: 1,
  pageFaults: 5,
  majorFaults: null,
  oomKills: 0,
  throttled: 3,
  throttledMs: 4,
};

const row = (what: string): NewAuditRow => {
  const who = { pid: pidSchema.parse(7), name: "owner" };
  return { at, who, what, on: "9", verdict: "allowed", code: null, missing: null };
};

describe("the journal", () => {
  it("gives back every process as it was written, also after it was closed", () => {
    {
      using journal = new Journal(dir);
      journal.put(entry(5));
      journal.put(entry(3));
      journal.put({ ...entry(5), name: "again" });
    }
    using journal = new Journal(dir);
    expect(journal.processes()).toEqual({ entries: [entry(3), { ...entry(5), name: "again" }], unsound: [] });
    journal.forget(pidSchema.parse(3));
    expect(journal.processes().entries.map(({ pid }) => pid)).toEqual([5]);
  });

  it("writes what belongs together whole, or not at all", () => {
    using journal = new Journal(dir);
    expect(journal.together(() => (journal.put(entry(3)), journal.put(entry(4)), "done"))).toBe("done");
    const broken = (): never => {
      journal.put(entry(5));
      journal.forget(pidSchema.parse(3));
      throw new Error("no room");
    };
    expect(() => journal.together(broken)).toThrow("no room");
    expect(journal.processes().entries.map(({ pid }) => pid)).toEqual([3, 4]);
    journal.put(entry(6));
    expect(journal.processes().entries.map(({ pid }) => pid)).toEqual([3, 4, 6]);
  });

  it("never gives a pid twice, also not after it was closed, and counts its starts", () => {
    const seen: number[] = [];
    for (const generation of [1, 2, 3]) {
      using journal = new Journal(dir);
      expect(journal.generation).toBe(generation);
      journal.startPidsAt(pidSchema.parse(1));
      seen.push(journal.nextPid(), journal.nextPid());
    }
    expect(seen).toEqual([2, 3, 4, 5, 6, 7]);
  });

  it("is one kernel's at a time", () => {
    using _first = new Journal(dir);
    expect(() => new Journal(dir)).toThrow(Fault);
  });

  it("leaves out a row that cannot be read, names it, and gives back the others", () => {
    {
      using journal = new Journal(dir);
      for (const pid of [3, 4, 5]) journal.put(entry(pid));
    }
    const db = new DatabaseSync(join(dir, "journal.db"));
    db.exec("UPDATE processes SET entry = 'not json' WHERE pid = 3; UPDATE processes SET entry = '{}' WHERE pid = 5");
    db.close();
    using journal = new Journal(dir);
    const { entries, unsound } = journal.processes();
    expect([entries.map(({ pid }) => pid), unsound]).toEqual([[4], [3, 5]]);
  });

  it("reads the audit log in its order, forwards from a row and backwards before one", () => {
    using journal = new Journal(dir);
    for (const what of ["a", "b", "c", "d", "e"]) journal.audit.add(row(what));
    const whats = (range: { after: number; before?: number; limit: number }): string =>
      journal.audit
        .rows(range)
        .map(({ what }) => what)
        .join("");
    expect(whats({ after: 0, limit: 3 })).toBe("abc");
    expect(whats({ after: 3, limit: 9 })).toBe("de");
    expect(whats({ after: 0, before: 99, limit: 2 })).toBe("de");
    expect(whats({ after: 0, before: 4, limit: 2 })).toBe("bc");
    expect(whats({ after: 9, limit: 9 })).toBe("");
    expect(journal.audit.rows({ after: 0, limit: 1 })[0]).toEqual({ seq: 1, ...row("a") });
  });
});
