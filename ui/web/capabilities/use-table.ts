import type { ProcessView } from "../../../kernel/abi/index.ts";
import { useCaps } from "../api/queries.ts";
import { hasEnded } from "../parts/process-facts.ts";

/** What a process may use now; until that is read, and after its end, what it was started with. */
export function useTable(process: ProcessView): readonly string[] {
  const caps = useCaps(process.pid, { enabled: hasSlots(process) });
  const slots = hasSlots(process) ? caps.data : undefined;
  return slots?.map(({ capability }) => capability) ?? process.table;
}

/** The kernel and its services stand outside of the tables that they enforce. */
const hasSlots = (process: ProcessView): boolean =>
  process.kind !== "kernel" && process.kind !== "service" && !hasEnded(process);
