import { expect, test } from "vitest";
import { pidSchema, slotViewSchema } from "../../../kernel/abi/index.ts";
import { sampleProcess } from "../parts/sample-process.ts";
import { inReadingOrder, leftOf, lossesOf, nameOf } from "./slot-facts.ts";

const slot = (number: number, capability: string, more: Readonly<Record<string, unknown>> = {}) =>
  slotViewSchema.parse({
    slot: number,
    holder: 5,
    capability,
    from: null,
    delegable: true,
    left: null,
    derived: 0,
    ...more,
  });
const pid = (number: number) => pidSchema.parse(number);

test("rights come before limits, each in the order in which they were given", () => {
  const slots = [slot(1, "MEM:1Gi"), slot(4, "FS_READ:/project"), slot(3, "CPU:1"), slot(2, "PROC_SPAWN")];
  expect(inReadingOrder(slots).map((one) => one.slot)).toEqual([2, 4, 1, 3]);
});

test("what is left of a quota is said beside what it was, and of a right nothing", () => {
  expect(leftOf(slot(1, "MEM:1Gi", { left: "MEM:512Mi" }))).toBe("512Mi of 1Gi");
  expect(leftOf(slot(1, "PROC_SPAWN"))).toBeNull();
});

test("a process is named by what it is", () => {
  const project = { id: "abcdefgh23", name: "shop" };
  const processes = new Map(
    [
      sampleProcess({ pid: 2, kind: "root", project }),
      sampleProcess({ pid: 3, kind: "session", user: "mia" }),
      sampleProcess({ pid: 5, argv: ["python3", "a b.py"] }),
    ].map((process) => [process.pid, process]),
  );
  expect([2, 3, 5, 9].map((number) => nameOf(pid(number), processes))).toEqual([
    "project shop",
    "session of mia",
    "process 5: python3 a b.py",
    "process 9",
  ]);
});

test("a revocation is told holder by holder, the one that it was asked of first", () => {
  const slots = [
    slot(9, "FS_WRITE:/project/a", { holder: 4 }),
    slot(8, "FS_WRITE:/project", { holder: 7 }),
    slot(7, "FS_WRITE:/project"),
    slot(6, "FS_READ:/project"),
  ];
  expect(lossesOf({ slots, ends: [pid(4)] }, pid(5))).toEqual([
    { holder: 5, capabilities: ["FS_READ:/project", "FS_WRITE:/project"], ends: false },
    { holder: 4, capabilities: ["FS_WRITE:/project/a"], ends: true },
    { holder: 7, capabilities: ["FS_WRITE:/project"], ends: false },
  ]);
});

test("a process that ends is told even when it loses no slot by name", () => {
  expect(lossesOf({ slots: [slot(7, "PROC_SPAWN")], ends: [pid(11)] }, pid(5))).toContainEqual({
    holder: 11,
    capabilities: [],
    ends: true,
  });
});
