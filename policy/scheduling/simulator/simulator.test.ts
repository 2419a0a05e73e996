import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Schedulable, ScheduleRequest, ScheduleResponse } from "../../../kernel/abi/index.ts";
import { admit, defaultLimits } from "../../admission/admit.ts";
import { cpuLimits } from "../limits.ts";
import { schedule, scheduleLimits } from "../schedule.ts";
import { delayMs, fairness, mostPausesInASecond, pausesInASecond, starvation, utilization } from "./checks.ts";
import { compute, mixture, program, receive, repeat, sleep, times, workload, yieldStep } from "./generate.ts";
import { Random } from "./random.ts";
import type { Report } from "./report.ts";
import { simulate } from "./simulate.ts";
import type { SimulationOptions } from "./options.ts";
import { type Workload, workloadSchema } from "./workload.ts";

/** The promises of docs/scheduling.md, held in virtual time over generated and recorded workloads. */

const nightly = process.env["SUPEROS_NIGHTLY"] === "1";

const hog = (ms: number) => program({ label: "hog" }, [compute(ms)]);
const command = program({ label: "command", class: "foreground" }, [compute(10)]);
const atOnce = (count: number): number[] => times(count, () => 0);
const everySecond = (count: number): number[] => times(count, (index) => 5000 + index * 1000);

const overtakers = ({ startWaits }: Report): number => Math.max(0, ...startWaits.map(({ overtakenBy }) => overtakenBy));

/** What holds of every workload. */
function promisesBroken(report: Report, given: Workload): Record<string, number | string> {
  const broken: Record<string, number | string> = {};
  if (report.end !== "done") broken["termination"] = report.end;
  const starved = starvation(report, given);
  if (starved > 1) broken["starvation"] = starved;
  const pauses = pausesInASecond(report);
  if (pauses > mostPausesInASecond(given.cores)) broken["thrash"] = pauses;
  if (report.promisedShare > defaultLimits.memoryShare) broken["promised memory"] = report.promisedShare;
  if (report.usedShare > 1) broken["used memory"] = report.usedShare;
  if (overtakers(report) > 0) broken["overtaken at the start"] = overtakers(report);
  return broken;
}

const holds = (given: Workload, options: Partial<SimulationOptions> = {}): Report => {
  const report = simulate(given, options);
  expect(promisesBroken(report, given), given.name).toEqual({});
  return report;
};

