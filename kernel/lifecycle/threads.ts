import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Thread } from "../abi/index.ts";
import type { CgroupFiles } from "./cgroup.ts";

/**
 * The threads of a container, as the host sees them.
 *
 * Their numbers are those inside the container. They come and go while they are listed: one that ends meanwhile is left
 * out, and the list is of no single moment. A thread's name is its program's to choose and is told with every character
 * that could act on a terminal replaced. Sources: proc_pid_stat(5), proc_pid_status(5).
 */

/** More than any PIDS quota is worth looking at. */
const mostThreads = 10_000;
/** How many are looked at side by side: reading takes threads of a small pool that others want, too. */
const atOnce = 8;
/** The unit of times in /proc: USER_HZ is 100 on every architecture that containers run on. */
const tickMs = 10;

/** Its threads in the order of their numbers; none once it has ended. */
export async function threadsOf(cgroup: CgroupFiles, proc = "/proc"): Promise<Thread[]> {
  const tids = await taskNumbers(cgroup);
  const threads: Thread[] = [];
  const next = tids.values();
  const look = async (): Promise<void> => {
    for (const tid of next) {
      const thread = await readThread(join(proc, tid, "task", tid));
      if (thread !== undefined) threads.push(thread);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, look));
  return threads.toSorted((a, b) => a.tid - b.tid);
}

async function taskNumbers({ version, memory }: CgroupFiles): Promise<string[]> {
  const text = await readFile(join(memory, version === 1 ? "tasks" : "cgroup.threads"), "utf8").catch(() => "");
  // A task that this kernel's own pid namespace does not see is listed as 0.
  return text
    .split("\n")
    .filter((line) => /^[1-9]\d*$/.test(line))
    .slice(0, mostThreads);
}

async function readThread(dir: string): Promise<Thread | undefined> {
  try {
    const [stat, status] = await Promise.all([
      readFile(join(dir, "stat"), "utf8"),
      readFile(join(dir, "status"), "utf8"),
    ]);
    return parseThread(stat, status);
  } catch {
    return undefined;
  }
}

/** A thread from its `stat` and `status`; `undefined` for what is none. */
export function parseThread(stat: string, status: string): Thread | undefined {
  // A name may hold anything, parentheses and newlines among it; what comes behind it does not.
  const [, name, fields = ""] = /^\d+ \((.*)\) (.*)$/s.exec(stat) ?? [];
  const [state = "", ...rest] = fields.trim().split(" ");
  const [userTicks, systemTicks] = [Number(rest[10]), Number(rest[11])];
  const tid = innermost(status, "NSpid");
  const process = innermost(status, "NStgid");
  if (name === undefined || tid === undefined || process === undefined) return undefined;
  if (!Number.isSafeInteger(userTicks + systemTicks)) return undefined;
  return { tid, process, name: name.replaceAll(/\p{C}/gu, "?"), state, cpuMs: (userTicks + systemTicks) * tickMs };
}

/** The last of a list of numbers, one for each pid namespace: the one inside. */
function innermost(status: string, field: "NSpid" | "NStgid"): number | undefined {
  const text = new RegExp(`^${field}:[\\t\\d]*\\t(\\d+)$`, "m").exec(status)?.[1];
  return text === undefined || text === "0" ? undefined : Number(text);
}
