import { describe, expect, test } from "vitest";
import { outcomeSchema, pidSchema, signalNames, signalNumbers } from "../abi/index.ts";
import { type Ending, outcomeOf } from "./outcome.ts";

const by = pidSchema.parse(42);
const quiet: Omit<Ending, "exitCode"> = {
  oomKilled: false,
  sent: undefined,
  timedOutAfterMs: undefined,
  endedFor: undefined,
  engineLost: false,
};
const revoked = { kind: "revoked", capability: "FS_READ:/project" } as const;
const overQuota = { kind: "quota", quota: "DISK:1Gi" } as const;
const sigkill = 137;
const sigterm = 143;

describe("the outcome of a container", () => {
  test("is the program's own exit code where nothing else happened", () => {
    for (const exitCode of [0, 1, 7, 125, 126, 127, 128, 200, 255]) {
      expect(outcomeOf({ ...quiet, exitCode })).toEqual({ kind: "code", code: exitCode });
    }
  });

  test("is the signal for a status above 128 that names one", () => {
    for (const signal of signalNames) {
      expect(outcomeOf({ ...quiet, exitCode: 128 + signalNumbers[signal] })).toEqual({ kind: "signal", signal });
    }
  });

  test("is killed, and by whom, when the signal that was sent is the one it died of", () => {
    expect(outcomeOf({ ...quiet, exitCode: sigkill, sent: { by, signal: "SIGKILL" } })).toEqual({
      kind: "killed",
      by,
      signal: "SIGKILL",
    });
    expect(outcomeOf({ ...quiet, exitCode: sigterm, sent: { by, signal: "SIGTERM" } })).toEqual({
      kind: "killed",
      by,
      signal: "SIGTERM",
    });
  });

  test("is the program's own when it handled the signal that was sent", () => {
    expect(outcomeOf({ ...quiet, exitCode: 0, sent: { by, signal: "SIGTERM" } })).toEqual({ kind: "code", code: 0 });
    expect(outcomeOf({ ...quiet, exitCode: 139, sent: { by, signal: "SIGTERM" } })).toEqual({
      kind: "signal",
      signal: "SIGSEGV",
    });
  });

  test("is out of memory when the kernel of the host killed it", () => {
    expect(outcomeOf({ ...quiet, exitCode: sigkill, oomKilled: true })).toEqual({ kind: "oom" });
  });

  test("is the program's own when it outlived a child that ran out of memory", () => {
    expect(outcomeOf({ ...quiet, exitCode: 3, oomKilled: true })).toEqual({ kind: "code", code: 3 });
  });

  test("is a timeout when its time ran out, also where somebody killed it at the same moment", () => {
    const timeout = { kind: "timeout", limitMs: 1500 };
    expect(outcomeOf({ ...quiet, exitCode: sigkill, timedOutAfterMs: 1500 })).toEqual(timeout);
    expect(outcomeOf({ ...quiet, exitCode: sigkill, timedOutAfterMs: 1500, sent: { by, signal: "SIGKILL" } })).toEqual(
      timeout,
    );
  });

  test("is the program's own when it ended by itself just before its time was up", () => {
    expect(outcomeOf({ ...quiet, exitCode: 0, timedOutAfterMs: 1500 })).toEqual({ kind: "code", code: 0 });
  });

  test("is a fault when the engine went away and the status may be its doing", () => {
    for (const exitCode of [sigkill, sigterm, 255]) {
      expect(outcomeOf({ ...quiet, exitCode, engineLost: true })).toMatchObject({ kind: "fault", code: "unavailable" });
    }
  });

  test("is what the program did when the engine went away and it ended by itself", () => {
    for (const exitCode of [0, 1, 77])
      expect(outcomeOf({ ...quiet, exitCode, engineLost: true })).toEqual({ kind: "code", code: exitCode });
  });

  test("is what was revoked or passed, when the kernel ended it for that, and not when it ended by itself before", () => {
    for (const endedFor of [revoked, overQuota]) {
      expect(outcomeOf({ ...quiet, exitCode: sigkill, endedFor })).toEqual(endedFor);
      expect(outcomeOf({ ...quiet, exitCode: sigkill, endedFor, sent: { by, signal: "SIGKILL" } })).toEqual(endedFor);
      expect(outcomeOf({ ...quiet, exitCode: 3, endedFor })).toEqual({ kind: "code", code: 3 });
    }
  });

  test("is exactly one, and a valid one, for every status and every circumstance", () => {
    const yesNo = [true, false];
    for (let exitCode = 0; exitCode <= 255; exitCode += 1) {
      for (const oomKilled of yesNo) {
        for (const engineLost of yesNo) {
          for (const timedOutAfterMs of [undefined, 10]) {
            for (const signal of [undefined, "SIGKILL", "SIGINT"] as const) {
              const sent = signal === undefined ? undefined : { by, signal };
              for (const endedFor of [undefined, revoked, overQuota]) {
                const outcome = outcomeOf({ exitCode, oomKilled, engineLost, timedOutAfterMs, sent, endedFor });
                expect(outcomeSchema.safeParse(outcome).success).toBe(true);
              }
            }
          }
        }
      }
    }
  });

  test("is the program's word for a status that names no signal, whatever else happened", () => {
    const everything = {
      oomKilled: true,
      engineLost: true,
      timedOutAfterMs: 10,
      sent: { by, signal: "SIGKILL" },
      endedFor: revoked,
    } as const;
    for (let exitCode = 0; exitCode < 128; exitCode += 1) {
      expect(outcomeOf({ ...everything, exitCode })).toEqual({ kind: "code", code: exitCode });
    }
  });
});
