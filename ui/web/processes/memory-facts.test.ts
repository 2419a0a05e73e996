import { expect, test } from "vitest";
import { slotViewSchema, usageSchema } from "../../../kernel/abi/index.ts";
import { sampleProcess } from "../parts/sample-process.ts";
import { faultsText, memoryLimitOf, oomText, throttledText } from "./memory-facts.ts";

const usage = (said: Record<string, unknown> = {}) =>
  usageSchema.parse({ cpuMs: 1, memoryBytes: 1, memoryPeakBytes: 1, at: 1, ...said });
const slot = (capability: string, left: string | null) =>
  slotViewSchema.parse({ slot: 1, holder: 7, capability, from: null, delegable: true, left, derived: 0 });

test("the limit is what is left of MEM, and after the end what it was started with", () => {
  const process = sampleProcess({ pid: 7, table: ["FS_READ:/project", "MEM:256Mi"] });
  expect(memoryLimitOf(process, [slot("PROC_SIGNAL", null), slot("MEM:256Mi", "MEM:64Mi")])).toBe(64 << 20);
  expect(memoryLimitOf(process, undefined)).toBe(256 << 20);
  expect(memoryLimitOf(sampleProcess({ pid: 7 }), [])).toBeNull();
});

test("what the host does not tell is nothing, and not zero", () => {
  expect([faultsText(usage()), oomText(usage())]).toEqual([null, null]);
  const told = usage({ pageFaults: 1200, majorFaults: 1, oomKills: 0 });
  expect([faultsText(told), oomText(told)]).toEqual(["1,200 page faults, 1 of them read from disk", "none"]);
});

test("throttling is told as how often and how long", () => {
  expect(throttledText(usage())).toBe("never");
  expect(throttledText(usage({ throttled: 3, throttledMs: 1500 }))).toBe("3 times, for 1.5 s in all");
});
