import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Capability,
  Fault,
  formatCapability,
  parseCapability,
  type Pid,
  pidSchema,
  type QuotaKind,
  type SlotId,
  slotIdSchema,
} from "../abi/index.ts";
import { covers } from "./covers.ts";
import { isDivisible } from "./divisible.ts";
import { type Slot, SlotTable, type Wanted } from "./slot-table.ts";

/**
 * Random lives of a table of slots, held against an oracle: a list of entries that knows nothing but who derived what
 * from what, and works out every amount anew from that list whenever it is asked.
 */

const nightly = process.env["SUPEROS_NIGHTLY"] === "1";
const numRuns = nightly ? 100_000 : 2000;
const timeout = nightly ? 3_600_000 : 120_000;

const universe = [
  "PROC_SPAWN",
  "PROC_SPAWN:python",
  "PROC_SIGNAL",
  "FS_READ:/project",
  "FS_READ:/project/a",
  "FS_READ:/project/a/b",
  "FS_WRITE:/project/a",
  "NET_CONNECT:*",
  "NET_CONNECT:*.a.org",
  "NET_CONNECT:b.a.org:80",
  "NET_CONNECT:10.0.0.1",
  "IPC_SEND:jobs",
  "SHM_MAP:frames:rw",
  "SHM_MAP:frames:ro",
].map(parseCapability);
const quotas = ["CPU:4", "MEM:100", "PIDS:50", "DISK:80", "TIME:1h", "OUT:60"].map(parseCapability);
const everything = [...universe, ...quotas];
const least = parseCapability("PROC_SIGNAL");

interface Entry {
  readonly id: number;
  readonly holder: Pid;
  readonly capability: Capability;
  readonly from: number | null;
  readonly delegable: boolean;
  readonly shared: boolean;
}

interface To {
  readonly holder: Pid;
  readonly wanted: readonly Wanted[];
  readonly root: Pid | undefined;
  readonly shared: boolean;
}

interface Refusal {
  readonly code: string;
  readonly missing?: string | undefined;
  readonly left?: string;
}

const isRefusal = (result: object): result is Refusal => "code" in result;

/** The list, and what follows from it. Every question is answered by going through all of it. */
class Oracle {
  entries: readonly Entry[] = [];
  next = 1;

  entry(id: number | null): Entry | undefined {
    return this.entries.find((entry) => entry.id === id);
  }

  chain(entry: Entry): Entry[] {
    const above = this.entry(entry.from);
    return above === undefined ? [entry] : [entry, ...this.chain(above)];
  }

  root(entry: Entry): Pid {
    return this.chain(entry).at(-1)?.holder ?? entry.holder;
  }

  below(id: number): Entry[] {
    return this.entries.filter((entry) => this.chain(entry).some((each) => each.id === id));
  }

  /** What was set aside below a slot, down to where something was set aside, each amount once. */
  charged(id: number): number {
    const parts = this.entries.filter((entry) => entry.from === id && isDivisible(entry.capability));
    return parts.reduce((sum, part) => sum + (part.shared ? this.charged(part.id) : amountOf(part.capability)), 0);
  }

  left(entry: Entry): number {
    if (!isDivisible(entry.capability)) return amountOf(entry.capability);
    const own = entry.capability.amount - this.charged(entry.id);
    const above = entry.shared ? this.entry(entry.from) : undefined;
    return above === undefined ? own : Math.min(own, this.left(above));
  }

  spell(kind: QuotaKind, amount: number): string {
    return amount === 0 ? "nothing" : formatCapability({ kind, amount });
  }

  find(holder: Pid, wanted: Capability, more: { root?: Pid; delegable?: boolean }): Entry | undefined {
    const usable = this.entries.filter((each) => each.holder === holder && covers(each.capability, wanted));
    return usable
      .filter((entry) => more.root === undefined || this.root(entry) === more.root)
      .filter((entry) => entry.delegable || more.delegable !== true)
      .toSorted((a, b) => this.chain(a).length - this.chain(b).length || a.id - b.id)[0];
  }

  add(entry: Omit<Entry, "id">): Entry {
    const added = { ...entry, id: this.next };
    this.next += 1;
    this.entries = [...this.entries, added];
    return added;
  }

  derive(from: number, to: Omit<Entry, "id" | "from">): Entry | Refusal {
    const origin = this.entry(from);
    if (origin === undefined) return { code: "not_found" };
    const sound = origin.delegable && covers(origin.capability, to.capability);
    if (!sound) return { code: "denied", missing: formatCapability(to.capability) };
    if (!to.shared && isDivisible(to.capability) && to.capability.amount > this.left(origin))
      return { code: "exhausted", left: this.spell(to.capability.kind, this.left(origin)) };
    return this.add({ ...to, from });
  }

