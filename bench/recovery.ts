import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, Instance } from "../tests/setup/instance.ts";
import { processes, python, restartsOf, spawn, statusOf } from "../tests/system/caller.ts";
import { servicePid } from "../tests/system/host-process.ts";
import { type Summary, summarize } from "./statistics.ts";

/**
 * How long it takes from a `kill -9` of the kernel, policy or the gateway until all is there again, while processes write.
 *
 * A kernel has nobody above it who would start it again: that is done at once here, as a service manager does.
 */

const victims = ["kernel", "policy", "gateway"] as const;

export interface RecoveryResult {
  killed: (typeof victims)[number];
  processes: number;
  /** From the death to the first answer, which names every process under its pid as running (or in turn paused), with every service up. */
  milliseconds: Summary;
}

const writer = python('import time\nwhile True: print("line", time.time(), flush=True); time.sleep(0.05)');
const pollMs = 5;

export async function measureRecovery({
  rounds,
  count,
  tell,
}: {
  rounds: number;
  count: number;
  tell: (text: string) => void;
}): Promise<RecoveryResult[]> {
  const port = await freePort();
  let instance = await Instance.start({ port });
  const pids: number[] = [];

  /** All is as it was before. */
  async function whole(): Promise<boolean> {
    const [known, { services }] = await Promise.all([processes(instance), statusOf(instance)]);
    const going = known.filter(({ state: { phase } }) => phase === "running" || phase === "paused");
    const alive = new Set<number>(going.map(({ pid }) => pid));
    return pids.every((pid) => alive.has(pid)) && services.every(({ state }) => state === "up");
  }

  const kill = {
    kernel: async () => {
      const closed = once(instance.kernel, "close");
      instance.kernel.kill("SIGKILL");
      await closed;
      instance = await Instance.start({ home: instance.home, port });
    },
    policy: () => killService("policy"),
    gateway: () => killService("gateway"),
  };

  async function killService(name: "policy" | "gateway"): Promise<void> {
    const { [name]: before } = await restartsOf(instance);
    process.kill(await servicePid(instance, name), "SIGKILL");
    while ((await restartsOf(instance).catch(() => ({ [name]: before })))[name] === before) await sleep(pollMs);
  }

  try {
    tell(`starting ${count} processes that write`);
    while (pids.length < count) pids.push((await spawn(instance, { argv: writer, table: ["MEM:64Mi"] })).pid);
    const taken: Record<RecoveryResult["killed"], number[]> = { kernel: [], policy: [], gateway: [] };
    for (let round = 1; round <= rounds; round += 1)
      // A new kernel knows of no earlier death of a service, after which it would wait longer.
      for (const killed of victims) {
        tell(`kill -9 of the ${killed}, ${round} of ${rounds}`);
        while (!(await whole())) await sleep(pollMs);
        const begun = performance.now();
        await kill[killed]();
        while (!(await whole().catch(() => false))) await sleep(pollMs);
        taken[killed].push(performance.now() - begun);
      }
    return victims.map((killed) => ({ killed, processes: count, milliseconds: summarize(taken[killed]) }));
  } finally {
    await instance.remove();
  }
}
