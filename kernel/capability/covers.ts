import {
  type Capability,
  type CapabilityTable,
  isAddress,
  isAnyImage,
  isQuotaKind,
  type QuotaKind,
  repositoryOf,
} from "../abi/index.ts";

/**
 * The order of authority: `covers(a, b)` says that whoever holds `a` may hand on `b`.
 *
 * A partial order: reflexive, antisymmetric on canonical forms, transitive. Kinds never cover one another; in
 * particular writing does not imply reading. A wildcard stands for names and never for an address: addresses are not
 * resolved, so no check of what a name resolves to would hold them. Pure.
 */

type NetTarget = Extract<Capability, { kind: "NET_CONNECT" }>["target"];

function coversHost(a: string, b: string): boolean {
  if (a === b) return true;
  if (isAddress(b)) return false;
  if (a === "*") return true;
  return a.startsWith("*.") && (b.startsWith("*.") ? b.slice(1) : b).endsWith(a.slice(1));
}

function coversTarget(a: NetTarget, b: NetTarget): boolean {
  if ("endpoint" in a) return "endpoint" in b && a.endpoint === b.endpoint;
  // Whoever may reach every name may reach the project's own as well.
  if ("endpoint" in b) return a.host === "*" && a.port === undefined;
  return coversHost(a.host, b.host) && (a.port === undefined || a.port === b.port);
}

/** Of channels and segments: `*` stands for every name, and for itself. */
const coversName = (a: string, b: string): boolean => a === "*" || a === b;

/** A tag alone does not cover the same tag with a digest: an engine goes by the digest and never looks at the tag. */
const coversImage = (a: string, b: string): boolean =>
  a === b || (isAnyImage(a) && repositoryOf(a) === repositoryOf(b));

/** Whether holding `a` is enough to hand on `b`. */
export function covers(a: Capability, b: Capability): boolean {
  switch (a.kind) {
    case "PROC_SPAWN":
      return b.kind === a.kind && (a.runtime === undefined || a.runtime === b.runtime);
    case "PROC_SIGNAL":
      return b.kind === a.kind;
    case "FS_READ":
    case "FS_WRITE":
      return b.kind === a.kind && a.path.every((part, index) => b.path[index] === part);
    case "NET_BIND":
      return b.kind === a.kind && (a.port === undefined || a.port === b.port);
    case "NET_CONNECT":
      return b.kind === a.kind && coversTarget(a.target, b.target);
    case "IPC_SEND":
    case "IPC_RECV":
      return b.kind === a.kind && coversName(a.channel, b.channel);
    case "SHM_MAP":
      return b.kind === a.kind && coversName(a.segment, b.segment) && (a.mode === "rw" || b.mode === "ro");
    case "ML_CONTEXT":
      return b.kind === a.kind && a.scope === b.scope;
    case "IMAGE":
      return b.kind === a.kind && coversImage(a.ref, b.ref);
    case "CPU":
    case "MEM":
    case "PIDS":
    case "TIME":
    case "DISK":
    case "OUT":
      return b.kind === a.kind && a.amount >= b.amount;
    default:
      return a satisfies never;
  }
}

/** The amount of a quota, or `undefined` where the table names none. Of two, the smaller holds. */
export function quotaOf(table: CapabilityTable, kind: QuotaKind): number | undefined {
  const amounts = table.flatMap((entry) => (entry.kind === kind ? [entry.amount] : []));
  return amounts.length === 0 ? undefined : Math.min(...amounts);
}

/**
 * `table` with those `defaults` whose quota kind it does not name. A default is a convenience, so where it is more
 * than `bound` holds it becomes what `bound` holds; what the table itself names is never changed.
 */
export function withDefaultQuotas(
  table: CapabilityTable,
  defaults: CapabilityTable,
  bound: CapabilityTable,
): CapabilityTable {
  const named = new Set<string>(table.map((entry) => entry.kind));
  const missing = defaults.flatMap((entry) => {
    if (!isQuota(entry) || named.has(entry.kind)) return [];
    return [{ kind: entry.kind, amount: Math.min(entry.amount, quotaOf(bound, entry.kind) ?? entry.amount) }];
  });
  return [...table, ...missing];
}

const isQuota = (entry: Capability): entry is Extract<Capability, { kind: QuotaKind }> => isQuotaKind(entry.kind);