  deriveAll(holder: Pid, { wanted, root, ...to }: To): Entry[] | Refusal {
    const saved = { entries: this.entries, next: this.next };
    const held = this.entries.filter(
      (entry) => entry.holder === holder && entry.delegable && (root === undefined || this.root(entry) === root),
    );
    const sources = wanted.map((want) => held.filter((entry) => covers(entry.capability, want.capability)));
    const without = wanted[sources.findIndex((some) => some.length === 0)];
    if (without !== undefined) return { code: "denied", missing: formatCapability(without.capability) };
    const made: Entry[] = [];
    for (const [index, { capability, delegable }] of wanted.entries()) {
      const [best] = (sources[index] ?? []).toSorted(
        (a, b) =>
          (isDivisible(capability) ? this.left(b) - this.left(a) : 0) ||
          this.chain(a).length - this.chain(b).length ||
          a.id - b.id,
      );
      const result = this.derive(best?.id ?? 0, { ...to, capability, delegable });
      if (isRefusal(result)) {
        Object.assign(this, saved);
        return result;
      }
      made.push(result);
    }
    return made;
  }

  revoke(id: number): number[] {
    const gone = this.below(id).map((entry) => entry.id);
    this.entries = this.entries.filter((entry) => !gone.includes(entry.id));
    return gone;
  }

  release(holder: Pid): number[] {
    const gone: number[] = [];
    for (let own = this.ofHolder(holder); own !== undefined; own = this.ofHolder(holder)) {
      if (own.from === null) {
        gone.push(...this.revoke(own.id));
        continue;
      }
      const { id, from } = own;
      gone.push(id);
      const rest = this.entries.filter((entry) => entry.id !== id);
      this.entries = rest.map((entry) => (entry.from === id ? { ...entry, from } : entry));
    }
    return gone;
  }

  /** The youngest of a holder's slots, so that the order is another one than the table's. */
  ofHolder(holder: Pid): Entry | undefined {
    return this.entries.findLast((entry) => entry.holder === holder);
  }
}

const amountOf = (capability: Capability): number => ("amount" in capability ? capability.amount : 0);

/** What is wanted, relative to a slot that happens to be there: within it, or anything. */
interface Wish {
  readonly of: number;
  readonly share: number;
  readonly delegable: boolean;
  readonly wild: boolean;
}

type Step =
  | { type: "mint"; root: number; what: number }
  | { type: "derive" | "grant"; from: number; wish: Wish; to: number; shared: boolean }
  | { type: "spawn" | "session"; by: number; wishes: Wish[]; root: number | null }
  | { type: "revoke"; slot: number }
  | { type: "end"; who: number };

const nat = fc.nat(1000);
const often = (weight: number): fc.Arbitrary<boolean> => fc.nat(9).map((value) => value < weight);
const wish: fc.Arbitrary<Wish> = fc.record({ of: nat, share: fc.nat(105), delegable: often(8), wild: often(1) });
const wishes = fc.array(wish, { minLength: 1, maxLength: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: fc.constant("mint" as const), root: nat, what: nat }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom("derive" as const, "grant" as const),
      from: nat,
      wish,
      to: nat,
      shared: often(4),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constantFrom("spawn" as const, "spawn" as const, "session" as const),
      by: nat,
      wishes,
      root: fc.option(nat, { freq: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("revoke" as const), slot: nat }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("end" as const), who: nat }) },
);

/** What the table did, and what the oracle says it should have done. */
interface Both {
  readonly table: unknown;
  readonly oracle: unknown;
}

/** Both of them live the same life. */
class Life {
  readonly table = new SlotTable();
  readonly oracle = new Oracle();
  readonly roots = [1, 2].map((pid) => pidSchema.parse(pid));
  live: Pid[] = [...this.roots];
  born = this.roots.length;

  constructor() {
    for (const root of this.roots) for (const capability of everything) this.mint(root, capability);
  }

  /** The processes and sessions: those that may end while the roots live. */
  get mortals(): readonly Pid[] {
    return this.live.slice(this.roots.length);
  }