describe("background processes that compute", () => {
  const given = workload({ name: "twenty" }, [[hog(10_000), atOnce(20)]]);

  test("get the same, leave no core unused and all come to their end", () => {
    const report = holds(given, { sampleAt: [10_000, 70_000] });
    expect(fairness(report, "hog")).toBeGreaterThan(0.95);
    expect(utilization(report, given)).toBeGreaterThan(0.98);
  });

  test.each([1, 4, 16])("get the same on %i cores", (cores) => {
    const many = workload({ name: "many", cores }, [[hog(10_000), times(10 * cores, (index) => index)]]);
    const report = holds(many, { sampleAt: [10_000, 70_000] });
    expect(fairness(report, "hog")).toBeGreaterThan(0.95);
    expect(utilization(report, many)).toBeGreaterThan(0.97);
  });

  test("with half a core each, or several threads, get the same as their equals and leave no core unused", () => {
    const half = program({ label: "half", cores: 0.5 }, [compute(10_000)]);
    const wide = program({ label: "wide", cores: 2 }, [compute(10_000)]);
    const mixed = workload({ name: "mixed" }, [
      [half, atOnce(8)],
      [wide, atOnce(8)],
      [hog(10_000), atOnce(8)],
    ]);
    const report = holds(mixed, { sampleAt: [10_000, 70_000] });
    for (const label of ["half", "wide", "hog"]) expect(fairness(report, label), label).toBeGreaterThan(0.95);
    expect(utilization(report, mixed)).toBeGreaterThan(0.97);
  });

  test("beside foreground that takes what it can still get the same, and get on", () => {
    const front = program({ label: "front", class: "foreground" }, [compute(60_000)]);
    const full = workload({ name: "full" }, [
      [front, atOnce(8)],
      [hog(3000), atOnce(10)],
    ]);
    const report = holds(full, { sampleAt: [5000, 205_000] });
    expect(fairness(report, "hog")).toBeGreaterThan(0.95);
  });

  test("take turns, too, while programs outside leave them next to nothing", () => {
    const report = simulate(workload({ name: "outside" }, [[hog(10_000), atOnce(20)]]), {
      otherThreads: 30,
      sampleAt: [30_000, 1_030_000],
      untilMs: 1_040_000,
    });
    expect(fairness(report, "hog")).toBeGreaterThan(0.95);
    // Were all of them to run, they would take more than a twentieth of the machine.
    const [from, to] = report.samples.map(({ cpuMs }) =>
      [...cpuMs.values()].reduce((sum, each) => sum + each.cpuMs, 0),
    );
    expect((to ?? 0) - (from ?? 0)).toBeLessThan(0.02 * 2 * 1_000_000);
  });

  test("gain nothing by saying to be blocked, by sleeping before the turn ends, or by yielding often", () => {
    const honest = hog(60_000);
    const tricks = {
      sleeper: program({ label: "sleeper" }, repeat(1000, [compute(190), sleep(1)])),
      blocker: program({ label: "blocker" }, repeat(1000, [compute(190), receive(1)])),
      yielder: program({ label: "yielder" }, repeat(10_000, [compute(5), yieldStep])),
    };
    for (const [label, trick] of Object.entries(tricks)) {
      const mixed = workload({ name: label }, [
        [honest, atOnce(5)],
        [trick, atOnce(5)],
      ]);
      const report = simulate(mixed, { sampleAt: [10_000, 90_000], untilMs: 91_000 });
      const mean = (name: string): number => {
        const [from, to] = report.samples;
        const got = [...(to?.cpuMs ?? [])].filter(([, each]) => each.label === name);
        return got.reduce((sum, [pid, { cpuMs }]) => sum + cpuMs - (from?.cpuMs.get(pid)?.cpuMs ?? 0), 0) / got.length;
      };
      expect(mean(label), label).toBeLessThan(1.1 * mean("hog"));
    }
  });

  test("leave cores to those that wait while they sleep where the kernel does not see it", () => {
    const sleeper = program({ label: "sleeper" }, repeat(200, [sleep(20), compute(5)]));
    const mixed = workload({ name: "sleepers" }, [
      [sleeper, atOnce(20)],
      [hog(5000), atOnce(10)],
    ]);
    expect(utilization(holds(mixed), mixed)).toBeGreaterThan(0.85);
  });
});

describe("foreground", () => {
  const commands: [typeof command, number[]] = [command, everySecond(60)];

  test("starts and answers beside twenty background processes in less than twice the time it takes alone", () => {
    const idle = holds(workload({ name: "idle" }, [commands]));
    const busy = holds(workload({ name: "busy" }, [commands, [hog(5000), atOnce(20)]]));
    for (const quantile of [0.5, 0.9, 1]) {
      const alone = delayMs(idle, "command", quantile) + 10;
      expect(delayMs(busy, "command", quantile) + 10).toBeLessThan(2 * alone);
    }
    expect(busy.held.filter((held) => held.class === "foreground")).toEqual([]);
  });

  test("that waits for input answers at once, whatever background does", () => {
    const shell = program({ label: "shell", class: "foreground" }, repeat(100, [receive(300), compute(5)]));
    const given = workload({ name: "shells" }, [
      [shell, times(6, (index) => index * 47)],
      [hog(5000), atOnce(50)],
    ]);
    const report = holds(given);
    expect(delayMs({ ...report, bursts: report.bursts.filter(({ first }) => !first) }, "shell", 0.95)).toBeLessThan(10);
  });

  test("in masses is shared fairly, too, and a command among it waits for no longer than the bound", () => {
    const front = program({ label: "front", class: "foreground" }, [compute(10_000)]);
    const given = workload({ name: "masses" }, [
      [front, atOnce(40)],
      [command, everySecond(60)],
      [hog(500), atOnce(5)],
    ]);
    const report = holds(given, { sampleAt: [5000, 155_000] });
    expect(fairness(report, "front")).toBeGreaterThan(0.95);
  });
});

