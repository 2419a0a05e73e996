import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits for what another process does, by asking again and again until a generous limit.
 *
 * The answer is whatever the question first gives that is neither `undefined` nor `false`. When the time is over it
 * throws, saying what was awaited and what last went wrong.
 */

const pollMs = 50;

export async function waitFor<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 60_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  while (Date.now() < end) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await sleep(pollMs);
  }
  throw new Error(`waited ${timeoutMs} ms in vain: ${what}`, { cause: last });
}
