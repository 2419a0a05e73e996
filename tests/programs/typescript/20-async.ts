// A pool that runs two tasks at a time: results in order, failures told apart from values by their type.
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

type Result<T> = { ok: true; value: T } | { ok: false; error: Error };

async function pool<T>(tasks: readonly (() => Promise<T>)[], width: number): Promise<Result<T>[]> {
  const results: Result<T>[] = [];
  const queue = tasks.entries();
  async function take(): Promise<void> {
    for (const [index, task] of queue)
      results[index] = await task().then(
        (value): Result<T> => ({ ok: true, value }),
        (error: unknown): Result<T> => ({
          ok: false,
          error: error instanceof Error ? error : new Error(String(error)),
        }),
      );
  }
  await Promise.all(Array.from({ length: width }, take));
  return results;
}

let running = 0;
let most = 0;
const lengths = (await text(process.stdin)).trim().split("\n").map(Number);
const tasks = lengths.map((length) => async () => {
  most = Math.max(most, ++running);
  await sleep(length * 30);
  running -= 1;
  if (length === 2) throw new Error("two is refused");
  return length * 10;
});
for (const result of await pool(tasks, 2)) console.log(result.ok ? result.value : result.error.message);
console.log("at most", most);
