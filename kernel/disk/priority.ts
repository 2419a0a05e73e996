import { execFileSync } from "node:child_process";
import { existsSync, readlinkSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";

/**
 * Puts the calling thread before everything else on the machine.
 *
 * In real time (sched(7), SCHED_FIFO) it gets a processor at once, however many compute; otherwise it waits its turn,
 * with a priority that only shortens the wait.
 */

const highestPriority = -20;
const autogroup = "/proc/self/autogroup";
const toolMs = 10_000;

/** Returns why there is no real time, or `undefined` where there is. */
export function takePriority(): string | undefined {
  try {
    const thread = readlinkSync("/proc/thread-self").split("/").at(-1) ?? "";
    // Node.js cannot ask Linux for it. What the thread starts does not inherit it.
    const args = ["--fifo", "--reset-on-fork", "--pid", "1", thread];
    execFileSync("chrt", args, { stdio: ["ignore", "ignore", "pipe"], timeout: toolMs });
    return undefined;
  } catch (error) {
    tryNice();
    return error instanceof Error ? error.message.trim() : String(error);
  }
}

function tryNice(): void {
  try {
    // Of the calling thread alone (setpriority(2), "C library/kernel differences").
    setPriority(0, highestPriority);
    // Among sessions, and between them and containers, only the session's own priority counts (sched(7), "autogroup").
    if (existsSync(autogroup)) writeFileSync(autogroup, String(highestPriority));
  } catch {
    // Only root may.
  }
}
