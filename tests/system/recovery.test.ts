import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Outcome, ProcessView } from "../../kernel/abi/index.ts";
import { nightly, sayHow, seed } from "../fuzz/runs.ts";
import { freePort, Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { inspect, kill, outcomeOf, outputOf, processes, python, spawn, statusOf } from "./caller.ts";
import { childrenOf } from "./host-process.ts";

/**
 * The kernel, policy and the gateway are killed at random moments while many processes write: every process stays under
 * its pid, every outcome is its own, and no byte of output is missing or doubled.
 */

const many = 50;
const kills = nightly ? 120 : 30;

/** Writes numbered lines to both streams for a while, then ends in its own way. */
const writer = ({ seconds, end }: Plan): string => `
import os, sys, time, signal
sys.stdout.reconfigure(line_buffering=True); sys.stderr.reconfigure(line_buffering=True)
until = time.monotonic() + ${seconds}
n = 0
while time.monotonic() < until:
    print("out", n); print("err", n, file=sys.stderr)
    n += 1
    time.sleep(0.05)
print("last", n)
${"code" in end ? `sys.exit(${end.code})` : `os.kill(os.getpid(), signal.${end.signal})`}
`;

interface Plan {
  seconds: number;
  end: { code: number } | { signal: "SIGTERM" | "SIGSEGV" | "SIGABRT" };
}

const plans: fc.Arbitrary<Plan> = fc.record({
  seconds: fc.integer({ min: 1, max: nightly ? 400 : 70 }),
  end: fc.oneof(
    fc.record({ code: fc.integer({ min: 0, max: 120 }) }),
    fc.record({ signal: fc.constantFrom("SIGTERM" as const, "SIGSEGV" as const, "SIGABRT" as const) }),
  ),
});
const moves = fc.record({
  victim: fc.constantFrom(
    "kernel" as const,
    "kernel" as const,
    "kernel" as const,
    "policy" as const,
    "gateway" as const,
  ),
  afterMs: fc.integer({ min: 0, max: 2500 }),
});

describe("what a killed kernel left", () => {
  let instance: Instance;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    instance = await Instance.start({ port });
  });
  afterAll(() => instance.remove());

  async function killAndRestart(): Promise<void> {
    const closed = once(instance.kernel, "close");
    instance.kernel.kill("SIGKILL");
    await closed;
    instance = await Instance.start({ home: instance.home, port });
  }

  async function killService(name: "policy" | "gateway"): Promise<void> {
    const service = childrenOf(instance.kernel.pid ?? 0).find(({ command }) => command.includes(`${name}/main.ts`));
    if (service !== undefined) process.kill(service.pid, "SIGKILL");
  }

  test(
    `goes on through ${kills} deaths of kernel, policy and gateway, with every byte and every outcome`,
    { timeout: 1_800_000 },
    async () => {
      sayHow("recovery");
      const planned = fc.sample(plans, { seed, numRuns: many });
      const started: { plan: Plan; pid: number }[] = [];
      for (const plan of planned) {
        const { pid } = await spawn(instance, { argv: python(writer(plan)), table: ["MEM:64Mi"] });
        started.push({ plan, pid });
      }
      for (const { victim, afterMs } of fc.sample(moves, { seed, numRuns: kills })) {
        await sleep(afterMs);
        if (victim === "kernel") await killAndRestart();
        else await killService(victim);
        const known = await waitFor("the processes are listed", async () =>
          processes(instance, true).catch(() => undefined),
        );
        const pids = new Set<number>(known.map(({ pid }) => pid));
        expect(started.filter(({ pid }) => !pids.has(pid))).toEqual([]);
      }
      await waitFor("policy is back", async () =>
        (await statusOf(instance)).services.every(({ state }) => state === "up"),
      );
      for (const { plan, pid } of started) {
        const expected: Outcome =
          "code" in plan.end ? { kind: "code", code: plan.end.code } : { kind: "signal", signal: plan.end.signal };
        expect({ pid, outcome: await outcomeOf(instance, pid) }).toEqual({ pid, outcome: expected });
        const { stdout, stderr } = await outputOf(instance, pid);
        const lines = stdout.toString("utf8").trimEnd().split("\n");
        const count = Number(/^last (\d+)$/.exec(lines.at(-1) ?? "")?.[1] ?? -1);
        const numbered = (word: string): string => Array.from({ length: count }, (_, n) => `${word} ${n}\n`).join("");
        expect({ pid, text: stdout.toString("utf8") }).toEqual({ pid, text: `${numbered("out")}last ${count}\n` });
        expect({ pid, text: stderr.toString("utf8") }).toEqual({ pid, text: numbered("err") });
        const { output } = await inspect(instance, pid);
        expect(output).toEqual({ stdoutBytes: stdout.length, stderrBytes: stderr.length });
      }
    },
  );

  test(
    "takes input, signals and children as before, holds its slots and its quotas",
    { timeout: 120_000 },
    async () => {
      const cat = await spawn(instance, { argv: ["cat"], stdin: true, table: ["MEM:64Mi", "PROC_SPAWN"] });
      const late = await spawn(instance, { argv: ["sleep", "3600"], table: ["MEM:64Mi", "TIME:5s"] });
      const before = await (await instance.api(`/api/v1/processes/${cat.pid}/caps`)).json();
      await instance.api(`/api/v1/processes/${cat.pid}/stdin?end=false`, { method: "POST", body: "before\n" });
      await killAndRestart();
      const after = await (await instance.api(`/api/v1/processes/${cat.pid}/caps`)).json();
      const capabilities = (reply: unknown): unknown[] => [JSON.stringify(reply).match(/"capability":"[^"]*"/g)];
      expect(capabilities(after)).toEqual(capabilities(before));
      await instance.api(`/api/v1/processes/${cat.pid}/stdin?end=true`, { method: "POST", body: "after\n" });
      expect(await outcomeOf(instance, cat.pid)).toEqual({ kind: "code", code: 0 });
      expect((await outputOf(instance, cat.pid)).stdout.toString("utf8")).toBe("before\nafter\n");
      expect(await outcomeOf(instance, late.pid)).toEqual({ kind: "timeout", limitMs: 5000 });
    },
  );

  test("ended for the reason that the dead kernel had for ending it", { timeout: 120_000 }, async () => {
    const victim: ProcessView = await spawn(instance, { argv: ["sleep", "3600"], table: ["MEM:64Mi"] });
    const killed = kill(instance, victim.pid).catch(() => undefined);
    await killAndRestart();
    await killed;
    const entry = await inspect(instance, victim.pid);
    // The kernel may have died before it was asked.
    if (entry.state.phase === "running") await kill(instance, victim.pid);
    expect(await outcomeOf(instance, victim.pid)).toMatchObject({ kind: "killed", signal: "SIGKILL" });
  });
});
