import { admit } from "../../admission/admit.ts";
import { schedule } from "../schedule.ts";
import type { Report } from "./report.ts";
import type { SimulationOptions } from "./options.ts";
import { Simulation } from "./simulation.ts";
import type { Workload } from "./workload.ts";

/** Runs a workload on a simulated machine, under this policy unless another one is handed in. */

const defaults: SimulationOptions = {
  schedule: (request) => schedule(request),
  admit: (request) => admit(request),
  leastGapMs: 20,
  decisionMs: 3,
  warmMs: 5,
  coldMs: 300,
  tickMs: 4,
  outages: [],
  sampleAt: [],
  untilMs: 3_600_000,
  otherThreads: 0,
  systemBytes: 0,
  clock: () => 0,
};

export function simulate(workload: Workload, options: Partial<SimulationOptions> = {}): Report {
  return new Simulation(workload, { ...defaults, ...options }).run();
}
