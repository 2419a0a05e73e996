import { randomBytes } from "node:crypto";
import {
  type CapabilityTable,
  Fault,
  formatCapability,
  handleSchema,
  type Handle,
  type Millis,
  parseAtDoor,
  type Pid,
  type ProjectId,
  type QuestionResponse,
  type Role,
  type Session,
  tableSchema,
} from "../abi/index.ts";
import type { Slot } from "../capability/slot-table.ts";
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import type { Network } from "../net/network.ts";
import type { ProcessTable } from "../process/process-table.ts";
import { isLive } from "../process/transition.ts";
import type { Authority } from "./authority.ts";
import type { SessionRecord } from "./principal.ts";
import type { Projects } from "./projects.ts";

/**
 * Shell sessions: entries in the process table that a handle names.
 *
 * A session's slots derive from the roots of the projects that its user may see; policy names which, the kernel checks
 * that the roots hold them. A handle is 256 random bits and never written anywhere. What a session started lives on
 * below its project's root, with what it was given, unless it was tied to the session.
 */

const sessionLimit = 1000;
/** Of one user; a sign-in beyond it ends the user's own oldest. */
const userSessionLimit = 50;
const idleLimitMs = 7 * 86_400_000;

export type Rights = QuestionResponse<"rights">;

export interface SessionsOptions {
  authority: Authority;
  table: ProcessTable;
  lifecycle: Lifecycle;
  network: Network;
  projects: Projects;
  /** The kernel's own pid, parent of every session. */
  kernel: Pid;
  now: () => Millis;
  log: (message: string, details?: Record<string, unknown>) => void;
}

export class Sessions {
  readonly #byHandle = new Map<Handle, SessionRecord>();
  readonly #options: SessionsOptions;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** Opens a session with these rights. Faults: `internal` when policy named what no root holds. */
  open(who: Pick<SessionRecord, "user" | "admin" | "token">, rights: Rights): SessionRecord {
    const { lifecycle, kernel, now } = this.#options;
    this.#makeRoom(who.user);
    const { pid } = lifecycle.addNode({
      parent: kernel,
      kind: "session",
      name: who.user,
      project: null,
      runtime: null,
      image: null,
      argv: [],
      cwd: null,
      table: [],
      startedBy: null,
      user: who.user,
      endpoint: null,
      class: "foreground",
      tty: null,
    });
    const record: SessionRecord = {
      ...who,
      kind: "session",
      name: who.user,
      handle: handleSchema.parse(randomBytes(32).toString("base64url")),
      pid,
      projects: new Map(),
      usedAt: now(),
      ended: new AbortController(),
    };
    try {
      this.#derive(record, rights);
    } catch (error) {
      this.#options.authority.released(pid);
      lifecycle.removeNode(pid);
      throw error;
    }
    this.#byHandle.set(record.handle, record);
    lifecycle.touch(pid);
    return record;
  }

  /** The session that a request names. Faults: `denied`. */
  get(handle: string | undefined): SessionRecord {
    const parsed = handleSchema.safeParse(handle);
    const record = parsed.success ? this.#byHandle.get(parsed.data) : undefined;
    if (record === undefined) throw new Fault("denied", "no such session", { hint: "Sign in again." });
    if (this.#options.now() - record.usedAt > idleLimitMs) {
      this.close(record);
      throw new Fault("denied", "no such session", { hint: "It was idle for a week. Sign in again." });
    }
    record.usedAt = this.#options.now();
    return record;
  }

