import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { millisSchema, pidSchema } from "../abi/index.ts";
import { AuditLog, type NewAuditRow } from "./audit-log.ts";

let db: DatabaseSync;
beforeEach(() => {
  db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT");
});
afterEach(() => db.close());

const row = (what: string): NewAuditRow => ({
  at: millisSchema.parse(1),
  who: { pid: pidSchema.parse(7), name: "owner" },
  what,
  on: "x",
  verdict: "allowed",
  code: null,
  missing: null,
});

function filled(rows: number): AuditLog {
  const log = new AuditLog(db);
  for (let n = 1; n <= rows; n += 1) log.add(row(`call-${n}`));
  return log;
}

describe("the chain of the audit log", () => {
  test("is whole over what was written, also by several kernels one after the other", async () => {
    expect(await new AuditLog(db).verify()).toEqual({ ok: true, rows: 0, head: "0".repeat(64), firstBad: null });
    filled(5);
    const log = filled(2500);
    expect(await log.verify()).toMatchObject({ ok: true, rows: 2505, firstBad: null });
  });

  test.each(["at", "who_pid", "who_name", "what", "target", "verdict", "code", "missing", "hash"])(
    "shows a row whose %s was changed",
    async (column) => {
      const log = filled(9);
      db.exec(
        `UPDATE audit SET ${column} = ${column === "at" || column === "who_pid" ? "99" : "'altered'"} WHERE seq = 4`,
      );
      expect(await log.verify()).toMatchObject({ ok: false, firstBad: 4 });
      expect(await new AuditLog(db).verify()).toMatchObject({ ok: false, firstBad: 4 });
    },
  );

  test("shows a row that was removed at the beginning, in the middle, or at the end", async () => {
    for (const [seq, firstBad] of [
      [1, 2],
      [5, 6],
      [9, 9],
    ] as const) {
      db.exec("DROP TABLE IF EXISTS audit; DELETE FROM meta");
      filled(9);
      db.exec(`DELETE FROM audit WHERE seq = ${seq}`);
      expect(await new AuditLog(db).verify(), `row ${seq}`).toMatchObject({ ok: false, firstBad });
    }
  });

  test("shows rows that were exchanged, and a row that was put in", async () => {
    filled(6);
    db.exec(
      "UPDATE audit SET seq = 100 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 100",
    );
    expect(await new AuditLog(db).verify()).toMatchObject({ ok: false, firstBad: 2 });
    db.exec("DROP TABLE audit; DELETE FROM meta");
    filled(3);
    db.exec(
      "INSERT INTO audit SELECT 4, at, who_pid, who_name, what, target, verdict, code, missing, hash FROM audit WHERE seq = 3",
    );
    expect(await new AuditLog(db).verify()).toMatchObject({ ok: false, firstBad: 4 });
  });

  test("is made for the rows of a version that had none", async () => {
    db.exec(`CREATE TABLE audit (seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who_pid INTEGER, who_name TEXT NOT NULL,
      what TEXT NOT NULL, target TEXT NOT NULL, verdict TEXT NOT NULL, code TEXT, missing TEXT) STRICT`);
    db.exec(
      "INSERT INTO audit (at, who_name, what, target, verdict) VALUES (1, 'a', 'b', 'c', 'allowed'), (2, 'a', 'b', 'c', 'refused')",
    );
    const log = new AuditLog(db);
    log.add(row("new"));
    expect(await log.verify()).toMatchObject({ ok: true, rows: 3 });
    expect(log.rows({ after: 0, limit: 9 }).map(({ what }) => what)).toEqual(["b", "b", "new"]);
  });
});
