import { type Pid, pidSchema, type Schedulable, type Millis } from "../../../kernel/abi/index.ts";
import type { Program } from "./workload.ts";

/** One process of a simulated machine: where it is in its program, and what was seen of it. */

export interface Task {
  readonly pid: Pid;
  readonly program: Program;
  /** Its memory, where it is not its parent's. */
  readonly memoryBytes: number;
  readonly parent: Task | null;
  phase: "waiting" | "starting" | "running" | "paused" | "ended" | "refused";
  since: number;
  /** Why it waits, as policy said last. */
  reason: string;
  step: number;
  /** What it is at; `cpu` with the CPU time that it lacks. */
  at: { doing: "cpu"; lacksMs: number } | { doing: "sleep" | "receive" | "wait" | "nothing" };
  children: number;
  yielded: boolean;
  turns: number;
  cpuMs: number;
  turnFromMs: number;
  snapshotMs: number;
  readonly seen: Seen;
}

/** What was seen of a process, in virtual milliseconds. */
export interface Seen {
  arrivedAt: number;
  startedAt: number | undefined;
  endedAt: number | undefined;
  /** Since when it has wanted a CPU for its present step. */
  readyAt: number;
  /** Since when a pause keeps it from a CPU, and how many of its class there were then. */
  held: { since: number; among: number } | undefined;
}

export interface Birth {
  number: number;
  program: Program;
  parent: Task | null;
  at: number;
}

export function newTask({ number, program, parent, at }: Birth): Task {
  return {
    pid: pidSchema.parse(number),
    program,
    memoryBytes: parent === null ? program.memoryBytes : 0,
    parent,
    phase: "waiting",
    since: at,
    reason: "",
    step: 0,
    at: { doing: "nothing" },
    children: 0,
    yielded: false,
    turns: 0,
    cpuMs: 0,
    turnFromMs: 0,
    snapshotMs: 0,
    seen: { arrivedAt: at, startedAt: undefined, endedAt: undefined, readyAt: at, held: undefined },
  };
}

/** The task as the kernel tells policy of it. The CPU times that Linux tells move in ticks. */
export function asSchedulable(task: Task, tickMs: number): Schedulable | undefined {
  const { phase, program } = task;
  if (phase !== "waiting" && phase !== "running" && phase !== "paused") return undefined;
  const tick = (ms: number): number => Math.floor(ms / tickMs) * tickMs;
  const cpuMs = tick(task.cpuMs);
  const recentCpuMs = cpuMs - tick(task.snapshotMs);
  task.snapshotMs = task.cpuMs;
  return {
    pid: task.pid,
    user: "somebody",
    project: null,
    class: program.class,
    phase,
    since: Math.floor(task.since) as Millis,
    blocked: task.at.doing === "receive" || task.at.doing === "wait",
    yielded: task.yielded,
    turns: task.turns,
    cpuMs,
    turnCpuMs: cpuMs - tick(task.turnFromMs),
    recentCpuMs,
    cores: program.cores,
    memoryBytes: task.memoryBytes,
  };
}
