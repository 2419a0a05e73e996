import { z } from "zod";
import { Fault } from "./fault.ts";
import { canonicalReference } from "./image-reference.ts";
import {
  formatBytes,
  formatCores,
  formatDuration,
  parseBytes,
  parseCores,
  parseCount,
  parseDuration,
} from "./quantity.ts";

/**
 * The grammar of capabilities: one parser, one canonical spelling.
 *
 * On the wire a capability is text (`FS_READ:/project`); past the door it is a `Capability`. Parsing says what a
 * text means, never whether it is granted (kernel/capability) or can be enforced here (kernel/isolation).
 */

export const quotaKinds = ["CPU", "MEM", "PIDS", "TIME", "DISK", "OUT"] as const;
export type QuotaKind = (typeof quotaKinds)[number];

/**
 * One capability. Quota amounts: CPU in thousandths of a core, MEM, DISK and OUT in bytes, TIME in milliseconds,
 * PIDS as a count. `path` holds the components below `/project`; empty is the whole project. A channel or a segment is
 * a name, or `*` for every one of the project. `ref` is canonical (image-reference.ts); `NAME:*` is every image of a name.
 */
export type Capability =
  | { kind: "PROC_SPAWN"; runtime: string | undefined }
  | { kind: "PROC_SIGNAL" }
  | { kind: "FS_READ" | "FS_WRITE"; path: readonly string[] }
  | { kind: "NET_BIND"; port: number | undefined }
  | { kind: "NET_CONNECT"; target: { host: string; port: number | undefined } | { endpoint: string } }
  | { kind: "IPC_SEND" | "IPC_RECV"; channel: string }
  | { kind: "SHM_MAP"; segment: string; mode: "ro" | "rw" }
  | { kind: "ML_CONTEXT"; scope: "logs" | "errors" | "metadata" }
  | { kind: "IMAGE"; ref: string }
  | { kind: QuotaKind; amount: number };

export type CapabilityKind = Capability["kind"];

/** The name under which other processes of the project reach a process: one label, no dot. */
export const endpointNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, "a process's name is 1 to 31 of a-z, 0-9 and dash, and starts with a letter");

const nameText = /^(\*|[a-z0-9][a-z0-9._-]{0,62})$/;
const hostText = /^(\*\.)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const addressText = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;

const quotaParsers: Record<QuotaKind, (text: string) => number | undefined> = {
  CPU: parseCores,
  MEM: parseBytes,
  PIDS: parseCount,
  TIME: parseDuration,
  DISK: parseBytes,
  OUT: parseBytes,
};

const quotaFormats: Record<QuotaKind, (amount: number) => string> = {
  CPU: formatCores,
  MEM: formatBytes,
  PIDS: String,
  TIME: formatDuration,
  DISK: formatBytes,
  OUT: formatBytes,
};

export const isQuotaKind = (kind: string): kind is QuotaKind => (quotaKinds as readonly string[]).includes(kind);

function parsePort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

function parsePath(text: string): readonly string[] | undefined {
  if (text !== "/project" && !text.startsWith("/project/")) return undefined;
  const parts = text.split("/").slice(2);
  if (parts.at(-1) === "") parts.pop();
  const sound = parts.every(
    (part) => part !== "" && part !== "." && part !== ".." && part.length <= 255 && !part.includes("\0"),
  );
  return sound ? parts : undefined;
}

/** Whether a host of the grammar is an IPv4 address in its canonical spelling. */
export const isAddress = (host: string): boolean => addressText.test(host) && !/(^|\.)0\d/.test(host);

/** A name, `*.name`, `*` for every name, or an IPv4 address; a name that ends in a number would be read as an address. */
function isHost(text: string): boolean {
  if (text === "*" || isAddress(text)) return true;
  const last = text.slice(text.lastIndexOf(".") + 1);
  return hostText.test(text) && !/\.\.|\.-|-\./.test(text) && !/^(\d+|0x[0-9a-f]*)$/.test(last);
}

function parseTarget(text: string): Extract<Capability, { kind: "NET_CONNECT" }>["target"] | undefined {
  const colon = text.lastIndexOf(":");
  if (colon === -1) {
    if (isHost(text) && (text === "*" || text.includes("."))) return { host: text, port: undefined };
    return endpointNameSchema.safeParse(text).success ? { endpoint: text } : undefined;
  }
  const port = parsePort(text.slice(colon + 1));
  const host = text.slice(0, colon);
  return port !== undefined && isHost(host) ? { host, port } : undefined;
}

