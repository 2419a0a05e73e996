import type { Pid, ProcessView, SlotView } from "../../../kernel/abi/index.ts";
import { count } from "./amounts.ts";
import { printable } from "./printable.ts";
import { commandOf } from "./process.ts";
import { type Column, formatTable } from "./table.ts";

/** Slots as the rows of `caps`, and what revoking one takes away. Pure. */

/** Whose slot it derives from, and which: `PID/SLOT`, or `root` for what a project's root holds by itself. */
export const originOf = (view: SlotView): string =>
  view.from === null ? "root" : `${view.from.holder}/${view.from.slot}`;

export const slotColumns: readonly Column<SlotView>[] = [
  { title: "SLOT", of: (view) => String(view.slot), right: true },
  { title: "CAPABILITY", of: (view) => view.capability },
  { title: "FROM", of: originOf },
  { title: "DELEGABLE", of: (view) => (view.delegable ? "yes" : "no") },
  { title: "LEFT", of: (view) => view.left ?? "-" },
  { title: "DERIVED", of: (view) => String(view.derived) },
];

export interface Loss {
  slots: readonly SlotView[];
  ends: readonly Pid[];
}

/** What goes, the named slot first, and which processes end with it. `known` names the processes. */
export function formatLoss(
  loss: Loss,
  known: readonly ProcessView[],
  options: { columns?: number | undefined } = {},
): string {
  const commands = new Map(known.map((view) => [view.pid, commandOf(view)]));
  const command = (pid: Pid): string => commands.get(pid) ?? "-";
  const slotRows: readonly Column<SlotView>[] = [
    { title: "SLOT", of: (view) => String(view.slot), right: true },
    { title: "PID", of: (view) => String(view.holder), right: true },
    { title: "CAPABILITY", of: (view) => view.capability },
    { title: "FROM", of: originOf },
    { title: "COMMAND", of: (view) => command(view.holder) },
  ];
  const slots = loss.slots.toSorted((a, b) => a.slot - b.slot);
  const table = `Takes ${count(slots.length, "slot")}:\n${formatTable(slots, slotRows, options)}`;
  if (loss.ends.length === 0) return `${table}Ends no process.\n`;
  const ends = loss.ends.map((pid) => `  ${pid}  ${printable(command(pid))}\n`);
  return `${table}Ends ${count(ends.length, "process")}, which cannot go on without:\n${ends.join("")}`;
}