  /** The users that have sessions. */
  users(): Set<string> {
    return new Set([...this.#byHandle.values()].map(({ user }) => user));
  }

  /** Brings a user's sessions in line with new rights: what they do not name is revoked. */
  async apply(user: string, rights: Rights): Promise<void> {
    // All at once: whoever asks meanwhile sees the rights of before or of after, in every session.
    const gone = this.#of(user).flatMap((record) => this.#derive(record, rights));
    await this.#options.authority.settle(gone);
  }

  #of(user: string): SessionRecord[] {
    return [...this.#byHandle.values()].filter((record) => record.user === user);
  }

  close(record: SessionRecord): void {
    const { authority, lifecycle, network, projects, table, log } = this.#options;
    if (!this.#byHandle.delete(record.handle)) return;
    record.ended.abort();
    for (const { pid, project, state } of table.children(record.pid)) {
      lifecycle.adopt(pid, project !== null && projects.has(project) ? projects.rootOf(project) : projects.scratchRoot);
      if (!isLive(state)) continue;
      const failed = (error: unknown): void => log("a tied process could not be ended", { pid, error: String(error) });
      lifecycle.signal(pid, "SIGKILL", record.pid).catch(failed);
    }
    authority.released(record.pid);
    network.cut([], [record.pid]);
    lifecycle.removeNode(record.pid);
  }

  /** Ends every session that hangs on a token. */
  closeByToken(token: string): void {
    for (const record of this.#byHandle.values()) if (record.token === token) this.close(record);
  }

  closeByUser(user: string): void {
    for (const record of this.#of(user)) this.close(record);
  }

  view(record: SessionRecord): Session {
    const { authority, projects } = this.#options;
    const texts = (root: Pid): string[] =>
      authority.slots.held(record.pid, root).map(({ capability }) => formatCapability(capability));
    return {
      handle: record.handle,
      pid: record.pid,
      user: record.user,
      admin: record.admin,
      table: texts(projects.scratchRoot),
      projects: [...record.projects].map(([project, { role }]) => ({
        project,
        role,
        table: texts(projects.rootOf(project)),
      })),
    };
  }

  /** Derives what is named and not yet held; returns the slots that went because they are named no more. */
  #derive(record: SessionRecord, rights: Rights): Slot[] {
    const { network, projects } = this.#options;
    const gone = this.#deriveBelow(record, projects.scratchRoot, rights.scratch);
    const named = new Map<ProjectId, { role: Role; table: readonly string[] }>();
    for (const { project, role, table } of rights.projects)
      if (projects.has(project)) named.set(project, { role, table });
    for (const [project, { role, table }] of named) {
      gone.push(...this.#deriveBelow(record, projects.rootOf(project), table));
      const seen = record.projects.get(project);
      if (seen === undefined) record.projects.set(project, { role, ended: new AbortController() });
      else seen.role = role;
    }
    for (const [project, { ended }] of record.projects) {
      if (named.has(project)) continue;
      record.projects.delete(project);
      ended.abort();
      // The session's previews are cut: those that it still may open are opened anew.
      network.cut([], [record.pid]);
      if (projects.has(project)) gone.push(...this.#deriveBelow(record, projects.rootOf(project), []));
    }
    return gone;
  }

  #deriveBelow(record: SessionRecord, root: Pid, texts: readonly string[]): Slot[] {
    const { slots } = this.#options.authority;
    const wanted: CapabilityTable = parseAtDoor(tableSchema, texts, "the session's table");
    const names = new Set(wanted.map(formatCapability));
    const held = slots.held(record.pid, root);
    const kept = new Set(held.map(({ capability }) => formatCapability(capability)));
    try {
      slots.deriveAll(root, {
        holder: record.pid,
        wanted: wanted
          .filter((capability) => !kept.has(formatCapability(capability)))
          .map((capability) => ({ capability, delegable: true })),
        root,
        shared: true,
      });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      throw new Fault("internal", `policy named ${error.missing ?? "a table"}, which no project's root holds`);
    }
    return held
      .filter(({ capability }) => !names.has(formatCapability(capability)))
      .flatMap(({ id }) => (slots.has(id) ? slots.revoke(id) : []));
  }

  /** A user's sign-ins cost nobody else a session, unless nobody has more than that user. */
  #makeRoom(user: string): void {
    const own = this.#of(user);
    if (own.length >= userSessionLimit) this.close(oldestOf(own));
    if (this.#byHandle.size < sessionLimit) return;
    const largest = [...this.users()].map((name) => this.#of(name)).reduce((a, b) => (b.length > a.length ? b : a));
    this.close(oldestOf(largest));
  }
}

const oldestOf = (records: readonly SessionRecord[]): SessionRecord =>
  records.reduce((a, b) => (b.usedAt < a.usedAt ? b : a));
