import { expect, test } from "vitest";
import { runtimesTable } from "./runtime-table.ts";
import type { RuntimeResult } from "./runtimes.ts";
import { summarize } from "./statistics.ts";

const result = (name: string, warm: number): RuntimeResult => ({
  name,
  program: `hello.${name}`,
  imageBytes: 200 << 20,
  ownBytes: 50 << 20,
  warmMs: summarize([warm - 5, warm, warm + 5]),
  planMs: undefined,
  coldMs: summarize([500]),
  changedMs: undefined,
  dockerMs: summarize([1000]),
  bareMs: summarize([20]),
});

test("the table of runtimes says what is added to the bare tool, and whether that is under 30 ms", () => {
  const [, near, far, left] = runtimesTable({
    measured: [result("a", 49), result("b", 50)],
    left: [{ name: "c", why: "no image" }],
  }).split("\n");
  expect(near?.trim().replace(/ {2,}/g, " | ")).toBe(
    "a | hello.a | 20 ms | 20 ms | 49 ms | 54 ms | 29 ms | yes | 24 ms | - | 500 ms | 500 ms | 1000 ms | 1000 ms | 0.50 | - | 200 MiB | 50 MiB",
  );
  expect(far).toMatch(/ 30 ms +NO /);
  expect(left).toBe("  c was NOT measured: no image");
});

test("without a docker command there is nothing to compare with, and the table says so", () => {
  const alone = { ...result("a", 49), dockerMs: undefined, bareMs: undefined };
  const [, row] = runtimesTable({ measured: [alone], left: [] }).split("\n");
  expect(row?.trim().split(/ {2,}/).slice(2, 9)).toEqual(["-", "-", "49 ms", "54 ms", "-", "-", "-"]);
});
