import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { z } from "zod";
import {
  Fault,
  millisSchema,
  pidSchema,
  processKinds,
  processStateSchema,
  projectIdSchema,
  tableSchema,
  usageSchema,
  formatCapability,
  type Pid,
} from "../abi/index.ts";
import { AuditLog } from "./audit-log.ts";
import type { ProcessEntry } from "../process/process-table.ts";

/**
 * What survives a crash of the kernel: the process table and the audit log, in one SQLite file in WAL mode.
 *
 * A row is written before its effect is told to anybody. The file is locked for as long as the kernel lives, so that
 * two kernels never share a home. Rows are parsed like any other input when they are read back.
 */

const schema = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS processes (pid INTEGER PRIMARY KEY, entry TEXT NOT NULL) STRICT;
`;

const entrySchema = z.strictObject({
  pid: pidSchema,
  parent: pidSchema.nullable(),
  kind: z.enum(processKinds),
  name: z.string(),
  project: projectIdSchema.nullable(),
  runtime: z.string().nullable(),
  argv: z.array(z.string()),
  cwd: z.string().nullable(),
  table: tableSchema,
  createdAt: millisSchema,
  startedBy: pidSchema.nullable(),
  user: z.string().nullable().default(null),
  endpoint: z.string().nullable().default(null),
  state: processStateSchema,
  container: z.string().nullable(),
  usage: usageSchema.nullable(),
  output: z.strictObject({ stdoutBytes: z.number(), stderrBytes: z.number() }),
});

/** An entry as it lies in its row: JSON text. */
const entryText = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: "custom", message: "not JSON" });
      return z.NEVER;
    }
  })
  .pipe(entrySchema);

export class Journal implements Disposable {
  readonly #db: DatabaseSync;
  readonly #putProcess: StatementSync;
  /** The log of what was granted and refused. */
  readonly audit: AuditLog;
  readonly #putMeta: StatementSync;

  /** Faults: `conflict` when another kernel holds this home. */
  constructor(dir: string) {
    this.#db = new DatabaseSync(join(dir, "journal.db"));
    try {
      this.#db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
      this.#db.exec(schema);
      this.#db.exec("INSERT INTO meta VALUES ('generation', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1");
    } catch (error) {
      this.#db.close();
      if (error instanceof Error && /locked|busy/i.test(error.message)) {
        throw new Fault("conflict", "another SuperOS runs with this home", {
          hint: "Stop it, or choose another home and port: SUPEROS_HOME=DIR SUPEROS_PORT=7071 npm start",
        });
      }
      throw error;
    }
    this.#putProcess = this.#db.prepare(
      "INSERT INTO processes VALUES (?, ?) ON CONFLICT (pid) DO UPDATE SET entry = excluded.entry",
    );
    this.audit = new AuditLog(this.#db);
    this.#putMeta = this.#db.prepare(
      "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    );
  }

  /** How many times a kernel has started with this home, this time included. */
  get generation(): number {
    return this.#meta("generation") ?? 1;
  }

  /** The next process id; never given out again, also after a crash. */
  nextPid(): Pid {
    const pid = (this.#meta("last_pid") ?? 0) + 1;
    this.#putMeta.run("last_pid", pid);
    return pidSchema.parse(pid);
  }

  /** Keeps the pids up to `pid` for the kernel. */
  startPidsAt(pid: Pid): void {
    if ((this.#meta("last_pid") ?? 0) < pid) this.#putMeta.run("last_pid", pid);
  }

  put(entry: ProcessEntry): void {
    this.#putProcess.run(entry.pid, JSON.stringify({ ...entry, table: entry.table.map(formatCapability) }));
  }

  forget(pid: Pid): void {
    this.#db.prepare("DELETE FROM processes WHERE pid = ?").run(pid);
  }

  /** Every remembered process, parents first; a row that cannot be read is left out and named. */
  processes(): { entries: ProcessEntry[]; unsound: Pid[] } {
    const entries: ProcessEntry[] = [];
    const unsound: Pid[] = [];
    for (const row of this.#db.prepare("SELECT pid, entry FROM processes ORDER BY pid").all()) {
      const entry = entryText.safeParse(row["entry"]);
      if (entry.success) entries.push(entry.data);
      else unsound.push(pidSchema.parse(row["pid"]));
    }
    return { entries, unsound };
  }

  #meta(key: string): number | undefined {
    const row = this.#db.prepare("SELECT value FROM meta WHERE key = ?").get(key);
    return row === undefined ? undefined : Number(row["value"]);
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}
