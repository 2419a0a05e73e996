import {
  type ProcessView,
  type SlotView,
  type Thread,
  type Usage,
  parseCapability,
} from "../../../kernel/abi/index.ts";
import { count, showBytes, showCpu } from "./amounts.ts";
import type { Column } from "./table.ts";

/** What a process uses of the machine, as fields and as rows of `stats` and `threads`. Pure. */

/** What this host's cgroups do not tell is no zero. */
const told = (value: number | null): string => (value === null ? "-" : String(value));

const quantityOf = (text: string, kind: "MEM"): number | undefined => {
  const capability = parseCapability(text);
  return capability.kind === kind ? capability.amount : undefined;
};

/** What its container may use of memory: of its MEM what it has not handed on. */
export function memoryLimitOf(view: ProcessView, slots: readonly SlotView[] = []): number | undefined {
  const left = slots.flatMap((slot) => quantityOf(slot.left ?? slot.capability, "MEM") ?? []);
  const amounts = left.length > 0 ? left : view.table.flatMap((text) => quantityOf(text, "MEM") ?? []);
  return amounts.length === 0 ? undefined : Math.min(...amounts);
}

const faultsOf = ({ pageFaults, majorFaults }: Usage): string =>
  pageFaults === null
    ? "-"
    : count(pageFaults, "page fault") + (majorFaults === null ? "" : `, ${majorFaults} of them from disk`);

export function usageFields(usage: Usage, memoryLimit: number | undefined): (readonly [string, string])[] {
  const ofLimit = memoryLimit === undefined ? "" : ` of ${showBytes(memoryLimit)}`;
  return [
    ["cpu", showCpu(usage.cpuMs)],
    ["throttled", usage.throttled === 0 ? "never" : `${usage.throttled} times, for ${showCpu(usage.throttledMs)}`],
    ["memory", `${showBytes(usage.memoryBytes)}${ofLimit}`],
    ["peak", showBytes(usage.memoryPeakBytes)],
    ["working set", showBytes(usage.workingSetBytes)],
    ["faults", faultsOf(usage)],
    ["oom kills", told(usage.oomKills)],
  ];
}

export interface StatsRow {
  view: ProcessView;
  usage: Usage;
  memoryLimit: number | undefined;
}

const percentOf = ({ usage, memoryLimit }: StatsRow): string =>
  memoryLimit === undefined ? "-" : `${Math.round((usage.memoryBytes / memoryLimit) * 100)}%`;

export const statsColumns = (commandOf: (view: ProcessView) => string): readonly Column<StatsRow>[] => [
  { title: "PID", of: ({ view }) => String(view.pid), right: true },
  { title: "CPU", of: ({ usage }) => showCpu(usage.cpuMs), right: true },
  { title: "THROTTLED", of: ({ usage }) => showCpu(usage.throttledMs), right: true },
  { title: "MEM", of: ({ usage }) => showBytes(usage.memoryBytes), right: true },
  {
    title: "LIMIT",
    of: ({ memoryLimit }) => (memoryLimit === undefined ? "-" : showBytes(memoryLimit)),
    right: true,
  },
  { title: "MEM%", of: percentOf, right: true },
  { title: "PEAK", of: ({ usage }) => showBytes(usage.memoryPeakBytes), right: true },
  { title: "WSET", of: ({ usage }) => showBytes(usage.workingSetBytes), right: true },
  { title: "FAULTS", of: ({ usage }) => told(usage.pageFaults), right: true },
  { title: "MAJOR", of: ({ usage }) => told(usage.majorFaults), right: true },
  { title: "OOM", of: ({ usage }) => told(usage.oomKills), right: true },
  { title: "COMMAND", of: ({ view }) => commandOf(view) },
];

export const threadColumns: readonly Column<Thread>[] = [
  { title: "TID", of: ({ tid }) => String(tid), right: true },
  { title: "PROCESS", of: ({ process }) => String(process), right: true },
  { title: "STATE", of: ({ state }) => state },
  { title: "CPU", of: ({ cpuMs }) => showCpu(cpuMs), right: true },
  { title: "NAME", of: ({ name }) => name },
];
