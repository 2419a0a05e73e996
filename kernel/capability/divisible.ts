import type { Capability, QuotaKind } from "../abi/index.ts";

/**
 * The quotas of which handing on takes something away: what a child is given, its parent has less of.
 *
 * TIME and OUT are not among them: they bound each process by itself and only ever get smaller on the way down. Pure.
 */

const divisibleKinds = ["CPU", "MEM", "PIDS", "DISK"] as const satisfies readonly QuotaKind[];

export type DivisibleQuota = Extract<Capability, { amount: number }> & { kind: (typeof divisibleKinds)[number] };

export const isDivisible = (capability: Capability): capability is DivisibleQuota =>
  (divisibleKinds as readonly string[]).includes(capability.kind);
