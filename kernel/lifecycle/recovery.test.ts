import { describe, expect, test } from "vitest";
import { millisSchema, type Pid, pidSchema } from "../abi/index.ts";
import type { ProcessEntry } from "../process/process-table.ts";
import { inOrder } from "./recovery.ts";

const pid = (number: number): Pid => pidSchema.parse(number);
const at = millisSchema.parse(1);

const entry = (own: number, parent: number, kind: ProcessEntry["kind"] = "container"): ProcessEntry => ({
  pid: pid(own),
  parent: pid(parent),
  kind,
  name: "x",
  project: null,
  runtime: null,
  image: null,
  argv: [],
  cwd: null,
  table: [],
  createdAt: at,
  startedBy: null,
  user: null,
  endpoint: null,
  class: "foreground",
  tty: null,
  state: { phase: "running", startedAt: at },
  container: null,
  usage: null,
  output: { stdoutBytes: 0, stderrBytes: 0 },
});
const root = pid(2);
const places = (known: ProcessEntry[], orphanage: () => Pid | undefined = () => root): [number, number | null][] =>
  inOrder(known, (each) => each === root, orphanage).map((each) => [each.pid, each.parent]);

describe("the order in which processes are known again", () => {
  test("is parents first, also where a child has the lower pid", () => {
    expect(places([entry(3, 9), entry(4, 3), entry(9, 2)])).toEqual([
      [9, 2],
      [3, 9],
      [4, 3],
    ]);
  });

  test("gives those whose parent is no more to the orphanage, with what is below them", () => {
    expect(places([entry(5, 7, "session"), entry(6, 5), entry(8, 6)])).toEqual([
      [6, 2],
      [8, 6],
    ]);
  });

  test("leaves out what has no place, and goes on with what it would have been the parent of", () => {
    expect(places([entry(6, 5)], () => undefined)).toEqual([]);
  });

  test("ends also where a damaged journal has two be each other's parents", () => {
    expect(
      places([entry(6, 7), entry(7, 6)])
        .map(([own]) => own)
        .toSorted((a, b) => a - b),
    ).toEqual([6, 7]);
  });
});
