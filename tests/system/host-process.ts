import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";

/** The host's processes as `/proc` shows them: whom a kernel started, as whom they run, and what they hold open. */

export interface HostProcess {
  pid: number;
  command: string;
}

/** A file of `/proc`; empty where its process is gone. */
export function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** The parent's pid, or `undefined` for a process that is gone. A command's name may hold spaces and brackets. */
function parentOf(pid: number): number | undefined {
  const stat = text(`/proc/${pid}/stat`);
  return stat === "" ? undefined : Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

const commandOf = (pid: number): string => text(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();

const numbersIn = (path: string): number[] =>
  readdirSync(path).flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));

export function childrenOf(pid: number): HostProcess[] {
  return numbersIn("/proc")
    .filter((candidate) => parentOf(candidate) === pid)
    .map((child) => ({ pid: child, command: commandOf(child) }));
}

/** The host's processes that work in a directory or below it. */
export function commandsIn(dir: string): HostProcess[] {
  const worksIn = (pid: number): boolean => {
    try {
      return `${readlinkSync(`/proc/${pid}/cwd`)}/`.startsWith(`${dir}/`);
    } catch {
      return false;
    }
  };
  return numbersIn("/proc").flatMap((pid) => (worksIn(pid) ? [{ pid, command: commandOf(pid) }] : []));
}

/** Whether it is there and not only waits to be collected by its parent. */
export function isAlive(pid: number): boolean {
  const stat = text(`/proc/${pid}/stat`);
  return stat !== "" && stat.slice(stat.lastIndexOf(")") + 2)[0] !== "Z";
}

/** A field of `/proc/PID/status`, its values. */
export function statusField(pid: number, field: string): string[] {
  const line = text(`/proc/${pid}/status`)
    .split("\n")
    .find((candidate) => candidate.startsWith(`${field}:`));
  if (line === undefined) throw new Error(`process ${pid} has no ${field}`);
  return line
    .slice(field.length + 1)
    .trim()
    .split(/\s+/)
    .filter((value) => value !== "");
}

export const residentBytes = (pid: number): number => Number(statusField(pid, "VmRSS")[0]) * 1024;

/** What its descriptors lead to. */
export function openFiles(pid: number): string[] {
  return numbersIn(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

const mainOf = { policy: "policy/main.ts", gateway: "ui/gateway/main.ts", egress: "egress/main.ts" } as const;

/** The pid on the host of a service that runs now. */
export function servicePid(instance: Instance, name: keyof typeof mainOf): Promise<number> {
  const kernel = instance.kernel.pid ?? 0;
  return waitFor(`${name} runs`, () => childrenOf(kernel).find(({ command }) => command.endsWith(mainOf[name]))?.pid);
}
