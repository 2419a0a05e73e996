import { readFileSync } from "node:fs";

/** What the host processes of an instance occupy now (VmRSS), from /proc. */

export interface Memory {
  name: string;
  bytes: number;
}

function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  if (kibibytes === undefined) throw new Error(`no VmRSS of process ${pid}`);
  return Number(kibibytes) * 1024;
}

function serviceName(pid: number): string | undefined {
  return /(policy|gateway|egress|spooler)\/main\.ts/.exec(readFileSync(`/proc/${pid}/cmdline`, "utf8"))?.[1];
}

/** The kernel, and the services that are its children. */
export function memoryOf(kernelPid: number): Memory[] {
  const children = readFileSync(`/proc/${kernelPid}/task/${kernelPid}/children`, "utf8").trim().split(" ").map(Number);
  const services = children.flatMap((pid) => {
    const name = serviceName(pid);
    return name === undefined ? [] : [{ name, bytes: residentBytes(pid) }];
  });
  return [{ name: "kernel", bytes: residentBytes(kernelPid) }, ...services];
}
