import type { ProcessClass } from "../../../kernel/abi/index.ts";
import type { Random } from "./random.ts";
import type { Program, Step, Workload } from "./workload.ts";

/** Workloads from a seed. Sizes in mebibytes, times in milliseconds. */

const mi = 1024 ** 2;

export const compute = (ms: number): Step => ({ do: "compute", ms });
export const sleep = (ms: number): Step => ({ do: "sleep", ms });
export const receive = (ms: number): Step => ({ do: "receive", ms });
export const yieldStep: Step = { do: "yield" };

interface Kind {
  label: string;
  class?: ProcessClass;
  memoryMi?: number;
  cores?: number;
}

export const program = (kind: Kind, steps: Step[]): Program => ({
  label: kind.label,
  class: kind.class ?? "background",
  memoryBytes: (kind.memoryMi ?? 64) * mi,
  cores: kind.cores ?? 1,
  steps,
});

export const repeat = (times: number, steps: Step[]): Step[] => Array.from({ length: times }, () => steps).flat();

interface Plan {
  name: string;
  cores?: number;
  memoryGi?: number;
}

/** A workload of programs, each with the times at which it is spawned. */
export function workload(plan: Plan, spawns: readonly [Program, readonly number[]][]): Workload {
  const programs = spawns.map(([each]) => each);
  const arrivals = spawns.flatMap(([, times], number) => times.map((atMs) => ({ atMs, program: number })));
  arrivals.sort((a, b) => a.atMs - b.atMs);
  return {
    name: plan.name,
    cores: plan.cores ?? 2,
    memoryBytes: (plan.memoryGi ?? 64) * 1024 * mi,
    programs,
    arrivals,
  };
}

export const times = (count: number, at: (index: number) => number): number[] =>
  Array.from({ length: count }, (_, index) => at(index));

/**
 * A bit of everything over a minute: what computes, what waits for disks and clocks, what serves messages, what
 * yields, trees that fork, what wants much memory, and people's commands in between.
 */
export function mixture(random: Random, plan: Plan & { processes: number; spanMs: number }): Workload {
  const spawns: [Program, number[]][] = [];
  const kinds = 40;
  const whenever = (count: number): number[] => {
    // Half of the kinds come as a burst.
    const burst = random.chance(0.5) ? random.between(0, plan.spanMs * 0.8) : undefined;
    return times(count, () => burst ?? random.between(0, plan.spanMs));
  };
  const base = plan.cores ?? 2;
  // About as much to compute as the cores can do in twice the span.
  const each = (plan.spanMs * base * 2) / plan.processes;
  for (let kind = 0; kind < kinds; kind += 1) {
    const count = Math.round(plan.processes / kinds);
    spawns.push([anything(random, { number: kind, computeMs: random.between(0.1, 2) * each }), whenever(count)]);
  }
  return withTrees(workload(plan, spawns), random);
}

function anything(random: Random, { number, computeMs }: { number: number; computeMs: number }): Program {
  const name: ProcessClass = random.chance(0.3) ? "foreground" : "background";
  const memoryMi = random.chance(0.05) ? random.whole(2000, 20_000) : random.whole(16, 128);
  const cores = random.chance(0.2) ? 0.5 : random.chance(0.2) ? 2 : 1;
  const kind = { label: `kind ${number}`, class: name, memoryMi, cores };
  const rounds = random.whole(2, 20);
  const piece = compute(computeMs / rounds);
  switch (random.whole(0, 4)) {
    case 0:
      return program(kind, [compute(computeMs)]);
    case 1:
      return program(kind, repeat(rounds, [sleep(random.between(1, 50)), piece]));
    case 2:
      return program(kind, repeat(rounds, [receive(random.between(1, 500)), piece]));
    case 3:
      return program(kind, repeat(rounds, [piece, yieldStep]));
    default:
      return program(kind, repeat(rounds, [piece, sleep(random.between(0, 5)), receive(random.between(0, 5))]));
  }
}

/** Some programs spawn a few of the later ones, and wait for them. */
function withTrees(flat: Workload, random: Random): Workload {
  const last = flat.programs.length - 1;
  const programs = flat.programs.map((each, number): Program => {
    if (number === last || !random.chance(0.2)) return each;
    const children = times(random.whole(1, 3), () => random.whole(Math.max(number + 1, last - 3), last));
    const spawns = children.map((child): Step => ({ do: "spawn", program: child }));
    return { ...each, steps: [...each.steps, ...spawns, { do: "wait" }, compute(1)] };
  });
  return { ...flat, programs };
}
