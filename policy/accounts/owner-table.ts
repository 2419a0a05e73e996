import { cpus, totalmem } from "node:os";

/**
 * The table of the role `owner`: all of every project, and four fifths of the machine.
 *
 * It bounds what an owner's session can ask for; the kernel still derives it from the projects' own tables.
 */
export function ownerTable(machine = { cores: cpus().length, memoryBytes: totalmem() }): string[] {
  return [
    "PROC_SPAWN",
    "PROC_SIGNAL",
    "FS_READ:/project",
    "FS_WRITE:/project",
    `CPU:${Math.max(machine.cores, 1)}`,
    `MEM:${Math.floor((machine.memoryBytes * 0.8) / 1024)}Ki`,
    "PIDS:4096",
    "TIME:30d",
    "OUT:4Gi",
  ];
}
