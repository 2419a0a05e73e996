import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { z } from "zod";
import {
  capabilitySchema,
  Fault,
  millisSchema,
  pidSchema,
  processKinds,
  processStateSchema,
  projectIdSchema,
  tableSchema,
  processClassSchema,
  slotIdSchema,
  terminalSizeSchema,
  usageSchema,
  formatCapability,
  type Pid,
  type SlotId,
} from "../abi/index.ts";
import type { KnownSlot } from "../capability/slot-table.ts";
import { AuditLog } from "./audit-log.ts";
import { type Life, lifeSchema } from "./life.ts";
import type { ProcessEntry } from "../process/process-table.ts";

/**
 * What survives a crash of the kernel: the process table, the tree of slots and the audit log, in one SQLite file in WAL mode.
 *
 * A row is written before its effect is told to anybody. The file is locked for as long as the kernel lives, so that
 * two kernels never share a home. Rows are parsed like any other input when they are read back.
 */

const schema = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS processes (pid INTEGER PRIMARY KEY, entry TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS marks (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS slots (id INTEGER PRIMARY KEY, slot TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS lives (pid INTEGER PRIMARY KEY, life TEXT NOT NULL) STRICT;
`;

const entrySchema = z.strictObject({
  pid: pidSchema,
  parent: pidSchema.nullable(),
  kind: z.enum(processKinds),
  name: z.string(),
  project: projectIdSchema.nullable(),
  runtime: z.string().nullable(),
  image: z.string().nullable().default(null),
  argv: z.array(z.string()),
  cwd: z.string().nullable(),
  table: tableSchema,
  createdAt: millisSchema,
  startedBy: pidSchema.nullable(),
  user: z.string().nullable().default(null),
  endpoint: z.string().nullable().default(null),
  class: processClassSchema.default("foreground"),
  tty: terminalSizeSchema.nullable().default(null),
  state: processStateSchema,
  container: z.string().nullable(),
  usage: usageSchema.nullable(),
  output: z.strictObject({ stdoutBytes: z.number(), stderrBytes: z.number() }),
});

/** What lies in a row: JSON text. */
const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: "custom", message: "not JSON" });
    return z.NEVER;
  }
});
const entryText = jsonText.pipe(entrySchema);
const slotText = jsonText.pipe(
  z.strictObject({
    id: slotIdSchema,
    holder: pidSchema,
    capability: capabilitySchema,
    from: slotIdSchema.nullable(),
    delegable: z.boolean(),
    shared: z.boolean(),
  }),
);
const lifeText = jsonText.pipe(lifeSchema);

export class Journal implements Disposable {
  readonly #db: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #putProcess: StatementSync;
  readonly #putLife: StatementSync;
  readonly #putSlot: StatementSync;
  readonly #dropSlot: StatementSync;
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
    this.#begin = this.#db.prepare("BEGIN");
    this.#commit = this.#db.prepare("COMMIT");
    this.#putProcess = this.#db.prepare(
      "INSERT INTO processes VALUES (?, ?) ON CONFLICT (pid) DO UPDATE SET entry = excluded.entry",
    );
    this.#putLife = this.#db.prepare(
      "INSERT INTO lives VALUES (?, ?) ON CONFLICT (pid) DO UPDATE SET life = excluded.life",
    );
    this.#putSlot = this.#db.prepare(
      "INSERT INTO slots VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET slot = excluded.slot",
    );
    this.#dropSlot = this.#db.prepare("DELETE FROM slots WHERE id = ?");
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
    this.endLife(pid);
  }

  /** Writes what `change` puts and drops as one: all of it or, where it throws, nothing. */
  together<T>(change: () => T): T {
    this.#begin.run();
    try {
      const result = change();
      this.#commit.run();
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** What a later kernel must know to go on with a live process. */
  putLife(pid: Pid, life: Life): void {
    this.#putLife.run(pid, JSON.stringify(life));
  }

  /** A process has ended: nobody will have to go on with it. */
  endLife(pid: Pid): void {
    this.#db.prepare("DELETE FROM lives WHERE pid = ?").run(pid);
  }

  /** What an earlier kernel wrote down of a process that it had launched. */
  life(pid: Pid): Life | undefined {
    const row = this.#db.prepare("SELECT life FROM lives WHERE pid = ?").get(pid);
    return row === undefined ? undefined : lifeText.safeParse(row["life"]).data;
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

  putSlot({ id, holder, capability, from, delegable, shared }: KnownSlot): void {
    const row = { id, holder, capability: formatCapability(capability), from, delegable, shared };
    this.#putSlot.run(id, JSON.stringify(row));
  }

  dropSlot(id: SlotId): void {
    this.#dropSlot.run(id);
  }

  /** Every slot that an earlier kernel knew, origins before what derives from them. */
  slots(): KnownSlot[] {
    const rows = this.#db.prepare("SELECT slot FROM slots ORDER BY id").all();
    return rows.flatMap((row) => slotText.safeParse(row["slot"]).data ?? []);
  }

  /** By what the engine was known when a kernel last looked at it. */
  get engineMark(): string | undefined {
    const row = this.#db.prepare("SELECT value FROM marks WHERE key = 'engine'").get();
    return row === undefined ? undefined : String(row["value"]);
  }

  set engineMark(mark: string) {
    this.#db
      .prepare("INSERT INTO marks VALUES ('engine', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
      .run(mark);
  }

  #meta(key: string): number | undefined {
    const row = this.#db.prepare("SELECT value FROM meta WHERE key = ?").get(key);
    return row === undefined ? undefined : Number(row["value"]);
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}
