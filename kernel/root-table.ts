import { type CapabilityTable, parseCapability } from "./abi/index.ts";

/** What a project's root holds: everything that containers and sessions can be given here, `allowed` by a setting alone. */
export function rootTableOf(facts: { cores: number; memoryBytes: number }, allowed: CapabilityTable): CapabilityTable {
  const texts = [
    "PROC_SPAWN",
    "PROC_SIGNAL",
    "FS_READ:/project",
    "FS_WRITE:/project",
    "NET_BIND:localhost",
    "NET_CONNECT:*",
    "IPC_SEND:*",
    "IPC_RECV:*",
    "SHM_MAP:*:rw",
  ];
  // Cores are shared by time: what is promised of them may be more than there are.
  const quotas = [
    `CPU:${facts.cores * 128}`,
    `MEM:${facts.memoryBytes}`,
    "PIDS:32768",
    "DISK:1Ti",
    "TIME:365d",
    "OUT:1Ti",
  ];
  return [...[...texts, ...quotas].map(parseCapability), ...allowed];
}
