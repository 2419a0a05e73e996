import { type Capability, Fault, formatCapability, type Pid, type SlotId, slotIdSchema } from "../abi/index.ts";
import { covers } from "./covers.ts";
import { isDivisible } from "./divisible.ts";
import {
  change,
  charge,
  leftOf,
  type Node,
  roomiest,
  roomOf,
  shortest,
  type Slot,
  type Wanted,
  weight,
} from "./slot.ts";

/**
 * Every slot there is: who holds which capability, and where it came from.
 *
 * What is derived is covered by each slot on its way up to a minted one. Of a divisible quota, what a slot has handed
 * on is never more than it has, and comes back when what it was handed to goes. A slot that is `shared` bounds what is
 * handed on below it without setting it aside: that counts on the slots above too, up to the first that is not shared.
 * Pure; knows holders by their pid only, and never decides who may ask.
 */

export type { Slot, Wanted };

function missing(capability: Capability, message: string): Fault {
  return new Fault("denied", message, { missing: formatCapability(capability) });
}

function requireRoom(node: Node, capability: Capability): void {
  const left = roomOf(node);
  if (!isDivisible(capability) || capability.amount <= left) return;
  const rest = left === 0 ? "nothing" : formatCapability({ kind: capability.kind, amount: left });
  throw new Fault(
    "exhausted",
    `not enough ${capability.kind}: asked for ${formatCapability(capability)}, left is ${rest}`,
    { hint: "Ask for less, or end something that holds a part of it." },
  );
}

/** Who is told of every change, before anybody can act on it. */
export interface SlotObserver {
  /** A slot is new, or derives from another one than before. */
  put: (slot: Slot) => void;
  gone: (id: SlotId) => void;
}

/** What there is to know of a slot to have it again: what was charged on it follows from the others. */
export type KnownSlot = Omit<Slot, "charged" | "root">;

export class SlotTable {
  readonly #observer: SlotObserver | undefined;
  readonly #nodes = new Map<SlotId, Node>();
  readonly #held = new Map<Pid, Set<Node>>();
  #last = 0;

  constructor(observer?: SlotObserver) {
    this.#observer = observer;
  }

  /** Has slots again that were there before, origins before what derives from them. One whose origin is not there is left out. */
  restore(known: readonly KnownSlot[]): void {
    for (const { id, from, ...slot } of known) {
      const origin = from === null ? null : this.#nodes.get(from);
      if (origin === undefined) this.#observer?.gone(id);
      else this.#insert(id, origin, slot);
      this.#last = Math.max(this.#last, id);
    }
  }

