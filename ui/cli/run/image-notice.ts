import { setTimeout as sleep } from "node:timers/promises";
import { syscalls } from "../../../kernel/abi/index.ts";
import type { Cli } from "../cli.ts";
import { printable } from "../format/printable.ts";

/**
 * Tells on stderr what the build of a runtime's image does while a call waits for it.
 *
 * The first line comes after a second, for most images are there. What goes wrong here is told by whoever makes the call.
 */

const everyMs = 1000;

async function follow(cli: Cli, runtime: string | null, signal: AbortSignal): Promise<void> {
  let told: string | undefined;
  for (;;) {
    await sleep(everyMs, undefined, { signal });
    const request = { method: "GET", path: "/runtimes", signal } as const;
    const { runtimes } = await cli.client.call(request, syscalls.runtime_list.response);
    const one = runtimes.find(({ name, state }) => (runtime === null ? state === "building" : name === runtime));
    const now = one?.progress ?? undefined;
    if (one !== undefined && now !== undefined && now !== told)
      await cli.stderr.write(`superos: image of ${one.name}: ${printable(now)}\n`);
    told = now;
  }
}

/** Makes a call that may wait for the image of a runtime, which is not known before where it is `null`. */
export async function whileBuilding<T>(cli: Cli, runtime: string | null, call: () => Promise<T>): Promise<T> {
  const ended = new AbortController();
  const notice = follow(cli, runtime, ended.signal).catch(() => undefined);
  try {
    return await call();
  } finally {
    ended.abort();
    await notice;
  }
}
