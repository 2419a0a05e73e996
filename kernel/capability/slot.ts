import type { Capability, Pid, SlotId } from "../abi/index.ts";
import { type DivisibleQuota, isDivisible } from "./divisible.ts";

/**
 * A slot, and its place in the tree of what derives from what.
 *
 * A slot's value never changes; its place holds the present value. What is charged on a slot is always the sum of what
 * its children weigh: a part that was set aside weighs its amount, a shared one what was charged on it. Only the table
 * of slots reaches in here. Pure.
 */

export interface Slot {
  readonly id: SlotId;
  readonly holder: Pid;
  readonly capability: Capability;
  /** `null` for a minted one. */
  readonly from: SlotId | null;
  /** The holder of the minted slot that it comes from. */
  readonly root: Pid;
  /** Whether the holder may hand it on. */
  readonly delegable: boolean;
  readonly shared: boolean;
  /** Of a divisible quota: how much was handed on. */
  readonly charged: number;
}

/** What a holder is to be given. */
export interface Wanted {
  readonly capability: Capability;
  readonly delegable: boolean;
}

export interface Node {
  slot: Slot;
  origin: Node | null;
  readonly children: Set<Node>;
}

/** How much a slot takes of the one that it derives from. */
export function weight({ capability, shared, charged }: Slot): number {
  if (!isDivisible(capability)) return 0;
  return shared ? charged : capability.amount;
}

export function change(node: Node, changes: Partial<Pick<Slot, "from" | "charged">>): void {
  node.slot = { ...node.slot, ...changes };
}

/** Counts on a slot and, while it is shared, on those above it. */
export function charge(from: Node | null, amount: number): void {
  if (amount === 0) return;
  for (let node = from; node !== null; node = node.slot.shared ? node.origin : null)
    change(node, { charged: node.slot.charged + amount });
}

export function leftOf(from: Node, quota: DivisibleQuota): number {
  let left = quota.amount;
  for (let node: Node | null = from; node !== null; node = node.slot.shared ? node.origin : null)
    if (isDivisible(node.slot.capability)) left = Math.min(left, node.slot.capability.amount - node.slot.charged);
  return left;
}

/** What can still be handed on: of a divisible quota what is left, of anything else no end. */
export const roomOf = (node: Node): number =>
  isDivisible(node.slot.capability) ? leftOf(node, node.slot.capability) : Number.POSITIVE_INFINITY;

/** How many slots are above, counted no further than `most`. */
function depthOf(from: Node, most: number): number {
  let depth = 0;
  for (let node = from.origin; node !== null && depth < most; node = node.origin) depth += 1;
  return depth;
}

/** The one with the fewest above it; of several, the oldest. */
export function shortest(nodes: readonly Node[]): Node | undefined {
  let [best] = nodes;
  if (best === undefined || nodes.length === 1) return best;
  let least = Number.POSITIVE_INFINITY;
  for (const node of nodes) {
    const depth = depthOf(node, least);
    if (depth < least) [best, least] = [node, depth];
  }
  return best;
}

/** The one to take from: with the most room; of several, by the shortest way. */
export function roomiest(nodes: readonly Node[]): Node | undefined {
  const rooms = nodes.map((node) => ({ node, space: roomOf(node) }));
  const most = rooms.reduce((least, { space }) => Math.max(least, space), 0);
  return shortest(rooms.flatMap(({ node, space }) => (space === most ? [node] : [])));
}
