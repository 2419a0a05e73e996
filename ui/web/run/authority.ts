import {
  capabilitySchema,
  endpointNameSchema,
  formatCapability,
  isQuotaKind,
  quotaKinds,
} from "../../../kernel/abi/index.ts";
import type { Capability, CapabilityKind, QuotaKind } from "../../../kernel/abi/index.ts";
import { counted } from "../parts/format-amount.ts";
import type { QuotaTexts } from "./run-defaults.ts";

/**
 * What a person gives a program, as they fill it in, and the table that this makes. Pure.
 *
 * A switch that is off, and one that the person's role does not hold, gives nothing, whatever stands beside it. What
 * cannot be made into a capability is a problem with its field's name; then nothing is sent.
 */
export interface Authority {
  reads: boolean;
  /** The folder of the project that it is kept to; empty for all of it. */
  readsBelow: string;
  writes: boolean;
  writesBelow: string;
  serves: boolean;
  /** Empty for any. */
  port: string;
  /** The name by which the project's processes connect to it. */
  name: string;
  connects: boolean;
  /** Hosts, `*.domains` and names of the project's processes, apart by commas or space. */
  hosts: string;
  quotas: QuotaTexts;
  /** More capabilities as text, one on a line. */
  more: string;
}

export type Switch = "reads" | "writes" | "serves" | "connects";
export const kindOfSwitch = {
  reads: "FS_READ",
  writes: "FS_WRITE",
  serves: "NET_BIND",
  connects: "NET_CONNECT",
} as const satisfies Record<Switch, CapabilityKind>;

export const leastAuthority: Authority = {
  reads: true,
  readsBelow: "",
  writes: false,
  writesBelow: "",
  serves: false,
  port: "",
  name: "",
  connects: false,
  hosts: "",
  quotas: {},
  more: "",
};

/** Writing needs reading: the one is switched on with the other, and off with it. */
export function switched(authority: Authority, which: Switch, on: boolean): Authority {
  const after = { ...authority, [which]: on };
  if (which === "writes" && on) return { ...after, reads: true };
  if (which === "reads" && !on) return { ...after, writes: false };
  return after;
}

/** What is left of it for somebody who holds these kinds. */
export function held(authority: Authority, holds: (kind: CapabilityKind) => boolean): Authority {
  const reads = authority.reads && holds("FS_READ");
  return {
    ...authority,
    reads,
    writes: reads && authority.writes && holds("FS_WRITE"),
    serves: authority.serves && holds("NET_BIND"),
    connects: authority.connects && holds("NET_CONNECT"),
  };
}

export type Field = "readsBelow" | "writesBelow" | "port" | "name" | "hosts" | "more" | QuotaKind;
export type Problems = Readonly<Partial<Record<Field, string>>>;

/** The limits that are asked for: how much may be written matters only to what writes. */
export const quotasOf = ({ writes }: Authority): QuotaKind[] => quotaKinds.filter((kind) => kind !== "DISK" || writes);

export interface Composed {
  table: string[];
  name: string | null;
  problems: Problems;
}

export function compose(authority: Authority): Composed {
  const table = new Map<string, Capability>();
  const problems: Partial<Record<Field, string>> = {};
  // A limit stands once in a table: what is said last counts.
  const add = (capability: Capability): unknown =>
    table.set(isQuotaKind(capability.kind) ? capability.kind : formatCapability(capability), capability);
  const put = (field: Field, { text, problem }: { text: string; problem: string }): void => {
    const capability = read(text);
    if (typeof capability === "string") problems[field] = problem;
    else add(capability);
  };

  const below = (folder: string): string =>
    `/project${folder.trim() === "" ? "" : `/${folder.trim().replace(/^\/+/, "")}`}`;
  const folderProblem = "a folder of the project, such as src/data";
  if (authority.reads) put("readsBelow", { text: `FS_READ:${below(authority.readsBelow)}`, problem: folderProblem });
  if (authority.writes) {
    const written = below(authority.writesBelow);
    put("writesBelow", { text: `FS_WRITE:${written}`, problem: folderProblem });
    // A folder that may be changed can be read: a mount gives both.
    if (!`${written}/`.startsWith(`${below(authority.readsBelow)}/`))
      put("writesBelow", { text: `FS_READ:${written}`, problem: folderProblem });
  }
  if (authority.serves) {
    const port = authority.port.trim();
    put("port", { text: `NET_BIND:localhost${port === "" ? "" : `:${port}`}`, problem: "1 to 65535" });
  }
  if (authority.connects) {
    const hosts = listed(authority.hosts);
    if (hosts.length === 0) problems.hosts = "name a host, or * for every one";
    for (const host of hosts)
      put("hosts", { text: `NET_CONNECT:${host}`, problem: `${host} is no host, host:port or name` });
  }
  for (const kind of quotasOf(authority)) {
    const amount = authority.quotas[kind]?.trim() ?? "";
    if (amount !== "") put(kind, { text: `${kind}:${amount}`, problem: "not an amount" });
  }
  for (const line of linesOf(authority.more)) {
    const capability = read(line);
    if (typeof capability === "string") problems.more ??= capability;
    else add(capability);
  }
  const name = authority.serves ? authority.name.trim() : "";
  if (name !== "" && !endpointNameSchema.safeParse(name).success) problems.name = "a-z, 0-9 and dash, letter first";
  return { table: [...table.values()].map(formatCapability), name: name === "" ? null : name, problems };
}

/** A capability, or in words why it is none. */
function read(text: string): Capability | string {
  const parsed = capabilitySchema.safeParse(text);
  return parsed.success ? parsed.data : (parsed.error.issues[0]?.message ?? "This is no capability.");
}

const listed = (text: string): string[] => text.split(/[\s,]+/).filter((host) => host !== "");
const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** The rights in one line for people, without the limits. */
export function rightsSummary(authority: Authority): string {
  const { reads, writes, serves, connects } = authority;
  const hosts = listed(authority.hosts);
  const more = linesOf(authority.more).length;
  const said = [
    writes ? "changes files" : reads ? "reads files" : "sees no files",
    serves ? `serves ${authority.port.trim() === "" ? "any port" : `port ${authority.port.trim()}`}` : "",
    connects && hosts.length > 0
      ? `connects to ${hosts.length === 1 ? (hosts[0] === "*" ? "every host" : hosts[0]) : counted(hosts.length, "host")}`
      : "",
    more > 0 ? `${counted(more, "more right", "more rights")}` : "",
  ].filter((part) => part !== "");
  return said.length === 1 && !reads ? "sees no files and no network" : said.join(", ");
}

/** The limits in one line, as they are written. */
export const limitsSummary = (authority: Authority): string =>
  quotasOf(authority)
    .flatMap((kind) => (authority.quotas[kind]?.trim() ? [`${kind} ${authority.quotas[kind].trim()}`] : []))
    .join(", ") || "the runtime's own";
