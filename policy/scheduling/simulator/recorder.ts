import type { Pid, Schedulable, ScheduleRequest } from "../../../kernel/abi/index.ts";
import type { Program, Step, Workload } from "./workload.ts";

/**
 * Turns the snapshots of a real machine into a workload.
 *
 * What a process computed is kept to the millisecond. What it did else shows only while cores were left: there it slept
 * or was blocked for as long as it did not compute. While the machine was full, or the process was paused, it may have
 * waited for a CPU as well, and that is no part of its program.
 */

interface Track {
  arrivedAt: number;
  last: Schedulable;
  cores: number;
  steps: Step[];
}

/** Below this share of a core it did nothing. */
const idleShare = 0.02;
const leastUnusedShare = 0.15;

export class Recorder {
  readonly #tracks = new Map<Pid, Track>();
  #first: ScheduleRequest | undefined;

  note(request: ScheduleRequest): void {
    this.#first ??= request;
    for (const process of request.processes) {
      const known = this.#tracks.get(process.pid);
      const track = known ?? this.#begin(process, request);
      if (known !== undefined) this.#follow(track, process, request);
      track.last = process;
    }
  }

  /** What was recorded; the names of users and projects are no part of it. */
  workload(name: string): Workload {
    const tracks = [...this.#tracks.values()];
    const startedAt = this.#first?.at ?? 0;
    return {
      name,
      cores: this.#first?.cores ?? 1,
      memoryBytes: this.#first?.memory.totalBytes ?? 1,
      programs: tracks.map(({ last, cores, steps }, number): Program => {
        const { memoryBytes } = last;
        return { label: `process ${number + 1}`, class: last.class, memoryBytes, cores, steps };
      }),
      arrivals: tracks.map(({ arrivedAt }, program) => ({ atMs: Math.max(0, arrivedAt - startedAt), program })),
    };
  }

  #begin(process: Schedulable, request: ScheduleRequest): Track {
    const steps: Step[] = [];
    if (process.phase !== "waiting" && process.cpuMs > 0) steps.push({ do: "compute", ms: Math.round(process.cpuMs) });
    const track = { arrivedAt: Math.min(process.since, request.at), last: process, cores: process.cores, steps };
    this.#tracks.set(process.pid, track);
    return track;
  }

  #follow(track: Track, process: Schedulable, { sinceMs, idleMs, cores }: ScheduleRequest): void {
    const computedMs = Math.round(process.cpuMs - track.last.cpuMs);
    if (computedMs >= idleShare * sinceMs && computedMs > 0) add(track.steps, { do: "compute", ms: computedMs });
    const left = idleMs >= leastUnusedShare * cores * sinceMs;
    const ran = process.phase === "running" && track.last.phase === "running";
    const restMs = Math.round(sinceMs - computedMs);
    if (left && ran && restMs > 0) add(track.steps, { do: process.blocked ? "receive" : "sleep", ms: restMs });
    if (process.yielded) track.steps.push({ do: "yield" });
  }
}

/** Steps of one kind in a row are one. */
function add(steps: Step[], step: Step & { ms: number }): void {
  const last = steps.at(-1);
  if (last !== undefined && last.do === step.do && "ms" in last) last.ms += step.ms;
  else steps.push(step);
}