  take(step: Step): Both {
    switch (step.type) {
      case "mint":
        return this.mint(pick(this.roots, step.root) ?? this.birth(), pick(everything, step.what) ?? least);
      case "derive":
      case "grant": {
        const holder = (step.type === "grant" ? pick(this.live, step.to) : undefined) ?? this.birth();
        return this.derive(step.from, {
          holder,
          ...this.want(step.wish, this.entryAt(step.from)),
          shared: step.shared,
        });
      }
      case "spawn":
      case "session": {
        const by = pick(this.live, step.by) ?? this.birth();
        const held = this.oracle.entries.filter(({ holder }) => holder === by);
        const wanted = step.wishes.map((each) => this.want(each, pick(held, each.of)));
        const root = step.root === null ? undefined : pick(this.roots, step.root);
        return this.deriveAll(by, { holder: this.birth(), wanted, root, shared: step.type === "session" });
      }
      case "revoke":
        return this.revoke(slotIdSchema.parse(this.entryAt(step.slot)?.id ?? this.oracle.next));
      case "end":
        return this.end(pick(this.mortals, step.who) ?? this.birth());
      default:
        return step satisfies never;
    }
  }

  birth(): Pid {
    this.born += 1;
    const pid = pidSchema.parse(this.born);
    this.live.push(pid);
    return pid;
  }

  /** Every other one is of a divided quota, where most can go wrong. One beyond the last is a slot that is not there. */
  entryAt(at: number): Entry | undefined {
    const divided = this.oracle.entries.filter(({ capability }) => isDivisible(capability));
    return at % 2 === 0 ? pick(divided, at / 2) : this.oracle.entries[at % (this.oracle.entries.length + 1)];
  }

  want({ of, share, delegable, wild }: Wish, source: Entry | undefined): Wanted {
    if (source === undefined || wild) return { capability: pick(everything, of) ?? least, delegable };
    const { capability } = source;
    if ("amount" in capability) {
      const amount = Math.max(1, Math.ceil((capability.amount * share) / 100));
      return { capability: { ...capability, amount }, delegable };
    }
    const within = universe.filter((each) => covers(capability, each));
    return { capability: pick(within, share) ?? capability, delegable };
  }

  mint(root: Pid, capability: Capability): Both {
    const entry = this.oracle.add({ holder: root, capability, from: null, delegable: true, shared: false });
    return { table: this.table.mint(root, capability), oracle: { ...entry, root, charged: 0 } };
  }

  derive(at: number, to: Wanted & { holder: Pid; shared: boolean }): Both {
    const from = slotIdSchema.parse(this.entryAt(at)?.id ?? this.oracle.next);
    const expected = this.oracle.derive(from, to);
    const oracle = isRefusal(expected) ? expected : [expected.id];
    return { table: attempt(() => [this.table.derive(from, to).id]), oracle };
  }

  deriveAll(holder: Pid, { root, ...to }: To): Both {
    const expected = this.oracle.deriveAll(holder, { root, ...to });
    const oracle = isRefusal(expected) ? expected : expected.map(({ id }) => id);
    const given = root === undefined ? to : { ...to, root };
    return { table: attempt(() => this.table.deriveAll(holder, given).map(({ id }) => id)), oracle };
  }

  revoke(id: SlotId): Both {
    if (this.oracle.entry(id) === undefined) {
      const acts = ["get", "left", "derivedFrom", "revoke"] as const;
      const table = acts.map((act) => attempt(() => this.table[act](id)));
      return { table, oracle: acts.map(() => ({ code: "not_found" })) };
    }
    const foreseen = this.table.derivedFrom(id);
    const gone = this.table.revoke(id);
    const before = (slot: Slot, index: number): boolean => gone.slice(0, index).some((each) => each.id === slot.from);
    return {
      table: [foreseen, sorted(gone.map((slot) => slot.id)), gone.filter(before)],
      oracle: [gone, sorted(this.oracle.revoke(id)), []],
    };
  }

  end(who: Pid): Both {
    const gone = this.table.release(who).map(({ id }) => id);
    this.live = this.live.filter((pid) => pid !== who);
    return { table: [sorted(gone), this.table.held(who)], oracle: [sorted(this.oracle.release(who)), []] };
  }

  /** The whole of what can be seen of both. */
  state(): Both {
    const entries = this.oracle.entries.map((entry) => {
      const charged = this.oracle.charged(entry.id);
      return { ...entry, root: this.oracle.root(entry), charged };
    });
    const quotasOf = (some: readonly { capability: Capability; id: number }[]): SlotId[] =>
      some.filter(({ capability }) => "amount" in capability).map(({ id }) => slotIdSchema.parse(id));
    return {
      table: [
        this.table.size,
        this.live.map((pid) => this.table.held(pid)),
        this.live.map((pid) => this.roots.map((root) => this.table.held(pid, root).map(({ id }) => id))),
        quotasOf(entries).map((id) => this.table.left(id)),
      ],
      oracle: [
        entries.length,
        this.live.map((pid) => entries.filter(({ holder }) => holder === pid)),
        this.live.map((pid) =>
          this.roots.map((root) =>
            entries.flatMap((each) => (each.holder === pid && each.root === root ? [each.id] : [])),
          ),
        ),
        entries.flatMap((entry) => ("amount" in entry.capability ? [this.oracle.left(entry)] : [])),
      ],
    };
  }

