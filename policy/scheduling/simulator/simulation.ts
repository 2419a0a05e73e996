import type { Millis, Pid, ScheduleRequest, ScheduleResponse } from "../../../kernel/abi/index.ts";
import { Chronicle } from "./chronicle.ts";
import { Embryos } from "./embryos.ts";
import { Heap } from "./heap.ts";
import type { SimulationOptions } from "./options.ts";
import { Processors } from "./processors.ts";
import type { Report } from "./report.ts";
import { asSchedulable, newTask, type Task } from "./task.ts";
import type { Program, Workload } from "./workload.ts";

/**
 * A machine in virtual time: programs that compute, sleep and block; CPUs as Linux shares them; and the kernel's
 * mechanism, which asks policy when something happens and does what it says a little later.
 *
 * What policy says is carried out as the kernel would: what is no longer so by then is ignored.
 */

type Event =
  | { kind: "arrival"; program: Program }
  | { kind: "started"; task: Task }
  | { kind: "woke"; task: Task }
  | { kind: "apply"; answer: ScheduleResponse }
  | { kind: "embryo"; label: string }
  | { kind: "sample" };

const startOfTime = 1_000_000_000;

export class Simulation {
  readonly #workload: Workload;
  readonly #options: SimulationOptions;
  readonly #events = new Heap<Event>();
  readonly #cpus: Processors<Task>;
  readonly #embryos: Embryos;
  readonly #tasks = new Map<Pid, Task>();
  readonly #line = new Set<Task>();
  readonly #chronicle = new Chronicle();
  #now = 0;
  #born = 0;
  #running = 0;
  #promisedBytes = 0;
  #toCome: number;
  #askAt = Infinity;
  #askedAt = 0;
  #idleThen = 0;

  constructor(workload: Workload, options: SimulationOptions) {
    this.#workload = workload;
    this.#options = options;
    this.#cpus = new Processors(workload.cores);
    this.#cpus.occupy({ class: "foreground", cores: 1 }, options.otherThreads);
    this.#embryos = new Embryos(workload.programs);
    this.#toCome = workload.arrivals.length;
    for (const { atMs, program } of workload.arrivals) {
      this.#events.push(atMs, { kind: "arrival", program: this.#program(program) });
    }
    for (const at of options.sampleAt) this.#events.push(at, { kind: "sample" });
  }

  run(): Report {
    const { report } = this.#chronicle;
    while (this.#toCome > 0 || this.#tasks.size > 0) {
      const done = this.#cpus.next();
      const event = this.#events.peek();
      const at = Math.min(done?.at ?? Infinity, event?.key ?? Infinity, this.#askAt);
      if (at === Infinity || at > this.#options.untilMs) {
        report.end = at === Infinity ? "stuck" : "late";
        break;
      }
      this.#now = at;
      this.#cpus.advance(at);
      if (done !== undefined && done.at === at) this.#computed(done.owner);
      else if (event !== undefined && event.key === at) this.#happen(event.value);
      else this.#ask();
    }
    report.atMs = this.#now;
    report.processes = this.#born;
    for (const task of this.#tasks.values()) this.#chronicle.releases(task, this.#now);
    return report;
  }

  #program(number: number): Program {
    const program = this.#workload.programs[number];
    if (program === undefined) throw new Error(`the workload has no program ${number}`);
    return program;
  }

  #happen(event: Event): void {
    this.#events.pop();
    switch (event.kind) {
      case "arrival":
        this.#toCome -= 1;
        this.#spawn(event.program, null);
        return;
      case "started":
        this.#started(event.task);
        return;
      case "woke":
        this.#woke(event.task);
        return;
      case "apply":
        this.#apply(event.answer);
        return;
      case "embryo":
        this.#embryos.made(event.label);
        return;
      case "sample":
        this.#sample();
        return;
      default:
        return event satisfies never;
    }
  }

  // Processes

