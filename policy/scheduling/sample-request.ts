import {
  type Millis,
  type Pid,
  pidSchema,
  type PoolShape,
  type Schedulable,
  type ScheduleRequest,
} from "../../kernel/abi/index.ts";

/** Snapshots for tests: a machine of two cores and ten gibibytes, a twentieth of a second after it was looked at last. */

export const gi = 1024 ** 3;
export const now = 1_000_000_000;

/** A background process that computes and has just begun its second turn, unless told otherwise. */
export function sample(pid: number, more: Partial<Omit<Schedulable, "since">> & { agoMs?: number } = {}): Schedulable {
  const { agoMs = 100, ...rest } = more;
  return {
    pid: pidSchema.parse(pid),
    user: "ann",
    project: null,
    class: "background",
    phase: "running",
    since: (now - agoMs) as Millis,
    blocked: false,
    yielded: false,
    turns: rest.phase === "waiting" ? 0 : 2,
    cpuMs: 5000,
    turnCpuMs: rest.phase === "paused" ? 0 : agoMs,
    recentCpuMs: rest.phase === "paused" ? 0 : Math.min(agoMs, 50),
    cores: 1,
    memoryBytes: 0,
    ...rest,
  };
}

export const paused = (pid: number, agoMs: number): Schedulable => sample(pid, { phase: "paused", agoMs });

/** One that has had its turn. */
export const spent = (pid: number, agoMs = 1000): Schedulable => sample(pid, { agoMs, turnCpuMs: 1000 });

export const waiting = (pid: number, more: { agoMs?: number; memoryBytes?: number; class?: "foreground" }) =>
  sample(pid, { phase: "waiting", memoryBytes: gi, ...more });

export const shape = (
  name: string,
  more: Partial<Omit<PoolShape, "lastUsedAt">> & { agoMs?: number } = {},
): PoolShape => {
  const { agoMs = 0, ...rest } = more;
  const lastUsedAt = (now - agoMs) as Millis;
  return { shape: name, memoryBytes: gi / 64, ready: 0, making: 0, recentSpawns: 0, lastUsedAt, ...rest };
};

export function request(processes: Schedulable[], more: Partial<ScheduleRequest> = {}): ScheduleRequest {
  return {
    at: now as Millis,
    sinceMs: 50,
    cores: 2,
    idleMs: 0,
    memory: { totalBytes: 10 * gi, committedBytes: 0, availableBytes: 10 * gi },
    processes,
    pool: [],
    ...more,
  };
}

export const pids = (...numbers: number[]): Pid[] => numbers.map((number) => pidSchema.parse(number));
