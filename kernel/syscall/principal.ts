import { Fault, type Handle, type Millis, type Pid, type ProjectId, type Role } from "../abi/index.ts";
import type { ProcessEntry, ProcessTable } from "../process/process-table.ts";

/**
 * In whose name a syscall is made: a shell session, named by its handle, or a process, named by its socket.
 *
 * A principal is an entry of the process table; what it may do is in its slots and looked at anew with each request.
 */
interface Caller {
  readonly pid: Pid;
  /** What the audit log calls it. */
  readonly name: string;
  /** The account in whose name it acts; `null` for what the system runs. */
  readonly user: string | null;
  /** Aborted when it ends: cuts its streams. */
  readonly ended: AbortController;
}

export interface SessionRecord extends Caller {
  readonly kind: "session";
  readonly handle: Handle;
  readonly user: string;
  readonly admin: boolean;
  /** The token that it hangs on. */
  readonly token: string | null;
  /** The projects that it sees. */
  readonly projects: Map<ProjectId, SeenProject>;
  usedAt: Millis;
}

export interface SeenProject {
  role: Role;
  /** Aborted when the project goes out of sight: cuts the streams of its processes. */
  readonly ended: AbortController;
}

export interface ProcessRecord extends Caller {
  readonly kind: "process";
}

export type Principal = SessionRecord | ProcessRecord;

/** Whether a principal may see a process: a process sees itself and what is below it. */
export function seesProcess(caller: Principal, entry: ProcessEntry, table: ProcessTable): boolean {
  if (entry.pid === caller.pid) return true;
  if (caller.kind === "process") return table.isBelow(entry.pid, caller.pid);
  if (entry.project !== null) return caller.projects.has(entry.project);
  if (entry.kind === "session" || entry.kind === "container") return caller.admin || entry.user === caller.user;
  return true;
}

/** Faults: `not_found` for what is not there and, no different, for what the caller may not see. */
export function requireVisible(caller: Principal, pid: Pid, table: ProcessTable): ProcessEntry {
  const entry = table.has(pid) ? table.get(pid) : undefined;
  if (entry !== undefined && seesProcess(caller, entry, table)) return entry;
  throw new Fault("not_found", `no process ${pid}`);
}

/** Aborts when the caller goes, or the process goes out of its sight. */
export function sightOf(caller: Principal, entry: ProcessEntry, signal: AbortSignal): AbortSignal {
  if (caller.kind !== "session" || entry.project === null) return signal;
  const seen = caller.projects.get(entry.project);
  return seen === undefined ? AbortSignal.abort() : AbortSignal.any([signal, seen.ended.signal]);
}
