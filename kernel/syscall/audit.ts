import { type Capability, type Fault, formatCapability, type Millis, type SyscallName } from "../abi/index.ts";
import type { NewAuditRow } from "../journal/audit-log.ts";
import type { Principal } from "./principal.ts";

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
  "run",
  "pipeline",
  "nice",
  "segment_create",
  "segment_remove",
  "signal",
  "stdin",
  "reap",
  "token_create",
  "token_remove",
  "project_change",
  "grant",
  "revoke",
  "drop",
  "queue_create",
  "queue_remove",
  "preview_open",
  "user_create",
  "user_code",
  "user_remove",
  "member_set",
  "member_remove",
]);

const longestTarget = 512;

/** A parsed capability of a request. */
const isCapability = (value: unknown): value is Capability =>
  typeof value === "object" && value !== null && "kind" in value;

/** What the syscall was about, from its parsed request and, where it made something, its response. */
function targetOf(request: unknown, response: unknown): string {
  const fields = { ...(typeof request === "object" ? request : {}) } as Record<string, unknown>;
  const made = { ...(typeof response === "object" ? response : {}) } as Record<string, unknown>;
  const path = Array.isArray(fields["path"]) ? `/${fields["path"].join("/")}` : "";
  const argv = Array.isArray(fields["argv"]) ? fields["argv"].join(" ") : undefined;
  const signal = typeof fields["signal"] === "string" ? fields["signal"] : undefined;
  const capability = isCapability(fields["capability"]) ? formatCapability(fields["capability"]) : undefined;
  const named = ["pid", "slot", "project", "user", "name", "topic", "id", "role", "port", "engineRuntime"];
  const parts = [made["pid"] ?? made["id"], ...named.map((name) => fields[name]), capability, signal, argv];
  const text = parts.filter((part) => typeof part === "string" || typeof part === "number").map(String);
  return `${text.join(" ")}${path}`.slice(0, longestTarget);
}

/** Asking what a revocation would take changes nothing. */
const isPreview = (request: unknown): boolean =>
  typeof request === "object" && request !== null && "preview" in request && request.preview === true;

export interface Audited {
  name: SyscallName;
  caller: Principal | undefined;
  request: unknown;
  response?: unknown;
  fault?: Fault;
  at: Millis;
}

/** The row of a call, or `undefined` when it leaves none. */
export function auditRowOf(call: Audited): NewAuditRow | undefined {
  const { fault } = call;
  if (isPreview(call.request)) return undefined;
  if (!changing.has(call.name) && fault?.code !== "denied") return undefined;
  return {
    at: call.at,
    who: { pid: call.caller?.pid ?? null, name: call.caller?.name ?? "gateway" },
    what: call.name,
    on: targetOf(call.request, call.response),
    verdict: fault === undefined ? "allowed" : "refused",
    code: fault?.code ?? null,
    missing: fault?.missing ?? null,
  };
}
