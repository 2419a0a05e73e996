import { describe, expect, test } from "vitest";
import { Fault, pidSchema, type Pid, type TerminalSize } from "../../../kernel/abi/index.ts";
import { LatestSize } from "./latest-size.ts";

const pid = pidSchema.parse(7);
const rows = (count: number): TerminalSize => ({ rows: count, columns: 80 });

/** Sizes that are set when the test says so. */
function byHand() {
  const asked: { pid: Pid; rows: number; done: PromiseWithResolvers<void> }[] = [];
  const sizes = new LatestSize((of, size) => {
    const done = Promise.withResolvers<void>();
    asked.push({ pid: of, rows: size.rows, done });
    return done.promise;
  });
  return { asked, sizes };
}

describe("the size of a terminal", () => {
  test("is the first and then the last of those that come at once", async () => {
    const { asked, sizes } = byHand();
    const all = [1, 2, 3, 4].map((count) => sizes.set(pid, rows(count)));
    expect(asked.map((each) => each.rows)).toEqual([1]);
    asked[0]?.done.resolve();
    await all[0];
    expect(asked.map((each) => each.rows)).toEqual([1, 4]);
    asked[1]?.done.resolve();
    await Promise.all(all);
    expect(asked).toHaveLength(2);
  });

  test("that was refused is refused to those that it stands for, and holds up no other", async () => {
    const { asked, sizes } = byHand();
    const first = sizes.set(pid, rows(1));
    const others = Promise.allSettled([sizes.set(pid, rows(2)), sizes.set(pid, rows(3))]);
    asked[0]?.done.reject(new Fault("unavailable", "away"));
    await expect(first).rejects.toThrow("away");
    asked[1]?.done.reject(new Fault("bad_state", "over"));
    expect((await others).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const later = sizes.set(pid, rows(5));
    asked[2]?.done.resolve();
    await later;
    expect(asked.map((each) => each.rows)).toEqual([1, 3, 5]);
  });

  test("of one terminal waits for no other's, of which there are not endlessly many", async () => {
    const { asked, sizes } = byHand();
    for (let each = 1; each <= 32; each += 1) void sizes.set(pidSchema.parse(each), rows(each));
    expect(asked).toHaveLength(32);
    await expect(sizes.set(pidSchema.parse(33), rows(1))).rejects.toMatchObject({ code: "exhausted" });
  });
});
