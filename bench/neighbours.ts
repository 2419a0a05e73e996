import type { Instance } from "../tests/setup/instance.ts";
import { Neighbours, rightDigest } from "../tests/kernel/faults-neighbours.ts";
import { python, run } from "../tests/system/caller.ts";
import { median, quantile } from "./statistics.ts";

/**
 * What ten processes that do timed work notice of one that fails beside them again and again.
 *
 * Each step of their work is the same and is timed by themselves; quiet times and those with a failing neighbour take
 * turns in one run. What fails takes CPU time as any process does, so the box that does the same without failing is
 * what to compare with.
 */

const neighbourCount = 10;
const secondsPerPhase = 4;
const table = ["MEM:64Mi", "PIDS:32", "CPU:1"];

interface Trouble {
  name: string;
  argv: readonly string[];
  table?: readonly string[];
}

const troubles: readonly Trouble[] = [
  { name: "a box that ends well", argv: python("x = bytearray(40 << 20)") },
  { name: "runs out of memory", argv: python("x = bytearray(200 << 20)") },
  { name: "segmentation fault", argv: python("import ctypes; ctypes.string_at(0)") },
  { name: "stack overflow", argv: ["bash", "-c", "ulimit -s 1024; f() { f; }; f"] },
  {
    name: "forks without end",
    argv: python("import os\nwhile True:\n  try: os.fork()\n  except OSError: pass"),
    table: ["TIME:2s"],
  },
];

/** Of the steps of all neighbours, in microseconds. */
interface Steps {
  steps: number;
  median: number;
  p99: number;
  longest: number;
}

export interface NeighbourResult {
  name: string;
  /** How many boxes failed so meanwhile. */
  boxes: number;
  beside: Steps;
  /** The same neighbours with nothing beside them. */
  quiet: Steps;
}

const stepsOf = (values: readonly number[]): Steps => ({
  steps: values.length,
  median: median(values),
  p99: quantile(values, 0.99),
  longest: quantile(values, 1),
});

export async function measureNeighbours(
  instance: Instance,
  { rounds, tell }: { rounds: number; tell: (text: string) => void },
): Promise<NeighbourResult[]> {
  const neighbours = await Neighbours.start(instance, neighbourCount);
  const boxes = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    tell(`neighbours: round ${round + 1} of ${rounds}`);
    for (const { name, argv, table: more = [] } of troubles) {
      await neighbours.phase("quiet");
      await new Promise((resolve) => setTimeout(resolve, secondsPerPhase * 1000));
      await neighbours.phase(name);
      const end = performance.now() + secondsPerPhase * 1000;
      let count = 0;
      for (; performance.now() < end; count += 1) await run(instance, { argv, table: [...table, ...more] });
      boxes.set(name, (boxes.get(name) ?? 0) + count);
    }
  }
  const told = await neighbours.finish();
  for (const { digests } of told)
    if (digests.length !== 1 || digests[0] !== rightDigest) throw new Error("a neighbour got a wrong result");
  const steps = (phase: string): Steps => stepsOf(told.flatMap(({ phases }) => phases[phase] ?? []));
  const quiet = steps("quiet");
  return troubles.map(({ name }) => ({ name, boxes: boxes.get(name) ?? 0, beside: steps(name), quiet }));
}