  #spawn(program: Program, parent: Task | null): void {
    const task = newTask({ number: ++this.#born, program, parent, at: this.#now });
    const { memoryBytes } = task;
    const machine = {
      ...this.#memory(),
      memoryBytes: this.#workload.memoryBytes,
      pooledBytes: this.#embryos.bytes,
      running: this.#running,
      waiting: this.#line.size,
    };
    const { totalBytes: _total, ...known } = machine;
    const verdict = this.#options.admit({ memoryBytes, machine: known });
    if (!verdict.admit) {
      task.phase = "refused";
      this.#chronicle.report.refused += 1;
      return;
    }
    if (parent === null) this.#embryos.used(program.label, this.#now);
    else parent.children += 1;
    this.#tasks.set(task.pid, task);
    if (verdict.start) this.#start(task);
    else {
      task.reason = verdict.reason;
      this.#line.add(task);
    }
    this.#askSoon();
  }

  #start(task: Task): void {
    const { memoryBytes, program } = task;
    this.#line.delete(task);
    task.phase = "starting";
    this.#running += 1;
    this.#promisedBytes += memoryBytes;
    this.#chronicle.starts(task, this.#now);
    const warm = this.#embryos.take(program.label);
    const totalBytes = this.#workload.memoryBytes;
    this.#embryos.makeRoom(0.9 * totalBytes - this.#promisedBytes);
    const usedBytes = this.#promisedBytes + this.#options.systemBytes;
    this.#chronicle.memory(this.#promisedBytes / totalBytes, usedBytes / totalBytes);
    this.#after(warm ? this.#options.warmMs : this.#options.coldMs, { kind: "started", task });
  }

