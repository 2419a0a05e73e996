import type { Instance } from "../setup/instance.ts";
import { restartsOf, run } from "../system/caller.ts";
import { servicePid } from "../system/host-process.ts";

/** What no request may change: who serves, how often anybody was started again, and that people are served. */

export type Health = Record<string, unknown>;

export async function healthOf(instance: Instance): Promise<Health> {
  const names = ["policy", "gateway", "egress"] as const;
  const pids = await Promise.all(names.map(async (name) => [name, await servicePid(instance, name)]));
  return {
    kernel: [instance.kernel.pid, instance.kernel.exitCode, instance.kernel.signalCode],
    services: Object.fromEntries(pids),
    restarts: await restartsOf(instance),
    defects: instance.log
      .split("\n")
      .filter((line) => /a syscall failed|a request failed|unhandled|uncaught/i.test(line)),
  };
}

/** The same, once a program has run. */
export async function healthAfterRun(instance: Instance): Promise<Health> {
  const { stdout } = await run(instance, { argv: ["echo", "served"], table: ["MEM:32Mi"] });
  return stdout === "served\n" ? healthOf(instance) : { stdout };
}
