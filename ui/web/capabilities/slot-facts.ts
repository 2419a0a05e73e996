import { isQuotaKind } from "../../../kernel/abi/index.ts";
import type { Pid, ProcessView, SlotView } from "../../../kernel/abi/index.ts";
import { titleOf } from "../parts/process-facts.ts";

/** What people are told about slots: where they come from, what is left of them, what goes when one is taken. Pure. */
type Processes = ReadonlyMap<Pid, ProcessView>;

const kindOf = (capability: string): string => capability.split(":", 1)[0] ?? "";
const argumentOf = (capability: string): string => capability.slice(kindOf(capability).length + 1);

/** A process by what it is to a person. One that is not in the table is named by its number alone. */
export function nameOf(pid: Pid, processes: Processes): string {
  const process = processes.get(pid);
  if (process === undefined) return `process ${pid}`;
  const { kind } = process;
  switch (kind) {
    case "root":
      return process.project === null ? process.name : `project ${process.project.name}`;
    case "session":
      return `session of ${process.user ?? process.name}`;
    case "kernel":
    case "service":
      return process.name;
    case "container":
      return `process ${pid}: ${titleOf(process)}`;
    default:
      return kind satisfies never;
  }
}

/** Rights first, then limits; each in the order in which they were given. */
export const inReadingOrder = (slots: readonly SlotView[]): SlotView[] =>
  slots.toSorted(
    (a, b) => Number(isQuotaKind(kindOf(a.capability))) - Number(isQuotaKind(kindOf(b.capability))) || a.slot - b.slot,
  );

/** `384Mi of 512Mi`, or nothing where nothing is used up. */
export const leftOf = ({ capability, left }: SlotView): string | null =>
  left === null ? null : `${argumentOf(left)} of ${argumentOf(capability)}`;

/** What a revocation takes, holder by holder: first the one that the slot was asked of, then by number. */
export interface Loss {
  holder: Pid;
  capabilities: string[];
  ends: boolean;
}

export function lossesOf(revoked: { slots: readonly SlotView[]; ends: readonly Pid[] }, first: Pid): Loss[] {
  const holders = new Map<Pid, Loss>();
  const lossOf = (holder: Pid): Loss => {
    const known = holders.get(holder);
    if (known !== undefined) return known;
    const fresh: Loss = { holder, capabilities: [], ends: revoked.ends.includes(holder) };
    holders.set(holder, fresh);
    return fresh;
  };
  for (const { holder, capability } of inReadingOrder(revoked.slots)) lossOf(holder).capabilities.push(capability);
  for (const pid of revoked.ends) lossOf(pid);
  const rank = ({ holder }: Loss): number => (holder === first ? 0 : holder);
  return [...holders.values()].toSorted((a, b) => rank(a) - rank(b));
}
