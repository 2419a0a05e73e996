import { capabilitySchema, capabilityUsage, formatCapability } from "../../../kernel/abi/index.ts";
import type { CapabilityKind } from "../../../kernel/abi/index.ts";

/** Which capabilities a process can be handed while it runs, and in plain words why not the others. Pure. */
const atStart = "A container gets its files when it starts; run it again with this right.";
const limit = "A container gets its limits when it starts; run it again with another one.";
const memory = "A container gets its shared memory when it starts; run it again with this right.";
const notBuilt = "Containers cannot be given this in this version.";

/** `null` where it can be handed over. */
const whyNot: Readonly<Record<CapabilityKind, string | null>> = {
  PROC_SPAWN: null,
  PROC_SIGNAL: null,
  NET_CONNECT: null,
  NET_BIND: null,
  FS_READ: atStart,
  FS_WRITE: atStart,
  IPC_SEND: null,
  IPC_RECV: null,
  SHM_MAP: memory,
  ML_CONTEXT: notBuilt,
  IMAGE: null,
  CPU: limit,
  MEM: limit,
  PIDS: limit,
  TIME: limit,
  DISK: limit,
  OUT: limit,
};

const meanings = {
  PROC_SPAWN: "start processes below itself, of any runtime or of one",
  PROC_SIGNAL: "send signals to what it started",
  IMAGE: "start processes of an image that is no runtime's, with PROC_SPAWN",
  NET_CONNECT: "connect to a host, *.domain, * for every name, or a process of the project by its name",
  IPC_SEND: "send to a queue and tell on a topic, or with * on all of the project",
  IPC_RECV: "take from a queue and listen to a topic, or with * to all of the project",
  NET_BIND: "be reached at a port, by previews and by processes of the project",
} as const satisfies Partial<Record<CapabilityKind, string>>;

/** What the form offers: how it is written, and what it lets a process do. */
export const offers = Object.entries(meanings).map(([kind, meaning]) => ({
  kind: kind as keyof typeof meanings,
  usage: capabilityUsage[kind as keyof typeof meanings],
  meaning,
}));

export type Examined = { kind: "empty" } | { kind: "problem"; message: string } | { kind: "sound"; capability: string };

export function examineGrant(text: string): Examined {
  const trimmed = text.trim();
  if (trimmed === "") return { kind: "empty" };
  const parsed = capabilitySchema.safeParse(trimmed);
  if (!parsed.success) {
    return { kind: "problem", message: parsed.error.issues[0]?.message ?? "This is no capability." };
  }
  const reason = whyNot[parsed.data.kind];
  if (reason !== null) return { kind: "problem", message: reason };
  return { kind: "sound", capability: formatCapability(parsed.data) };
}
