import { capabilitySchema } from "../../../kernel/abi/index.ts";

/** At which ports a process may be reached, by its table: named ones, and whether any other. Pure. */
export interface BoundPorts {
  named: readonly number[];
  any: boolean;
}

/** `null` where it cannot be reached at all: without NET_BIND. */
export function boundPorts(table: readonly string[]): BoundPorts | null {
  const named: number[] = [];
  let any = false;
  for (const text of table) {
    const parsed = capabilitySchema.safeParse(text);
    if (!parsed.success || parsed.data.kind !== "NET_BIND") continue;
    if (parsed.data.port === undefined) any = true;
    else named.push(parsed.data.port);
  }
  return any || named.length > 0 ? { named: named.toSorted((a, b) => a - b), any } : null;
}