  /** Every holder of a slot. */
  holders(): Pid[] {
    return [...this.#held.keys()];
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** A slot that derives from none: a root's own. It may be handed on. */
  mint(holder: Pid, capability: Capability): Slot {
    return this.#add(null, { holder, capability, delegable: true }).slot;
  }

  /**
   * Faults: `denied` with the missing capability when `from` does not cover it or may not be handed on, `exhausted`
   * when too little is left of a quota, `not_found`.
   */
  derive(from: SlotId, to: Wanted & { readonly holder: Pid; readonly shared?: boolean }): Slot {
    const origin = this.#node(from);
    const have = formatCapability(origin.slot.capability);
    if (!origin.slot.delegable) throw missing(to.capability, `slot ${from} (${have}) may not be handed on`);
    if (!covers(origin.slot.capability, to.capability))
      throw missing(to.capability, `slot ${from} (${have}) does not cover ${formatCapability(to.capability)}`);
    if (to.shared !== true) requireRoom(origin, to.capability);
    return this.#add(origin, to).slot;
  }

  /**
   * All or nothing. Each comes from one slot of `holder` that covers it and may be handed on, below `root` where one is
   * named: a quota from the slot with the most left, another from the slot with the fewest above it.
   *
   * Faults: `denied` with the first capability that is missing, `exhausted` naming the quota and what is left of it.
   */
  deriveAll(
    holder: Pid,
    to: { readonly holder: Pid; readonly wanted: readonly Wanted[]; readonly root?: Pid; readonly shared?: boolean },
  ): Slot[] {
    const held = this.#heldBy(holder, to.root);
    const plan = to.wanted.map((wanted) => ({ ...wanted, from: this.#sources(held, wanted.capability) }));
    const before = this.#last;
    const made: Node[] = [];
    try {
      for (const { capability, delegable, from } of plan) {
        const origin = roomiest(from);
        if (origin === undefined) throw new Error("a plan has no source");
        if (to.shared !== true) requireRoom(origin, capability);
        made.push(this.#add(origin, { holder: to.holder, capability, delegable, shared: to.shared === true }));
      }
    } catch (error) {
      for (const node of made.reverse()) this.#cut(node);
      // Nobody has seen these numbers.
      this.#last = before;
      throw error;
    }
    return made.map(({ slot }) => slot);
  }

  /** In the order in which they were given; with `root`, those that come from what it holds by itself. */
  held(holder: Pid, root?: Pid): readonly Slot[] {
    return this.#heldBy(holder, root).map(({ slot }) => slot);
  }

  has(id: SlotId): boolean {
    return this.#nodes.has(id);
  }

  /** Faults: `not_found`. */
  get(id: SlotId): Slot {
    return this.#node(id).slot;
  }

  /**
   * The use of a right: a slot of `holder` that covers it now; with `delegable`, one that may be handed on. Says nothing
   * about how much of a quota is left.
   */
  find(holder: Pid, wanted: Capability, options: { root?: Pid; delegable?: boolean } = {}): Slot | undefined {
    const fits = ({ slot }: Node): boolean =>
      (options.delegable !== true || slot.delegable) && covers(slot.capability, wanted);
    return shortest(this.#heldBy(holder, options.root).filter(fits))?.slot;
  }

  /**
   * How much of a quota may still be handed on from this slot. TIME and OUT do not get less by it. A slot of anything
   * else has no amount: asking is a defect. Faults: `not_found`.
   */
  left(id: SlotId): number {
    const node = this.#node(id);
    const { capability } = node.slot;
    if (isDivisible(capability)) return leftOf(node, capability);
    if ("amount" in capability) return capability.amount;
    throw new Error(`slot ${id} is no quota: ${formatCapability(capability)}`);
  }

  /** The slot and all that derives from it, as `revoke` would take them: children first. Faults: `not_found`. */
  derivedFrom(id: SlotId): Slot[] {
    return this.#below(this.#node(id)).map(({ slot }) => slot);
  }

  /** Takes the slot and all that derives from it, children first. Faults: `not_found`. */
  revoke(id: SlotId): Slot[] {
    return this.#cut(this.#node(id));
  }

  /**
   * The holder has ended: its slots go, and what derives from them moves to where they came from. What a minted slot
   * was the origin of goes with it.
   */
  release(holder: Pid): Slot[] {
    const gone: Slot[] = [];
    for (const node of this.#heldBy(holder)) {
      if (!this.#nodes.has(node.slot.id)) continue;
      const taken = node.origin === null ? this.#cut(node) : this.#splice(node, node.origin);
      for (const slot of taken) gone.push(slot);
    }
    return gone;
  }

  #node(id: SlotId): Node {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Fault("not_found", `no slot ${id}`);
    return node;
  }

  #heldBy(holder: Pid, root?: Pid): Node[] {
    const held = [...(this.#held.get(holder) ?? [])];
    return root === undefined ? held : held.filter(({ slot }) => slot.root === root);
  }

  /** Those of `held` that `wanted` can come from, at least one. */
  #sources(held: readonly Node[], wanted: Capability): Node[] {
    const covering = held.filter(({ slot }) => covers(slot.capability, wanted));
    const sources = covering.filter(({ slot }) => slot.delegable);
    if (sources.length > 0) return sources;
    const text = formatCapability(wanted);
    throw missing(
      wanted,
      covering.length === 0 ? `no slot covers ${text}` : `${text} is held, but not to be handed on`,
    );
  }

  #add(origin: Node | null, to: Wanted & { readonly holder: Pid; readonly shared?: boolean }): Node {
    this.#last += 1;
    const node = this.#insert(slotIdSchema.parse(this.#last), origin, to);
    this.#observer?.put(node.slot);
    return node;
  }

  #insert(id: SlotId, origin: Node | null, to: Wanted & { readonly holder: Pid; readonly shared?: boolean }): Node {
    const { holder, capability, delegable, shared = false } = to;
    const [from, root] = [origin?.slot.id ?? null, origin?.slot.root ?? holder];
    const slot = { id, holder, capability, from, root, delegable, shared, charged: 0 };
    const node: Node = { slot, origin, children: new Set() };
    this.#nodes.set(id, node);
    this.#held.set(holder, (this.#held.get(holder) ?? new Set()).add(node));
    origin?.children.add(node);
    charge(origin, weight(slot));
    return node;
  }

  /** Children first. Walks without recursion: a chain may be as long as memory allows. */
  #below(top: Node): Node[] {
    const found: Node[] = [top];
    // An array's iterator also sees what is appended on the way.
    for (const node of found) for (const child of node.children) found.push(child);
    return found.reverse();
  }

  #cut(top: Node): Slot[] {
    const gone = this.#below(top);
    charge(top.origin, -weight(top.slot));
    top.origin?.children.delete(top);
    for (const node of gone) this.#forget(node);
    return gone.map(({ slot }) => slot);
  }

  /** Takes one slot out of its chain. What was charged within it is charged on its origin from now on. */
  #splice(node: Node, origin: Node): Slot[] {
    charge(origin, node.slot.charged - weight(node.slot));
    origin.children.delete(node);
    for (const child of node.children) {
      child.origin = origin;
      change(child, { from: origin.slot.id });
      this.#observer?.put(child.slot);
      origin.children.add(child);
    }
    this.#forget(node);
    return [node.slot];
  }

  #forget(node: Node): void {
    this.#nodes.delete(node.slot.id);
    this.#observer?.gone(node.slot.id);
    const held = this.#held.get(node.slot.holder);
    held?.delete(node);
    if (held?.size === 0) this.#held.delete(node.slot.holder);
  }
}
