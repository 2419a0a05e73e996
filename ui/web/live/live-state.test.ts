import { expect, test } from "vitest";
import { eventSchema } from "../../../kernel/abi/index.ts";
import type { KernelEvent } from "../../../kernel/abi/index.ts";
import { sampleProcess } from "../parts/sample-process.ts";
import { LiveState } from "./live-state.ts";

const process = (pid: number, code?: number): KernelEvent => ({
  type: "process",
  process: sampleProcess({
    pid,
    ...(code === undefined ? {} : { state: { phase: "exited", endedAt: 2, outcome: { kind: "code", code } } }),
  }),
});
const status: KernelEvent = eventSchema.parse({
  type: "status",
  status: {
    instance: "i",
    version: "1",
    generation: 1,
    startedAt: 1,
    engine: { state: "up", version: "", apiVersion: "" },
    services: [],
    processes: { running: 0, total: 0 },
    pool: { ready: 0, shapes: 0, hits: 0, misses: 0 },
    machine: { cores: 1, memoryBytes: 1 },
    controls: [],
  },
});
const pids = (state: LiveState): number[] => [...state.snapshot().processes.keys()];

test("the state is complete when the status has followed the processes", () => {
  const state = new LiveState();
  state.connected();
  state.apply(process(1));
  expect(state.snapshot().complete).toBe(false);
  state.apply(status);
  expect(state.snapshot().complete).toBe(true);
});

test("a later event of a process replaces the earlier one, and a reaped one is gone", () => {
  const state = new LiveState();
  state.apply(process(1));
  state.apply(process(1, 3));
  expect([...state.snapshot().processes.values()].map((view) => view.state.phase)).toEqual(["exited"]);
  state.apply(eventSchema.parse({ type: "reaped", pid: 1 }));
  expect(pids(state)).toEqual([]);
});

test("what a new connection does not repeat is dropped, and stays visible until then", () => {
  const state = new LiveState();
  state.connected();
  for (const event of [process(1), process(2), status]) state.apply(event);
  state.connected();
  expect(pids(state)).toEqual([1, 2]);
  for (const event of [process(2), status]) state.apply(event);
  expect(pids(state)).toEqual([2]);
});

test("a snapshot does not change after it was taken", () => {
  const state = new LiveState();
  state.apply(process(1));
  const before = state.snapshot();
  state.apply(process(2));
  expect(before.processes.size).toBe(1);
});