  #started(task: Task): void {
    task.phase = "running";
    task.since = this.#now;
    task.turns = 1;
    task.seen.startedAt = this.#now;
    this.#askSoon();
    this.#goOn(task, task.seen.arrivedAt);
  }

  /** Its sleep is over, or its blocking call. A paused one notices once it is resumed. */
  #woke(task: Task): void {
    if (task.at.doing !== "sleep") this.#askSoon();
    if (task.phase === "running") this.#goOn(task);
    else {
      task.at = { doing: "cpu", lacksMs: 0 };
      task.seen.readyAt = this.#now;
      this.#chronicle.holds(task, this.#now);
    }
  }

  #goOn(task: Task, readyAt = this.#now): void {
    for (;;) {
      const step = task.program.steps[task.step];
      task.step += 1;
      if (step === undefined) {
        this.#end(task);
        return;
      }
      switch (step.do) {
        case "compute":
          task.at = { doing: "cpu", lacksMs: step.ms };
          task.seen.readyAt = readyAt;
          this.#cpus.enter(task, task.program, step.ms);
          return;
        case "sleep":
        case "receive":
          task.at = { doing: step.do };
          this.#after(step.ms, { kind: "woke", task });
          if (step.do === "receive") this.#askSoon();
          return;
        case "wait":
          if (task.children === 0) break;
          task.at = { doing: "wait" };
          this.#askSoon();
          return;
        case "yield":
          task.yielded = true;
          this.#askSoon();
          break;
        case "spawn":
          this.#spawn(this.#program(step.program), task);
          break;
        default:
          return step satisfies never;
      }
    }
  }

  #computed(task: Task): void {
    const { seen, program } = task;
    this.#chronicle.used(task, this.#cpus.leave(task).gotMs);
    const step = program.steps[task.step - 1];
    // It only came out of a sleep in which it was paused.
    if (step?.do !== "compute") return this.#goOn(task, seen.readyAt);
    this.#chronicle.computed(task, step.ms, this.#now);
    this.#goOn(task);
  }

  #end(task: Task): void {
    task.phase = "ended";
    task.seen.endedAt = this.#now;
    this.#tasks.delete(task.pid);
    this.#running -= 1;
    this.#chronicle.ends(task);
    this.#promisedBytes -= task.memoryBytes;
    const { parent } = task;
    if (parent !== null) {
      parent.children -= 1;
      if (parent.children === 0 && parent.at.doing === "wait") this.#woke(parent);
    }
    this.#askSoon();
  }

  #pause(task: Task): void {
    if (task.phase !== "running") return;
    this.#chronicle.report.pausesAt.push(this.#now);
    task.phase = "paused";
    task.since = this.#now;
    if (task.at.doing !== "cpu") return;
    const { gotMs, lacksMs } = this.#cpus.leave(task);
    this.#chronicle.used(task, gotMs);
    task.at.lacksMs = lacksMs;
    this.#chronicle.holds(task, this.#now);
  }

  #resume(task: Task): void {
    if (task.phase !== "paused") return;
    task.phase = "running";
    task.since = this.#now;
    task.turns += 1;
    task.turnFromMs = task.cpuMs;
    if (task.at.doing !== "cpu") return;
    this.#chronicle.releases(task, this.#now);
    this.#cpus.enter(task, task.program, task.at.lacksMs);
  }

  #sample(): void {
    const cpuMs = new Map<Pid, { label: string; cpuMs: number }>();
    for (const task of this.#tasks.values()) {
      this.#chronicle.used(task, this.#cpus.read(task));
      cpuMs.set(task.pid, { label: task.program.label, cpuMs: task.cpuMs });
    }
    this.#chronicle.report.samples.push({ at: this.#now, cpuMs });
  }

  // Policy

  #after(ms: number, event: Event): void {
    this.#events.push(this.#now + ms, event);
  }

  #askSoon(): void {
    this.#askBy(this.#now);
  }

  #askBy(at: number): void {
    const away = this.#options.outages.find(({ fromMs, toMs }) => fromMs <= at && at < toMs);
    const earliest = Math.max(at, this.#askedAt + this.#options.leastGapMs, away?.toMs ?? 0);
    this.#askAt = Math.min(this.#askAt, earliest);
  }

  #ask(): void {
    const request = this.#snapshot();
    this.#askedAt = this.#now;
    this.#askAt = Infinity;
    const before = this.#options.clock();
    const answer = this.#options.schedule(request);
    this.#chronicle.report.slowestMs = Math.max(this.#chronicle.report.slowestMs, this.#options.clock() - before);
    this.#chronicle.report.asked += 1;
    this.#after(this.#options.decisionMs, { kind: "apply", answer });
  }

  #snapshot(): ScheduleRequest {
    const processes = [];
    for (const task of this.#tasks.values()) {
      if (task.at.doing === "cpu" && task.phase === "running") this.#chronicle.used(task, this.#cpus.read(task));
      const said = asSchedulable(task, this.#options.tickMs);
      if (said === undefined) continue;
      task.yielded = false;
      processes.push({ ...said, since: (startOfTime + said.since) as Millis });
    }
    const { cores } = this.#workload;
    const idleMs = this.#cpus.idleMs - this.#idleThen;
    this.#idleThen = this.#cpus.idleMs;
    return {
      at: (startOfTime + Math.floor(this.#now)) as Millis,
      sinceMs: Math.floor(this.#now) - Math.floor(this.#askedAt),
      cores,
      idleMs: Math.round(idleMs / 10) * 10,
      memory: this.#memory(),
      processes,
      pool: this.#embryos.shapes(startOfTime, this.#now),
    };
  }

  #memory(): ScheduleRequest["memory"] {
    const totalBytes = this.#workload.memoryBytes;
    const availableBytes = Math.max(0, totalBytes - this.#promisedBytes - this.#options.systemBytes);
    return { totalBytes, committedBytes: this.#promisedBytes + this.#embryos.bytes, availableBytes };
  }

  #apply(answer: ScheduleResponse): void {
    for (const pid of answer.pause) this.#with(pid, (task) => this.#pause(task));
    for (const pid of answer.resume) this.#with(pid, (task) => this.#resume(task));
    for (const pid of answer.start) this.#with(pid, (task) => task.phase === "waiting" && this.#start(task));
    for (const { pid, reason } of answer.reasons) this.#with(pid, (task) => (task.reason = reason));
    for (const label of this.#embryos.want(answer.pool)) this.#after(this.#options.coldMs, { kind: "embryo", label });
    if (answer.againMs !== null) this.#askBy(this.#now + answer.againMs);
    if (answer.start.length > 0) this.#askSoon();
  }

  #with(pid: Pid, act: (task: Task) => unknown): void {
    const task = this.#tasks.get(pid);
    if (task !== undefined) act(task);
  }
}
