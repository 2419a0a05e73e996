import { randomBytes } from "node:crypto";
import {
  type CapabilityTable,
  Fault,
  formatCapability,
  type Handle,
  handleSchema,
  type Millis,
  type Pid,
  type ProjectId,
  type Session,
} from "../abi/index.ts";
import { firstMissing } from "../capability/covers.ts";
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import type { ProcessEntry } from "../process/process-table.ts";

/**
 * Shell sessions: entries in the process table that a handle names.
 *
 * A session's rights are its table and the projects in its scope, looked at anew with each request. A handle is 256
 * random bits and never written anywhere. What a session started does not depend on it: it hangs below a project's root.
 */

const sessionLimit = 1000;
const idleLimitMs = 7 * 86_400_000;

export interface SessionRecord {
  readonly handle: Handle;
  readonly pid: Pid;
  readonly user: string;
  readonly token: string | null;
  readonly scope: "all" | readonly ProjectId[];
  readonly table: CapabilityTable;
  usedAt: Millis;
  /** Aborted when the session ends: cuts its streams. */
  readonly ended: AbortController;
}

export interface NewSession {
  user: string;
  token: string | null;
  scope: "all" | readonly ProjectId[];
  table: CapabilityTable;
}

export class Sessions {
  readonly #byHandle = new Map<Handle, SessionRecord>();
  readonly #lifecycle: Lifecycle;
  readonly #parent: Pid;
  readonly #now: () => Millis;

  constructor(options: { lifecycle: Lifecycle; parent: Pid; now: () => Millis }) {
    this.#lifecycle = options.lifecycle;
    this.#parent = options.parent;
    this.#now = options.now;
  }

  /** Opens a session. Its table must lie within `bound`, whatever policy said. Faults: `internal` when it does not. */
  open(wanted: NewSession, bound: CapabilityTable): SessionRecord {
    const beyond = firstMissing(bound, wanted.table);
    if (beyond !== undefined) {
      throw new Fault("internal", `policy named ${formatCapability(beyond)}, which no project's root holds`);
    }
    this.#makeRoom();
    const node = this.#lifecycle.addNode({
      parent: this.#parent,
      kind: "session",
      name: wanted.user,
      project: null,
      runtime: null,
      argv: [],
      cwd: null,
      table: wanted.table,
      startedBy: null,
    });
    const handle = handleSchema.parse(randomBytes(32).toString("base64url"));
    const record = { ...wanted, handle, pid: node.pid, usedAt: this.#now(), ended: new AbortController() };
    this.#byHandle.set(handle, record);
    return record;
  }

  /** The session that a request names. Faults: `denied`. */
  get(handle: string | undefined): SessionRecord {
    const parsed = handleSchema.safeParse(handle);
    const record = parsed.success ? this.#byHandle.get(parsed.data) : undefined;
    if (record === undefined) throw new Fault("denied", "no such session", { hint: "Sign in again." });
    if (this.#now() - record.usedAt > idleLimitMs) {
      this.close(record);
      throw new Fault("denied", "no such session", { hint: "It was idle for a week. Sign in again." });
    }
    record.usedAt = this.#now();
    return record;
  }

  close(record: SessionRecord): void {
    if (!this.#byHandle.delete(record.handle)) return;
    record.ended.abort();
    this.#lifecycle.removeNode(record.pid);
  }

  /** Ends every session that hangs on a token. */
  closeByToken(token: string): void {
    for (const record of this.#byHandle.values()) if (record.token === token) this.close(record);
  }

  #makeRoom(): void {
    if (this.#byHandle.size < sessionLimit) return;
    const oldest = [...this.#byHandle.values()].reduce((a, b) => (b.usedAt < a.usedAt ? b : a));
    this.close(oldest);
  }
}

export const sessionView = (record: SessionRecord): Session => ({
  handle: record.handle,
  pid: record.pid,
  user: record.user,
  table: record.table.map(formatCapability),
});

/** Whether a session may see a project. */
export function seesProject(session: SessionRecord, project: ProjectId): boolean {
  return session.scope === "all" || session.scope.includes(project);
}

/** Whether a session may see a process: what belongs to its projects, itself, and what it started. */
export function seesProcess(session: SessionRecord, entry: ProcessEntry): boolean {
  if (session.scope === "all") return true;
  if (entry.project !== null) return seesProject(session, entry.project);
  return entry.pid === session.pid || entry.startedBy === session.pid;
}

/** Faults: `denied`, naming the capability that the session lacks. */
export function requireCovered(session: SessionRecord, wanted: CapabilityTable): void {
  const missing = firstMissing(session.table, wanted);
  if (missing === undefined) return;
  const text = formatCapability(missing);
  const held = session.table.filter((entry) => entry.kind === missing.kind).map(formatCapability);
  throw new Fault("denied", `this session does not hold ${text}`, {
    missing: text,
    hint:
      held.length === 0 ? "Use a session that holds it." : `It holds ${held.join(", ")}; ask for no more than that.`,
  });
}