describe("blocking and yielding", () => {
  test("messages are answered between turns of those that compute", () => {
    const server = program({ label: "server" }, repeat(100, [receive(300), compute(2)]));
    const given = workload({ name: "servers" }, [
      [server, atOnce(10)],
      [hog(5000), atOnce(10)],
    ]);
    expect(delayMs(holds(given), "server", 0.5)).toBeLessThan(50);
  });

  test("two that yield share a core in pieces that are shorter than a turn", () => {
    const polite = program({ label: "polite" }, repeat(100, [compute(60), yieldStep]));
    const given = workload({ name: "polite", cores: 1 }, [[polite, atOnce(2)]]);
    const held = holds(given).held.map(({ ms }) => ms);
    expect(held.length).toBeGreaterThan(50);
    expect(Math.max(...held)).toBeLessThan(cpuLimits.turnMs.backgroundAlone / 2);
  });
});

describe("memory", () => {
  const small = program({ label: "small", memoryMi: 3000 }, [sleep(4000), compute(10)]);

  test("that does not fit waits, and a big process is not kept waiting by small ones for ever", () => {
    const big = program({ label: "big", memoryMi: 40_000 }, [compute(1000)]);
    const given = workload({ name: "big" }, [
      [small, times(600, (index) => index * 200)],
      [big, [5000]],
    ]);
    const report = holds(given);
    const waited = report.startWaits.find(({ memoryBytes }) => memoryBytes === big.memoryBytes);
    // Patience, then until those that run have ended, then a look.
    expect(waited?.ms).toBeLessThan(10_000 + 4000 + 4000);
  });

  test("goes to background, too, while commands never cease to come", () => {
    const front = { ...small, class: "foreground" } as const;
    const given = workload({ name: "commands" }, [
      [front, times(900, (index) => index * 150)],
      [small, [5000, 5001, 5002]],
    ]);
    const report = holds(given);
    const background = report.startWaits.filter((wait) => wait.class === "background");
    expect(background).toHaveLength(3);
    expect(Math.max(...background.map(({ ms }) => ms))).toBeLessThan(60_000);
  });

  test("that other programs use is left to them", () => {
    const given = workload({ name: "shared" }, [[small, atOnce(40)]]);
    const report = simulate(given, { systemBytes: 0.6 * given.memoryBytes });
    expect(promisesBroken(report, given)).toEqual({});
  });
});

describe("while policy is away", () => {
  test("nothing that is paused is lost: the next one goes on with it", () => {
    const given = workload({ name: "outages" }, [
      [hog(3000), atOnce(20)],
      [command, everySecond(20)],
    ]);
    const outages = [3, 8, 13, 18, 23].map((at) => ({ fromMs: at * 1000, toMs: at * 1000 + 2500 }));
    const report = simulate(given, { outages });
    expect(report.end).toBe("done");
    const late = report.held.filter(({ at }) => at > 26_000);
    expect(late.length).toBeGreaterThan(20);
    expect(starvation({ ...report, held: late }, given)).toBeLessThan(1);
  });
});

describe("a bit of everything", () => {
  const seeds = nightly ? times(200, (index) => index + 1) : [1, 2, 3, 4, 5, 6];

  test.each(seeds)("of a few hundred processes keeps every promise (seed %i)", (seed) => {
    const random = new Random(seed);
    const cores = random.whole(1, 8);
    const given = mixture(random, { name: `seed ${seed}`, processes: 200 * cores ** 0.5, spanMs: 20_000, cores });
    expect(promisesBroken(simulate(given), given)).toEqual({});
  });

  test("that was recorded keeps every promise", () => {
    const folder = join(import.meta.dirname, "recordings");
    for (const name of readdirSync(folder)) {
      const recorded = workloadSchema.parse(JSON.parse(readFileSync(join(folder, name), "utf8")));
      expect(utilization(holds(recorded), recorded)).toBeGreaterThan(0);
    }
  });

  test.runIf(nightly)("of ten thousand processes keeps every promise", { timeout: 3_600_000 }, () => {
    const large = { processes: 10_000, spanMs: 120_000, cores: 16, memoryGi: 256 };
    const inTime = mixture(new Random(1), { name: "in the course of time", ...large });
    expect(promisesBroken(simulate(inTime), inTime)).toEqual({});
    const many = { processes: 20_000, waiting: 20_000 };
    const unlimited = {
      schedule: (request: ScheduleRequest) =>
        schedule(request, { ...scheduleLimits, starts: { ...scheduleLimits.starts, ...many } }),
      admit: (request: Parameters<typeof admit>[0]) => admit(request, { ...defaultLimits, ...many }),
    };
    const atOnceAll = workload({ name: "all at once", cores: 16, memoryGi: 1024 }, [[hog(300), atOnce(10_000)]]);
    expect(promisesBroken(simulate(atOnceAll, unlimited), atOnceAll)).toEqual({});
    const together = mixture(new Random(2), { name: "all together", ...large, spanMs: 20_000, memoryGi: 1024 });
    expect(promisesBroken(simulate(together, unlimited), together)).toEqual({});
  });
});