  /** What each may do: by which slot, by one that may be handed on, and below which root. */
  uses(): Both {
    const options = [{}, { delegable: true }, ...this.roots.map((root) => ({ root, delegable: false }))];
    const asked = this.live.flatMap((pid) =>
      everything.flatMap((wanted) => options.map((more) => ({ pid, wanted, more }))),
    );
    return {
      table: asked.map(({ pid, wanted, more }) => this.table.find(pid, wanted, more)?.id),
      oracle: asked.map(({ pid, wanted, more }) => this.oracle.find(pid, wanted, more)?.id),
    };
  }

  /** What would go with each. */
  below(): Both {
    const ids = this.oracle.entries.map(({ id }) => slotIdSchema.parse(id));
    return {
      table: ids.map((id) => sorted(this.table.derivedFrom(id).map((slot) => slot.id))),
      oracle: ids.map((id) => sorted(this.oracle.below(id).map((entry) => entry.id))),
    };
  }

  /** What breaks a law, said of the table alone. */
  broken(): string[] {
    return this.live.flatMap((pid) => this.table.held(pid).flatMap((slot) => this.brokenBy(slot)));
  }

  brokenBy(slot: Slot): string[] {
    const broken: string[] = [];
    if (slot.from === null && slot.root === slot.holder && slot.charged === 0) return broken;
    const hold = (law: string, holds: boolean): void => void (holds || broken.push(`${slot.id}: ${law}`));
    let top = slot;
    for (let from = slot.from; from !== null; from = top.from) {
      top = this.table.get(from);
      hold("comes from what may be handed on", top.delegable);
      hold("is within what it comes from, all the way up", covers(top.capability, slot.capability));
    }
    hold("comes from what a root was given", this.roots.includes(top.holder) && slot.root === top.holder);
    hold("is a right that its root has, too", this.table.find(top.holder, slot.capability) !== undefined);
    hold("never owes", slot.charged >= 0);
    hold("hands on no more than it has", slot.charged <= amountOf(slot.capability));
    hold("has nothing less than nothing left", !isDivisible(slot.capability) || this.table.left(slot.id) >= 0);
    return broken;
  }
}

function attempt(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const left = /left is (.*)$/.exec(error.message)?.[1];
    const more = { ...(error.missing === undefined ? {} : { missing: error.missing }), ...(left ? { left } : {}) };
    return { code: error.code, ...more };
  }
}

function pick<T>(list: readonly T[], at: number): T | undefined {
  return list.length === 0 ? undefined : list[at % list.length];
}

const sorted = (ids: readonly number[]): number[] => ids.toSorted((a, b) => a - b);

describe("any life of a table of slots", () => {
  test(
    "is the one that the list of who derived what from what tells, and keeps the laws at every step",
    { timeout },
    () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
          const life = new Life();
          for (const each of steps) {
            const did = life.take(each);
            expect(did.table).toEqual(did.oracle);
            const state = life.state();
            expect(state.table).toEqual(state.oracle);
            expect(life.broken()).toEqual([]);
          }
          const uses = life.uses();
          expect(uses.table).toEqual(uses.oracle);
          const below = life.below();
          expect(below.table).toEqual(below.oracle);
          for (const root of life.roots) {
            const did = life.end(root);
            expect(did.table).toEqual(did.oracle);
          }
          expect(life.table.size).toBe(life.oracle.entries.length);
        }),
        { numRuns },
      );
    },
  );

  test("ends with every quota given back, in whatever order they end", { timeout }, () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.array(nat, { minLength: 40, maxLength: 40 }),
        (steps, order) => {
          const life = new Life();
          for (const each of steps) life.take(each);
          for (const who of order) {
            life.end(pick(life.mortals, who) ?? life.birth());
            expect(life.broken()).toEqual([]);
          }
          expect(life.mortals).toEqual([]);
          const granted = life.roots.flatMap((root) => life.table.held(root)).filter(({ from }) => from !== null);
          // One may derive from another and go with it.
          for (const { id } of granted) if (life.table.has(id)) life.table.revoke(id);
          const left = life.roots.flatMap((root) => life.table.held(root));
          expect(left.filter(({ charged }) => charged !== 0)).toEqual([]);
          for (const root of life.roots) life.table.release(root);
          expect(life.table.size).toBe(0);
        },
      ),
      { numRuns },
    );
  });
});
