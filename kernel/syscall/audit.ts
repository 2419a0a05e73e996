import { type Fault, type Millis, type SyscallName } from "../abi/index.ts";
import type { NewAuditRow } from "../journal/journal.ts";
import type { SessionRecord } from "./sessions.ts";

/** Which syscalls leave a row in the audit log, and what the row says. */

/** They grant or change something: allowed and refused calls are kept. Of the others, refusals are. */
const changing: ReadonlySet<SyscallName> = new Set([
  "session_open",
  "session_close",
  "project_import",
  "project_remove",
  "file_write",
  "file_remove",
  "spawn",
  "signal",
  "stdin",
  "reap",
  "token_create",
  "token_remove",
]);

const longestTarget = 512;

/** What the syscall was about, from its parsed request and, where it made something, its response. */
function targetOf(request: unknown, response: unknown): string {
  const fields = { ...(typeof request === "object" ? request : {}) } as Record<string, unknown>;
  const made = { ...(typeof response === "object" ? response : {}) } as Record<string, unknown>;
  const path = Array.isArray(fields["path"]) ? `/${fields["path"].join("/")}` : "";
  const argv = Array.isArray(fields["argv"]) ? fields["argv"].join(" ") : undefined;
  const signal = typeof fields["signal"] === "string" ? fields["signal"] : undefined;
  const made_ = made["pid"] ?? made["id"];
  const parts = [made_, fields["pid"], fields["project"], fields["name"], fields["id"], signal, argv];
  const text = parts.filter((part) => part !== undefined && part !== null).map(String);
  return `${text.join(" ")}${path}`.slice(0, longestTarget);
}

export interface Audited {
  name: SyscallName;
  session: SessionRecord | undefined;
  request: unknown;
  response?: unknown;
  fault?: Fault;
  at: Millis;
}

/** The row of a call, or `undefined` when it leaves none. */
export function auditRowOf(call: Audited): NewAuditRow | undefined {
  const { fault } = call;
  if (!changing.has(call.name) && fault?.code !== "denied") return undefined;
  return {
    at: call.at,
    who: { pid: call.session?.pid ?? null, name: call.session?.user ?? "gateway" },
    what: call.name,
    on: targetOf(call.request, call.response),
    verdict: fault === undefined ? "allowed" : "refused",
    code: fault?.code ?? null,
    missing: fault?.missing ?? null,
  };
}
