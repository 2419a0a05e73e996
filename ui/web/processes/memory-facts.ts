import { parseCapability } from "../../../kernel/abi/index.ts";
import type { ProcessView, SlotView, Usage } from "../../../kernel/abi/index.ts";
import { counted, readableCount, readableMs } from "../parts/format-amount.ts";

/** What a process uses, in words; what this host does not tell is left out and never a zero. Pure. */

function memoryOf(text: string): number | undefined {
  const capability = parseCapability(text);
  return capability.kind === "MEM" ? capability.amount : undefined;
}

/** What its container may use: of its MEM what it has not handed on, or once it has ended what it was started with. */
export function memoryLimitOf(process: ProcessView, slots: readonly SlotView[] | undefined): number | null {
  const left = (slots ?? []).flatMap((slot) => memoryOf(slot.left ?? slot.capability) ?? []);
  const amounts = left.length > 0 ? left : process.table.flatMap((text) => memoryOf(text) ?? []);
  return amounts.length === 0 ? null : Math.min(...amounts);
}

export function faultsText({ pageFaults, majorFaults }: Usage): string | null {
  if (pageFaults === null) return null;
  const disk = majorFaults === null ? "" : `, ${readableCount(majorFaults)} of them read from disk`;
  return `${counted(pageFaults, "page fault")}${disk}`;
}

export function throttledText({ throttled, throttledMs }: Usage): string {
  return throttled === 0 ? "never" : `${counted(throttled, "time")}, for ${readableMs(throttledMs)} in all`;
}

export function oomText({ oomKills }: Usage): string | null {
  return oomKills === null ? null : oomKills === 0 ? "none" : counted(oomKills, "kill");
}
