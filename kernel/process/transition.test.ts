import { describe, expect, test } from "vitest";
import { type Millis, millisSchema, type Outcome, type Phase, type ProcessState } from "../abi/index.ts";
import { isLive, type ProcessEvent, transition } from "./transition.ts";

const at = (ms: number): Millis => millisSchema.parse(ms);
const outcome: Outcome = { kind: "code", code: 7 };

const states: { [P in Phase]: Extract<ProcessState, { phase: P }> } = {
  embryo: { phase: "embryo", since: at(1) },
  ready: { phase: "ready", since: at(2) },
  running: { phase: "running", startedAt: at(3) },
  paused: { phase: "paused", startedAt: at(3), since: at(4) },
  exiting: { phase: "exiting", startedAt: at(3), since: at(5) },
  exited: { phase: "exited", startedAt: at(3), endedAt: at(6), outcome },
  reaped: { phase: "reaped", endedAt: at(6), outcome },
};

const events: { [T in ProcessEvent["type"]]: Extract<ProcessEvent, { type: T }> } = {
  queued: { type: "queued", at: at(10), reason: "no room" },
  gate_ready: { type: "gate_ready", at: at(10) },
  launched: { type: "launched", at: at(10) },
  paused: { type: "paused", at: at(10) },
  resumed: { type: "resumed" },
  ending: { type: "ending", at: at(10) },
  ended: { type: "ended", at: at(10), outcome: { kind: "oom" } },
  reaped: { type: "reaped" },
};

/** The whole table: the phase that follows; what is not here is refused. */
const table: Record<Phase, Partial<Record<ProcessEvent["type"], Phase>>> = {
  embryo: { queued: "ready", gate_ready: "ready", ending: "exiting", ended: "exited" },
  ready: { queued: "ready", launched: "running", ending: "exiting", ended: "exited" },
  running: { paused: "paused", ending: "exiting", ended: "exited" },
  paused: { resumed: "running", ending: "exiting", ended: "exited" },
  exiting: { ended: "exited" },
  exited: { reaped: "reaped" },
  reaped: {},
};

const pairs = Object.values(states).flatMap((state) => Object.values(events).map((event) => ({ state, event })));

describe("the life of a process", () => {
  test.each(pairs)("$state.phase and $event.type", ({ state, event }) => {
    const before = structuredClone(state);
    const result = transition(state, event);
    const refusal = `a process that is ${state.phase} cannot be ${event.type}`;
    expect(result.ok ? result.state.phase : result.reason).toBe(table[state.phase][event.type] ?? refusal);
    expect(state).toEqual(before);
  });

  test("ends once: a second outcome is refused and the first one stays", () => {
    const ended = transition(states.running, events.ended);
    expect(ended).toEqual({
      ok: true,
      state: { phase: "exited", startedAt: 3, endedAt: 10, outcome: { kind: "oom" } },
    });
    if (!ended.ok) throw new Error(ended.reason);
    expect(transition(ended.state, { type: "ended", at: at(11), outcome }).ok).toBe(false);
    const reaped = transition(ended.state, events.reaped);
    expect(reaped).toEqual({ ok: true, state: { phase: "reaped", endedAt: 10, outcome: { kind: "oom" } } });
  });

  test("keeps the time at which the program started through pausing and ending, and makes none up", () => {
    const through = (first: ProcessState, ...steps: readonly ProcessEvent[]): ProcessState =>
      steps.reduce((state, event) => {
        const result = transition(state, event);
        if (!result.ok) throw new Error(result.reason);
        return result.state;
      }, first);
    expect(through(states.running, events.paused, events.resumed, events.ending, events.ended)).toMatchObject({
      startedAt: 3,
    });
    expect(through(states.embryo, events.ending, events.ended)).not.toHaveProperty("startedAt");
    expect(through(states.ready, events.ended)).not.toHaveProperty("startedAt");
  });

  test("holds a container until it is exited", () => {
    const live = Object.values(states)
      .filter(isLive)
      .map(({ phase }) => phase);
    expect(live).toEqual(["embryo", "ready", "running", "paused", "exiting"]);
  });
});
