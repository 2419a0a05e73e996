import type { Role } from "../../kernel/abi/index.ts";

/**
 * What each role may hold in a project, and what everybody may hold in none.
 *
 * A table bounds what a session can ask for: the kernel derives it from the project's root, and refuses what that does
 * not cover. CPU is shared by weight, so more of it is offered than the machine has; memory is not. Pure.
 */

export interface Machine {
  cores: number;
  memoryBytes: number;
}

export interface TableSettings {
  machine: Machine;
  /** `address:port` beyond the public network that programs may connect to. */
  privateTargets: readonly string[];
  /** Images that are no runtime's and that programs may be started from. */
  allowedImages: readonly string[];
}

const coresPromised = 128;
const memoryShare = 0.8;

const read = "FS_READ:/project";
const write = "FS_WRITE:/project";
const disk = "DISK:64Gi";
const network = ["NET_BIND:localhost", "NET_CONNECT:*"];

const start = ["PROC_SPAWN", "PROC_SIGNAL"];
const channels = ["IPC_SEND:*", "IPC_RECV:*", "SHM_MAP:*:rw"];

const quotas = ({ cores, memoryBytes }: Machine): string[] => [
  `CPU:${coresPromised * Math.max(cores, 1)}`,
  `MEM:${Math.floor((memoryBytes * memoryShare) / 1024)}Ki`,
  "PIDS:32768",
  "TIME:30d",
  "OUT:4Gi",
];

const privateNetwork = ({ privateTargets }: TableSettings): string[] =>
  privateTargets.map((target) => `NET_CONNECT:${target}`);

const images = ({ allowedImages }: TableSettings): string[] => allowedImages.map((image) => `IMAGE:${image}`);

export function roleTable(role: Role, settings: TableSettings): string[] {
  const started = [...start, ...images(settings)];
  const connected = [...network, ...privateNetwork(settings)];
  switch (role) {
    case "owner":
    case "editor":
      return [...started, read, write, ...connected, ...channels, ...quotas(settings.machine), disk];
    case "runner":
      return [...started, read, ...connected, ...channels, ...quotas(settings.machine)];
    case "viewer":
      return [read];
    default:
      return role satisfies never;
  }
}

/** What a user holds outside of every project: to run programs without files, and no private address. */
export const scratchTable = (settings: TableSettings): string[] => [
  ...start,
  ...images(settings),
  ...network,
  ...channels,
  ...quotas(settings.machine),
];
