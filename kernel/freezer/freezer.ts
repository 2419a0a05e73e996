import { accessSync, constants, readFileSync, statSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Stops, resumes and ends all of a container at once, through its cgroup's files.
 *
 * A task stops when it next leaves the kernel: one that is in the middle of a long `write` goes on until that call
 * ends, which only a SIGKILL cuts short. Sources: cgroup-v1/freezer-subsystem.rst and
 * cgroup-v2.rst of the Linux documentation.
 */

const root = "/sys/fs/cgroup";
/** How long to wait for tasks that are in the middle of something; they stop when that is over. */
const patienceMs = 1000;
const longestRestMs = 20;

/** Where a container's freezer is; plain text, so that it can be handed to another thread. */
export interface FreezerPath {
  version: 1 | 2;
  dir: string;
  /** The file that tells the CPU time of its tasks. */
  cpu: string;
}

/** Finds the freezer of a process from `/proc/PID/cgroup`; `undefined` when it is gone, or there is no freezer. */
export async function findFreezer(hostPid: number): Promise<FreezerPath | undefined> {
  const text = await readFile(`/proc/${hostPid}/cgroup`, "utf8").catch(() => "");
  const lines = text.split("\n").map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const path = (controller: string): string | undefined =>
    lines.find((line) => line?.[1]?.split(",").includes(controller) === true)?.[2];
  const old = path("freezer");
  const unified = path("");
  // The root cgroup holds the kernel itself and cannot be stopped.
  if ((old ?? unified ?? "/") === "/") return undefined;
  if (old !== undefined) {
    const cpu = join(root, "cpuacct", path("cpuacct") ?? "/", "cpuacct.usage");
    return { version: 1, dir: join(root, "freezer", old), cpu };
  }
  const dir = join(root, unified ?? "/");
  return { version: 2, dir, cpu: join(dir, "cpu.stat") };
}

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined);

/** `undefined` for what is gone: a container may end at any time. */
function unlessGone<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENODEV" || code === "ESRCH") return undefined;
    throw error;
  }
}

export class Freezer {
  readonly #path: FreezerPath;

  constructor(path: FreezerPath) {
    this.#path = path;
  }

  #file(name: string): string {
    return join(this.#path.dir, name);
  }

  #write(name: string, text: string): void {
    unlessGone(() => writeFileSync(this.#file(name), text, { flag: "r+" }));
  }

  /** Whether the kernel may stop it: only root may. */
  get allowed(): boolean {
    try {
      accessSync(this.#file(this.#path.version === 1 ? "freezer.state" : "cgroup.freeze"), constants.W_OK);
      return true;
    } catch {
      return false;
    }
  }

  /** Asks all tasks to stop. Throws where the kernel may not, as without root. */
  freeze(): void {
    if (this.#path.version === 1) this.#write("freezer.state", "FROZEN");
    else this.#write("cgroup.freeze", "1");
  }

  thaw(): void {
    if (this.#path.version === 1) this.#write("freezer.state", "THAWED");
    else this.#write("cgroup.freeze", "0");
  }

  /** Whether every task has stopped; a cgroup that is gone has. */
  get frozen(): boolean {
    if (this.#path.version === 2) {
      const events = unlessGone(() => readFileSync(this.#file("cgroup.events"), "utf8"));
      return events === undefined || /^frozen 1$/m.test(events);
    }
    const state = unlessGone(() => readFileSync(this.#file("freezer.state"), "utf8"))?.trim();
    // On v1 a task that was made meanwhile can keep it FREEZING for good, until it is asked again.
    if (state === "FREEZING") this.freeze();
    return state === undefined || state === "FROZEN";
  }

  /** Resolves once all tasks stand still, or are not `wanted` to any more, or are in the middle of something long. */
  async standStill(wanted: () => boolean): Promise<void> {
    const end = performance.now() + patienceMs;
    for (let restMs = 1; wanted() && !this.frozen && performance.now() < end; restMs *= 2)
      await sleep(Math.min(restMs, longestRestMs));
  }

  /** What tells whether any task ran: it stays the same until one does, give or take a tick of the clock. */
  get activity(): string {
    return unlessGone(() => readFileSync(this.#path.cpu, "utf8")) ?? "";
  }

  /** Bytes that its tasks made dirty; less once a task is gone whose parent did not ask for it (proc_pid_io(5)). */
  dirtied(): number {
    let sum = 0;
    for (const pid of this.tasks()) {
      const text = unlessGone(() => readFileSync(`/proc/${pid}/io`, "utf8")) ?? "";
      sum += Number(/^write_bytes: (\d+)$/m.exec(text)?.[1] ?? 0);
    }
    return sum;
  }

  /** The host pids of its tasks, children's cgroups not included. */
  tasks(): number[] {
    const text = unlessGone(() => readFileSync(this.#file("cgroup.procs"), "utf8")) ?? "";
    return text.split("\n").flatMap((line) => (line === "" || line === "0" ? [] : [Number(line)]));
  }

  /** SIGKILL to every task; it takes effect in the middle of a `write`. On v1 a stopped task dies when it is thawed. */
  kill(): void {
    if (this.#path.version === 2 && statSync(this.#file("cgroup.kill"), { throwIfNoEntry: false }) !== undefined) {
      this.#write("cgroup.kill", "1");
      return;
    }
    for (const pid of this.tasks()) unlessGone(() => process.kill(pid, "SIGKILL"));
  }
}
