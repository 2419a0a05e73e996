import { setTimeout as sleep } from "node:timers/promises";
import { type Pid, processViewSchema } from "../../../kernel/abi/index.ts";
import type { Cli } from "../cli.ts";
import { showAge } from "../format/amounts.ts";
import { printable } from "../format/printable.ts";
import { route } from "../http/client.ts";

/**
 * Tells on stderr why a process has not started yet, and that it has.
 *
 * The first line comes after a second, for most start before; then each new reason, and the same one every half minute.
 * What goes wrong here is told by whoever copies the output.
 */

const everyMs = 1000;
const repeatMs = 30_000;

async function follow(cli: Cli, pid: Pid, signal: AbortSignal): Promise<void> {
  let told: { reason: string; at: number } | undefined;
  for (;;) {
    await sleep(everyMs, undefined, { signal });
    const request = { method: "GET", path: route("processes", pid), signal } as const;
    const { state } = await cli.client.call(request, processViewSchema);
    const now = Date.now();
    if (state.phase !== "ready") {
      const started = "startedAt" in state && state.startedAt !== undefined;
      if (told !== undefined && started) await cli.stderr.write(`superos: process ${pid} has started\n`);
      return;
    }
    const reason = state.reason ?? "it is not its turn yet";
    if (told?.reason === reason && now - told.at < repeatMs) continue;
    told = { reason, at: now };
    const waited = showAge(now - state.since, 2);
    await cli.stderr.write(`superos: process ${pid} has not started after ${waited}: ${printable(reason)}\n`);
  }
}

export async function tellWait(cli: Cli, pid: Pid, signal: AbortSignal): Promise<void> {
  await follow(cli, pid, signal).catch(() => undefined);
}