/** What a policy does that breaks a promise: were one of them not found out, its check would be worth nothing. */
describe("a policy is found out", () => {
  type Policy = (request: ScheduleRequest) => ScheduleResponse;
  const told = (change: (process: Schedulable, request: ScheduleRequest) => Partial<Schedulable>): Policy => {
    return (request) => {
      const processes = request.processes.map((process) => ({ ...process, ...change(process, request) }));
      return schedule({ ...request, processes });
    };
  };
  const given = workload({ name: "wrong" }, [
    [hog(3000), atOnce(40)],
    [command, everySecond(20)],
  ]);
  const broken = (policy: Policy, of = given, more: Partial<SimulationOptions> = {}): string[] =>
    Object.keys(promisesBroken(simulate(of, { schedule: policy, untilMs: 300_000, ...more }), of));

  test("that breaks none, the right one, is not", () => {
    expect(broken((request) => schedule(request))).toEqual([]);
  });

  test("that has no aging: of those that wait it takes the least number, however long the others have waited", () => {
    const policy = told(({ phase, pid }) => (phase === "paused" ? { since: pid as never } : {}));
    const hogs = workload({ name: "hogs" }, [[hog(3000), atOnce(40)]]);
    expect(broken((request) => schedule(request), hogs)).toEqual([]);
    expect(broken(policy, hogs)).toEqual(["starvation"]);
  });

  test("that resumes nobody", () => {
    expect(broken((request) => ({ ...schedule(request), resume: [] }))).toContain("termination");
  });

  test("that pauses whenever it is asked", () => {
    const restless = {
      ...cpuLimits,
      pausesPerCoreSecond: 1000,
      turnMs: { foreground: 1, background: 1, backgroundAlone: 1 },
    };
    expect(broken((request) => schedule(request, { ...scheduleLimits, cpu: restless }))).toContain("thrash");
  });

  test("that gives every other one longer turns", () => {
    const policy = told(({ pid, turnCpuMs }) => (pid % 2 === 0 ? { turnCpuMs: turnCpuMs / 4 } : {}));
    const report = simulate(workload({ name: "favourites" }, [[hog(10_000), atOnce(20)]]), {
      schedule: policy,
      sampleAt: [10_000, 60_000],
    });
    expect(fairness(report, "hog")).toBeLessThan(0.95);
  });

  test("that never pauses, by what foreground waits for", () => {
    const many = workload({ name: "crowd" }, [
      [hog(2000), atOnce(200)],
      [command, everySecond(20)],
    ]);
    const policy: Policy = (request) => ({ ...schedule(request), pause: [] });
    expect(delayMs(simulate(many), "command", 0.5)).toBeLessThan(10);
    expect(delayMs(simulate(many, { schedule: policy }), "command", 0.5)).toBeGreaterThan(30);
  });

  test("that starts what does not fit", () => {
    const memory = workload({ name: "memory" }, [
      [program({ label: "big", memoryMi: 30_000 }, [compute(500)]), atOnce(5)],
    ]);
    const policy: Policy = (request) => {
      const start = request.processes.filter(({ phase }) => phase === "waiting").map(({ pid }) => pid);
      return { ...schedule(request), start };
    };
    expect(broken(policy, memory)).toEqual(["promised memory", "used memory"]);
  });

  test("that has endless patience with small ones", () => {
    const memory = workload({ name: "memory" }, [
      [program({ label: "small", memoryMi: 3000 }, [sleep(4000), compute(10)]), times(600, (index) => index * 200)],
      [program({ label: "big", memoryMi: 40_000 }, [compute(1000)]), [5000]],
    ]);
    const starts = { ...scheduleLimits.starts, patienceMs: Infinity };
    const policy: Policy = (request) => schedule(request, { ...scheduleLimits, starts });
    expect(broken(policy, memory)).toContain("overtaken at the start");
  });
});
