import {
  type Capability,
  type CapabilityTable,
  type Control,
  Fault,
  formatCapability,
  leastDiskBytes,
  type QuotaKind,
} from "../abi/index.ts";
import { covers } from "../capability/covers.ts";
import { leastMemoryBytes } from "./container-spec.ts";

/**
 * Which tables this version and this host can make true.
 *
 * What cannot be enforced is refused before anything is created: a capability that is parsed but not built, and one
 * whose control the host lacks. Nothing is dropped silently. Pure.
 */

/** The controls that a host may lack, by the name they have in `superos status`. */
export const controlNames = [
  "memory limit",
  "swap limit",
  "pids limit",
  "cpu quota",
  "seccomp",
  "apparmor",
  "private cgroup namespace",
  "project ownership",
  "disk watch",
  "service separation",
  "shared memory",
] as const;
export type ControlName = (typeof controlNames)[number];

/** What an individual capability needs from the host; `undefined` marks one that this version does not build. */
function needs(capability: Capability): readonly ControlName[] | undefined {
  switch (capability.kind) {
    case "ML_CONTEXT":
      return undefined;
    case "IMAGE":
    case "PROC_SPAWN":
    case "PROC_SIGNAL":
    case "IPC_SEND":
    case "IPC_RECV":
    case "NET_BIND":
    case "NET_CONNECT":
    case "FS_READ":
      return [];
    case "FS_WRITE":
      return ["project ownership"];
    case "SHM_MAP":
      return ["shared memory"];
    case "DISK":
      return ["disk watch"];
    case "MEM":
      return ["memory limit", "swap limit"];
    case "PIDS":
      return ["pids limit"];
    case "CPU":
      return ["cpu quota"];
    case "TIME":
    case "OUT":
      return [];
    default:
      return capability satisfies never;
  }
}

/**
 * With less no container starts or goes on: the engine's least memory; init, the gate, and the relay while it turns into a
 * daemon; the scheduler's least slice.
 */
export const leastQuotas = { MEM: leastMemoryBytes, PIDS: 6, CPU: 10 } as const;

/** The least of each quota; DISK's is what the watch can hold. */
const least: Partial<Record<QuotaKind, number>> = { ...leastQuotas, DISK: leastDiskBytes };

function requireEnough(capability: Capability): void {
  if (!("amount" in capability)) return;
  const { kind, amount } = capability;
  const needed = least[kind] ?? 0;
  if (amount >= needed) return;
  const enough = formatCapability({ kind, amount: needed });
  throw new Fault("invalid", `${formatCapability(capability)} is too little to start a container`, {
    hint: `Name at least ${enough}.`,
  });
}

/** What every container needs, whatever its table. */
const always: readonly ControlName[] = ["seccomp", "private cgroup namespace"];

/** Faults: `unsupported` for what cannot be enforced, `invalid` for a table that names less than it would give or need. */
export function requireEnforceable(table: CapabilityTable, controls: readonly Control[]): void {
  const absent = (name: ControlName): boolean =>
    controls.some((control) => control.name === name && !control.available);
  const basis = always.find(absent);
  if (basis !== undefined) throw new Fault("unsupported", `no container runs without the control '${basis}'`);
  for (const capability of table) {
    const text = formatCapability(capability);
    const wanted = needs(capability);
    if (wanted === undefined) {
      throw new Fault("unsupported", `${text} is not available to containers in this version`, {
        hint: "Containers take every kind but ML_CONTEXT.",
      });
    }
    const lacking = wanted.find(absent);
    if (lacking !== undefined) {
      throw new Fault("unsupported", `${text} needs the control '${lacking}', which this host does not give`);
    }
    requireEnough(capability);
  }
  requireReadable(table);
}

/** What may be written can be read: a mount gives both. Faults: `invalid`. */
function requireReadable(table: CapabilityTable): void {
  for (const entry of table) {
    if (entry.kind !== "FS_WRITE") continue;
    const reading: Capability = { kind: "FS_READ", path: entry.path };
    if (!table.some((held) => covers(held, reading))) {
      throw new Fault(
        "invalid",
        `${formatCapability(entry)} without ${formatCapability(reading)} cannot be told apart by a mount`,
        {
          hint: `Add ${formatCapability(reading)}.`,
        },
      );
    }
  }
}
