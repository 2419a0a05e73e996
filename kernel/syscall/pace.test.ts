import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

const here = new AbortController().signal;

/** How many of `calls` go on without anything else happening. */
async function goOn(pace: Pace, calls: number): Promise<number> {
  let entered = 0;
  for (let call = 0; call < calls; call += 1) void pace.enter(here).then(() => (entered += 1));
  await new Promise((resolve) => setImmediate(resolve));
  return entered;
}

test("of many calls at once 64 run, and each that ends lets the next one go on", async () => {
  const pace = new Pace(() => 0);
  expect(await goOn(pace, 100)).toBe(64);
  for (let call = 0; call < 10; call += 1) pace.leave();
  expect(await goOn(pace, 0)).toBe(0);
});

test("calls that leave rows wait once the burst is used up, until time has passed", async () => {
  let now = 0;
  const pace = new Pace(() => now);
  for (let row = 0; row < 200; row += 1) {
    await pace.enter(here);
    pace.row();
    pace.leave();
  }
  const next = pace.enter(here);
  expect(
    await Promise.race([next.then(() => "went on"), new Promise((resolve) => setImmediate(() => resolve("waits")))]),
  ).toBe("waits");
  now = 1000;
  await next;
  pace.leave();
});

test("a call whose caller has gone does not wait for its turn to be told so", async () => {
  const pace = new Pace(() => 0);
  for (let row = 0; row < 200; row += 1) pace.row();
  await pace.enter(AbortSignal.abort());
  expect(await goOn(pace, 0)).toBe(0);
});
