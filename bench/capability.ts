import {
  type Capability,
  parseCapability,
  type Pid,
  pidSchema,
  type SlotId,
  slotIdSchema,
} from "../kernel/abi/index.ts";
import { covers } from "../kernel/capability/covers.ts";
import { SlotTable } from "../kernel/capability/slot-table.ts";
import { type Summary, summarize } from "./statistics.ts";

/**
 * What a capability costs at ten thousand slots: to derive one, to find the one that a right is used by, to take one
 * away, and to take all of them away.
 *
 * Beside the table of slots stands the least that could do the same: a list that is gone through for every question.
 * Both are given the same work in turns. The slots are a quota's, the dearest kind, because what is handed on is counted.
 */

const warmUps = 2;
const slots = 10_000;
/** How many of the cheap acts make one measurement; the clock is too coarse for a single one. */
const batch = 100;

const acts = ["derive", "find", "revoke one", "revoke all"] as const;
type Act = (typeof acts)[number];

export interface CapabilityResult {
  /** How the slots hang together. */
  shape: string;
  act: Act;
  slots: number;
  /** Of one act, in the table of slots and in the list. */
  tableMicroseconds: Summary;
  listMicroseconds: Summary;
}

/** What both can do. */
interface Slots {
  mint(holder: Pid, capability: Capability): { id: SlotId };
  derive(from: SlotId, to: { holder: Pid; capability: Capability; delegable: boolean }): { id: SlotId };
  find(holder: Pid, wanted: Capability): { id: SlotId } | undefined;
  revoke(id: SlotId): readonly { id: SlotId }[];
  readonly size: number;
}

interface Entry {
  id: SlotId;
  holder: Pid;
  capability: Capability;
  from: SlotId | null;
  delegable: boolean;
}

const amountOf = (capability: Capability): number => ("amount" in capability ? capability.amount : 0);

/** The list. A slot comes after what it derives from, so that one pass finds everything below. */
class SlotList implements Slots {
  #entries: Entry[] = [];
  #last = 0;

  get size(): number {
    return this.#entries.length;
  }

  mint(holder: Pid, capability: Capability): Entry {
    return this.#add({ holder, capability, from: null, delegable: true });
  }

  derive(from: SlotId, to: { holder: Pid; capability: Capability; delegable: boolean }): Entry {
    const origin = this.#entries.find((entry) => entry.id === from);
    if (origin === undefined || !origin.delegable || !covers(origin.capability, to.capability))
      throw new Error(`slot ${from} is no source`);
    let left = amountOf(origin.capability);
    for (const entry of this.#entries) if (entry.from === from) left -= amountOf(entry.capability);
    if (left < amountOf(to.capability)) throw new Error(`slot ${from} has not enough left`);
    return this.#add({ ...to, from });
  }

  find(holder: Pid, wanted: Capability): Entry | undefined {
    return this.#entries.find((entry) => entry.holder === holder && covers(entry.capability, wanted));
  }

  revoke(id: SlotId): Entry[] {
    const gone = new Set<SlotId | null>([id]);
    const taken: Entry[] = [];
    const kept: Entry[] = [];
    for (const entry of this.#entries) {
      const goes = entry.id === id || gone.has(entry.from);
      if (goes) gone.add(entry.id);
      (goes ? taken : kept).push(entry);
    }
    this.#entries = kept;
    return taken;
  }

  #add(entry: Omit<Entry, "id">): Entry {
    this.#last += 1;
    const added = { ...entry, id: slotIdSchema.parse(this.#last) };
    this.#entries.push(added);
    return added;
  }
}

/** A process each: every one started by the one before, or all by the same. */
interface Shape {
  name: string;
  root: Capability;
  each: Capability;
  /** Which slot the next one comes from. */
  origin(made: readonly SlotId[]): SlotId | undefined;
}

const shapes: readonly Shape[] = [
  {
    name: "chain",
    root: parseCapability("MEM:1Gi"),
    each: parseCapability("MEM:1Gi"),
    origin: (made) => made.at(-1),
  },
  {
    name: "fan",
    root: parseCapability("MEM:64Gi"),
    each: parseCapability("MEM:1Mi"),
    origin: (made) => made[0],
  },
];

/** Does the work once and says what one of each act took, in microseconds. */
function once(target: Slots, shape: Shape): Record<Act, number> {
  const made: SlotId[] = [target.mint(pidOf(1), shape.root).id];
  const grow = (count: number): void => {
    for (let added = 0; added < count; added += 1) {
      const from = shape.origin(made);
      if (from === undefined) throw new Error("nothing to derive from");
      const holder = pidOf(made.length + 1);
      made.push(target.derive(from, { holder, capability: shape.each, delegable: true }).id);
    }
  };
  grow(slots - batch - 1);
  const derive = timed(() => grow(batch)) / batch;
  const found = new Set<SlotId | undefined>();
  const step = Math.floor(slots / batch);
  const find =
    timed(() => {
      for (let holder = 1; holder <= slots; holder += step) found.add(target.find(pidOf(holder), shape.each)?.id);
    }) / batch;
  require(found.size === batch && !found.has(undefined), `${shape.name}: a right was not found`);
  // The youngest first, so that each takes nothing but itself.
  const leaves = made.slice(-batch).reverse();
  const one = timed(() => leaves.forEach((id) => target.revoke(id))) / batch;
  require(target.size === slots - batch, `${shape.name}: ${target.size} slots are left`);
  const all = timed(() => made.slice(0, 1).forEach((top) => target.revoke(top)));
  require(target.size === 0, `${shape.name}: ${target.size} slots are left`);
  return { derive, find, "revoke one": one, "revoke all": all };
}

const pidOf = (pid: number): Pid => pidSchema.parse(pid);

function require(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

function timed(act: () => void): number {
  const from = performance.now();
  act();
  return (performance.now() - from) * 1000;
}

export function measureCapabilities(rounds: number, tell: (text: string) => void): CapabilityResult[] {
  return shapes.flatMap((shape) => {
    tell(`capabilities: a ${shape.name} of ${slots} slots`);
    const table: Record<Act, number>[] = [];
    const list: Record<Act, number>[] = [];
    for (let round = -warmUps; round < rounds; round += 1) {
      const [ours, theirs] = [once(new SlotTable(), shape), once(new SlotList(), shape)];
      if (round < 0) continue;
      table.push(ours);
      list.push(theirs);
    }
    return acts.map((act) => ({
      shape: shape.name,
      act,
      slots,
      tableMicroseconds: summarize(table.map((each) => each[act])),
      listMicroseconds: summarize(list.map((each) => each[act])),
    }));
  });
}