function parseArgument(kind: string, rest: string | undefined): Capability | undefined {
  if (isQuotaKind(kind)) {
    const amount = rest === undefined ? undefined : quotaParsers[kind](rest);
    return amount === undefined ? undefined : { kind, amount };
  }
  switch (kind) {
    case "PROC_SPAWN":
      return rest === undefined || /^[a-z][a-z0-9-]{0,31}$/.test(rest) ? { kind, runtime: rest } : undefined;
    case "PROC_SIGNAL":
      return rest === undefined ? { kind } : undefined;
    case "FS_READ":
    case "FS_WRITE": {
      const path = rest === undefined ? undefined : parsePath(rest);
      return path === undefined ? undefined : { kind, path };
    }
    case "NET_BIND": {
      if (rest === "localhost") return { kind, port: undefined };
      const port = rest?.startsWith("localhost:") === true ? parsePort(rest.slice("localhost:".length)) : undefined;
      return port === undefined ? undefined : { kind, port };
    }
    case "NET_CONNECT": {
      const target = rest === undefined ? undefined : parseTarget(rest);
      return target === undefined ? undefined : { kind, target };
    }
    case "IPC_SEND":
    case "IPC_RECV":
      return rest !== undefined && nameText.test(rest) ? { kind, channel: rest } : undefined;
    case "SHM_MAP": {
      const [segment = "", mode = "ro", ...more] = (rest ?? "").split(":");
      const sound = nameText.test(segment) && (mode === "ro" || mode === "rw") && more.length === 0;
      return sound ? { kind, segment, mode } : undefined;
    }
    case "ML_CONTEXT":
      return rest === "logs" || rest === "errors" || rest === "metadata" ? { kind, scope: rest } : undefined;
    case "IMAGE": {
      const ref = rest === undefined ? undefined : canonicalReference(rest);
      return ref === undefined ? undefined : { kind, ref };
    }
    default:
      return undefined;
  }
}

const usage: Record<CapabilityKind, string> = {
  PROC_SPAWN: "PROC_SPAWN[:runtime]",
  PROC_SIGNAL: "PROC_SIGNAL",
  FS_READ: "FS_READ:/project[/sub]",
  FS_WRITE: "FS_WRITE:/project[/sub]",
  NET_BIND: "NET_BIND:localhost[:port]",
  NET_CONNECT: "NET_CONNECT:host[:port] or NET_CONNECT:endpoint",
  IPC_SEND: "IPC_SEND:channel or IPC_SEND:*",
  IPC_RECV: "IPC_RECV:channel or IPC_RECV:*",
  SHM_MAP: "SHM_MAP:segment[:ro|rw] or SHM_MAP:*[:ro|rw]",
  ML_CONTEXT: "ML_CONTEXT:logs|errors|metadata",
  IMAGE: "IMAGE:name[:tag][@digest] or IMAGE:name:*",
  CPU: "CPU:cores",
  MEM: "MEM:bytes",
  PIDS: "PIDS:n",
  TIME: "TIME:duration",
  DISK: "DISK:bytes",
  OUT: "OUT:bytes",
};

/** How each kind is written, for help texts and the docs. */
export const capabilityUsage: Readonly<Record<CapabilityKind, string>> = usage;

/** Parses one capability. Faults: `invalid`, naming the text and how the kind is written. */
export function parseCapability(text: string): Capability {
  const colon = text.indexOf(":");
  const kind = colon === -1 ? text : text.slice(0, colon);
  const parsed = parseArgument(kind, colon === -1 ? undefined : text.slice(colon + 1));
  if (parsed !== undefined) return parsed;
  const known = Object.hasOwn(usage, kind) ? usage[kind as CapabilityKind] : undefined;
  throw new Fault("invalid", `not a capability: ${JSON.stringify(text)}`, {
    hint: known === undefined ? `The kinds are ${Object.keys(usage).join(", ")}.` : `It is written ${known}.`,
  });
}

/** The one canonical spelling; `parseCapability(formatCapability(c))` equals `c`. */
export function formatCapability(capability: Capability): string {
  switch (capability.kind) {
    case "PROC_SPAWN":
      return capability.runtime === undefined ? "PROC_SPAWN" : `PROC_SPAWN:${capability.runtime}`;
    case "PROC_SIGNAL":
      return "PROC_SIGNAL";
    case "FS_READ":
    case "FS_WRITE":
      return `${capability.kind}:${["/project", ...capability.path].join("/")}`;
    case "NET_BIND":
      return capability.port === undefined ? "NET_BIND:localhost" : `NET_BIND:localhost:${capability.port}`;
    case "NET_CONNECT": {
      const target = capability.target;
      if ("endpoint" in target) return `NET_CONNECT:${target.endpoint}`;
      return target.port === undefined ? `NET_CONNECT:${target.host}` : `NET_CONNECT:${target.host}:${target.port}`;
    }
    case "IPC_SEND":
    case "IPC_RECV":
      return `${capability.kind}:${capability.channel}`;
    case "SHM_MAP":
      return `SHM_MAP:${capability.segment}:${capability.mode}`;
    case "ML_CONTEXT":
      return `ML_CONTEXT:${capability.scope}`;
    case "IMAGE":
      return `IMAGE:${capability.ref}`;
    case "CPU":
    case "MEM":
    case "PIDS":
    case "TIME":
    case "DISK":
    case "OUT":
      return `${capability.kind}:${quotaFormats[capability.kind](capability.amount)}`;
    default:
      return capability satisfies never;
  }
}

/** A capability at the door: text in, `Capability` out. */
export const capabilitySchema = z
  .string()
  .max(512)
  .transform((text, context): Capability => {
    try {
      return parseCapability(text);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      context.addIssue({ code: "custom", message: `${error.message}. ${error.hint}` });
      return z.NEVER;
    }
  });

/** A table at the door: at most 64 capabilities. */
export const tableSchema = z.array(capabilitySchema).max(64);
export type CapabilityTable = readonly Capability[];
