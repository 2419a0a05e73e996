import { hash as digest } from "node:crypto";
import { setImmediate as breathe } from "node:timers/promises";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { z } from "zod";
import { type AuditRow, auditRowSchema, type AuditVerdict } from "../abi/index.ts";

/**
 * The audit log: rows that are only ever added, each with a hash over itself and the hash before it.
 *
 * A row that is changed, removed, or put in between breaks the chain from there on, which `verify` finds; rows cut off at
 * the end are found by the count beside them. Whoever can write the file can make the chain anew, so that its head is worth
 * keeping elsewhere.
 */

const schema = `
  CREATE TABLE IF NOT EXISTS audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who_pid INTEGER, who_name TEXT NOT NULL,
    what TEXT NOT NULL, target TEXT NOT NULL, verdict TEXT NOT NULL, code TEXT, missing TEXT
  ) STRICT;
`;

const recordSchema = z.strictObject({
  seq: z.number(),
  at: z.number(),
  who_pid: z.number().nullable(),
  who_name: z.string(),
  what: z.string(),
  target: z.string(),
  verdict: z.string(),
  code: z.string().nullable(),
  missing: z.string().nullable(),
  hash: z.string().nullable(),
});
type Stored = z.infer<typeof recordSchema>;

export type NewAuditRow = Omit<AuditRow, "seq">;

/** What the first row's hash follows. */
const origin = "0".repeat(64);
const rowsPerRead = 1000;
const lastKey = "audit_last";

function hashOf(before: string, row: Omit<Stored, "hash">): string {
  const { seq, at, who_pid, who_name, what, target, verdict, code, missing } = row;
  const text = JSON.stringify([before, seq, at, who_pid, who_name, what, target, verdict, code, missing]);
  return digest("sha256", text);
}

export class AuditLog {
  readonly #db: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #put: StatementSync;
  readonly #putLast: StatementSync;
  #last: { seq: number; hash: string };

  constructor(db: DatabaseSync) {
    this.#db = db;
    db.exec(schema);
    const columns = db.prepare("SELECT name FROM pragma_table_info('audit')").all();
    if (!columns.some(({ name }) => name === "hash")) this.#chainOlder();
    this.#begin = db.prepare("BEGIN");
    this.#commit = db.prepare("COMMIT");
    this.#put = db.prepare("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    this.#putLast = db.prepare(
      `INSERT INTO meta VALUES ('${lastKey}', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    );
    const newest = db.prepare("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").get();
    this.#last = {
      seq: Math.max(Number(newest?.["seq"] ?? 0), this.#counted()),
      hash: String(newest?.["hash"] ?? origin),
    };
  }

  /** Rows of a version without hashes get theirs. */
  #chainOlder(): void {
    this.#db.exec("BEGIN");
    this.#db.exec("ALTER TABLE audit ADD COLUMN hash TEXT");
    const put = this.#db.prepare("UPDATE audit SET hash = ? WHERE seq = ?");
    let hash = origin;
    let last = 0;
    for (const row of this.#stored()) {
      hash = hashOf(hash, row);
      put.run(hash, row.seq);
      last = row.seq;
    }
    this.#db.prepare(`INSERT OR REPLACE INTO meta VALUES ('${lastKey}', ?)`).run(last);
    this.#db.exec("COMMIT");
  }

  #counted(): number {
    return Number(this.#db.prepare(`SELECT value FROM meta WHERE key = '${lastKey}'`).get()?.["value"] ?? 0);
  }

  add(row: NewAuditRow): void {
    const { at, who, what, on: target, verdict, code, missing } = row;
    const stored = {
      seq: this.#last.seq + 1,
      at,
      who_pid: who.pid,
      who_name: who.name,
      what,
      target,
      verdict,
      code,
      missing,
    };
    const hash = hashOf(this.#last.hash, stored);
    this.#begin.run();
    try {
      this.#insert(stored, hash);
      this.#commit.run();
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
    this.#last = { seq: stored.seq, hash };
  }

  #insert(row: Omit<Stored, "hash">, hash: string): void {
    const { seq, at, who_pid, who_name, what, target, verdict, code, missing } = row;
    this.#put.run(seq, at, who_pid, who_name, what, target, verdict, code, missing, hash);
    this.#putLast.run(seq);
  }

  /** Rows in their order: the first `limit` after `after`, or, with `before`, the last `limit` before it. */
  rows(range: { after: number; before?: number | undefined; limit: number }): AuditRow[] {
    const { after, before, limit } = range;
    const rows =
      before === undefined
        ? this.#db.prepare("SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?").all(after, limit)
        : this.#db
            .prepare("SELECT * FROM audit WHERE seq > ? AND seq < ? ORDER BY seq DESC LIMIT ?")
            .all(after, before, limit)
            .toReversed();
    return rows.map((raw) => {
      const { who_pid, who_name, target, hash: _hash, ...row } = recordSchema.parse(raw);
      return auditRowSchema.parse({ ...row, on: target, who: { pid: who_pid, name: who_name } });
    });
  }

  /** Computes the chain anew from the first row, up to the last one of now, and lets others work in between. */
  async verify(): Promise<AuditVerdict> {
    const upTo = { ...this.#last };
    const counted = this.#counted();
    let hash = origin;
    let rows = 0;
    let last = 0;
    for (const row of this.#stored()) {
      if (row.seq > upTo.seq) break;
      hash = hashOf(hash, row);
      if (row.hash !== hash || row.seq !== last + 1) return { ok: false, rows, head: upTo.hash, firstBad: row.seq };
      last = row.seq;
      rows += 1;
      if (rows % rowsPerRead === 0) await breathe();
    }
    const whole = last === counted && hash === upTo.hash;
    return { ok: whole, rows, head: hash, firstBad: whole ? null : last + 1 };
  }

  *#stored(): Generator<Stored> {
    const read = this.#db.prepare("SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?");
    for (let after = 0, more = true; more;) {
      const rows = read.all(after, rowsPerRead).map((raw) => recordSchema.parse({ hash: null, ...raw }));
      yield* rows;
      more = rows.length === rowsPerRead;
      after = rows.at(-1)?.seq ?? after;
    }
  }
}
