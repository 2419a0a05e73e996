import type { ProcessClass } from "../../../kernel/abi/index.ts";
import { startLimits } from "../limits.ts";
import type { Report } from "./report.ts";
import type { Task } from "./task.ts";

/** What is seen in the course of a simulation, written down for its report. */
export class Chronicle {
  readonly report: Report = {
    end: "done",
    atMs: 0,
    processes: 0,
    refused: 0,
    usedMs: 0,
    held: [],
    startWaits: [],
    bursts: [],
    pausesAt: [],
    samples: [],
    promisedShare: 0,
    usedShare: 0,
    asked: 0,
    slowestMs: 0,
  };
  /** Processes of each class that have started and not ended. */
  readonly #live: Record<ProcessClass, number> = { foreground: 0, background: 0 };
  /** When each that has started arrived, children left out. */
  readonly #arrivals: number[] = [];

  used(task: Task, cpuMs: number): void {
    task.cpuMs += cpuMs;
    this.report.usedMs += cpuMs;
  }

  starts({ pid, parent, program, memoryBytes, seen }: Task, now: number): void {
    this.#live[program.class] += 1;
    if (parent !== null) return;
    const ms = now - seen.arrivedAt;
    const fairMs = Math.max(startLimits.handicapMs[program.class], startLimits.patienceMs) + startLimits.againMs;
    const overtakenBy = this.#arrivals.filter((arrivedAt) => arrivedAt > seen.arrivedAt + fairMs).length;
    if (ms > 0) this.report.startWaits.push({ pid, class: program.class, ms, memoryBytes, overtakenBy });
    this.#arrivals.push(seen.arrivedAt);
  }

  ends({ program }: Task): void {
    this.#live[program.class] -= 1;
  }

  /** What is promised now, and used with what other programs use, as shares of the memory. */
  memory(promisedShare: number, usedShare: number): void {
    this.report.promisedShare = Math.max(this.report.promisedShare, promisedShare);
    this.report.usedShare = Math.max(this.report.usedShare, usedShare);
  }

  /** A pause keeps it from a CPU. */
  holds({ program, seen }: Task, now: number): void {
    seen.held = { since: now, among: this.#live[program.class] };
  }

  releases({ pid, program, seen }: Task, now: number): void {
    if (seen.held === undefined) return;
    const { since, among } = seen.held;
    this.report.held.push({ pid, class: program.class, at: since, ms: now - since, among });
    seen.held = undefined;
  }

  /** It has computed to the end of its step. */
  computed({ program, seen, step }: Task, ms: number, now: number): void {
    const burst = { label: program.label, class: program.class, readyAt: seen.readyAt, ms, tookMs: now - seen.readyAt };
    const first = program.steps.findIndex((each) => each.do === "compute") === step - 1;
    this.report.bursts.push({ ...burst, first });
  }
}
