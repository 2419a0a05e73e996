import {
  type Capability,
  type CapabilityTable,
  Fault,
  formatCapability,
  isQuotaKind,
  type Pid,
  type QuotaKind,
  type SlotId,
  type SlotView,
} from "../abi/index.ts";
import { quotaOf } from "../capability/covers.ts";
import { isDivisible } from "../capability/divisible.ts";
import type { Slot, SlotTable } from "../capability/slot-table.ts";
import { leastQuotas } from "../isolation/enforceable.ts";
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import type { Network } from "../net/network.ts";
import type { ProcessEntry, ProcessTable } from "../process/process-table.ts";
import { isLive } from "../process/transition.ts";
import type { Principal } from "./principal.ts";

/**
 * What slots mean: the check of a right at its use, and what follows when a slot comes or goes.
 *
 * Taking a slot takes effect before the caller is told: syscalls are refused, the services are told to cut what depends on
 * it, and a process that cannot go on without what was taken is being ended with the outcome `revoked`.
 */

export interface AuthorityOptions {
  slots: SlotTable;
  table: ProcessTable;
  lifecycle: Lifecycle;
  network: Network;
  log: (message: string, details?: Record<string, unknown>) => void;
}

/** More than a table at the door can name; looking a right up goes through a holder's slots. */
const slotLimit = 256;

/** What a container is made with and cannot lose while it runs. */
function isBuiltIn(capability: Capability): boolean {
  const { kind } = capability;
  // A right over segments that may come mounts none.
  if (kind === "SHM_MAP") return capability.segment !== "*";
  return kind === "FS_READ" || kind === "FS_WRITE" || isQuotaKind(kind);
}

export class Authority {
  readonly slots: SlotTable;
  readonly #options: AuthorityOptions;
  readonly #resizing = new Map<Pid, Promise<void>>();
  readonly #taken: ((gone: readonly Slot[]) => void)[] = [];

  constructor(options: AuthorityOptions) {
    this.#options = options;
    this.slots = options.slots;
    options.lifecycle.on("ended", ({ pid }) => this.released(pid));
  }

  /** The slot by which a caller may do this below a root, or anywhere. Faults: `denied`, naming what is missing. */
  require(caller: Principal, wanted: Capability, root?: Pid): Slot {
    const slot = this.slots.find(caller.pid, wanted, root === undefined ? {} : { root });
    if (slot !== undefined) return slot;
    throw this.#denied(caller, wanted, root);
  }

  #denied(caller: Principal, wanted: Capability, root?: Pid): Fault {
    const text = formatCapability(wanted);
    const held = this.slots
      .held(caller.pid, root)
      .filter(({ capability }) => capability.kind === wanted.kind)
      .map(({ capability }) => formatCapability(capability));
    const who = caller.kind === "session" ? "this session" : `process ${caller.pid}`;
    return new Fault("denied", `${who} does not hold ${text}`, {
      missing: text,
      hint:
        held.length === 0 ? "Use a session that holds it." : `It holds ${held.join(", ")}; ask for no more than that.`,
    });
  }

  views(pid: Pid): SlotView[] {
    return this.slots.held(pid).map((slot) => this.view(slot));
  }

  view({ id, holder, capability, from, delegable }: Slot): SlotView {
    const left = isDivisible(capability) ? this.slots.left(id) : undefined;
    return {
      slot: id,
      holder,
      capability: formatCapability(capability),
      from: from === null ? null : { slot: from, holder: this.slots.get(from).holder },
      delegable,
      left: left === undefined || !isDivisible(capability) ? null : amountText(capability.kind, left),
      derived: this.slots.derivedFrom(id).length - 1,
    };
  }

  /** Hands a capability of the caller's to a running process. Faults: `denied`, `unsupported`, `bad_state`. */
  async grant(
    caller: Principal,
    entry: ProcessEntry,
    wanted: { capability: Capability; delegable: boolean },
  ): Promise<SlotView> {
    const { capability } = wanted;
    if (entry.kind !== "container" || entry.state.phase !== "running")
      throw new Fault("bad_state", `process ${entry.pid} does not run`);
    if (entry.pid === caller.pid) throw new Fault("invalid", "a process holds already what it could hand itself");
    if (isBuiltIn(capability)) {
      throw new Fault("unsupported", `${formatCapability(capability)} cannot be given to a container that runs`, {
        hint: "Mounts and quotas are fixed at the start: spawn another process with it.",
      });
    }
    if (this.slots.held(entry.pid).length >= slotLimit) {
      throw new Fault("exhausted", `process ${entry.pid} holds ${slotLimit} slots, and no process holds more`);
    }
    const root = this.#rootOf(entry.pid);
    this.require(caller, capability, root);
    const [slot] = this.slots.deriveAll(caller.pid, { holder: entry.pid, wanted: [wanted], root });
    if (slot === undefined) throw new Error("nothing was derived");
    try {
      const relay = await this.#options.network.refresh(entry.pid);
      if (relay.length > 0) await this.#options.lifecycle.relay(entry.pid, relay);
    } catch (error) {
      await this.settle(this.slots.has(slot.id) ? this.slots.revoke(slot.id) : []);
      throw error;
    }
    this.#options.lifecycle.touch(entry.pid);
    return this.view(slot);
  }

  /** Whether a process's MEM is part of another process's. */
  isPaidFor(pid: Pid): boolean {
    const { table } = this.#options;
    const from = this.slots.held(pid).find(({ capability }) => capability.kind === "MEM")?.from ?? null;
    if (from === null) return false;
    const { holder } = this.slots.get(from);
    return table.has(holder) && table.get(holder).kind === "container";
  }

  /** The first capability of a container's table that it is made with and does not hold any more. */
  lost(pid: Pid, table: CapabilityTable): string | undefined {
    const gone = table.find(
      (entry) => isBuiltIn(entry) && isDeducted(entry, table) && this.slots.find(pid, entry) === undefined,
    );
    return gone === undefined ? undefined : formatCapability(gone);
  }

  /**
   * What an earlier kernel was in the middle of: whoever has ended gives back what is still held in its name, and a container
   * that lost what it cannot go on without ends. Call when the live processes are known; `others` hold slots without being one.
   */
  recover(others: (holder: Pid) => boolean): void {
    const { table, lifecycle, log } = this.#options;
    const holds = (pid: Pid): boolean => others(pid) || (table.has(pid) && isLive(table.get(pid).state));
    for (const holder of this.slots.holders()) if (!holds(holder)) this.released(holder);
    for (const { pid, table: made } of table.running()) {
      const capability = this.lost(pid, made);
      if (capability === undefined) continue;
      lifecycle
        .revoke(pid, capability)
        .catch((error: unknown) => log("a process could not be ended", { pid, error: String(error) }));
    }
  }

  /** What revoking a slot would take, children first, and which processes would end. */
  preview(slot: SlotId): { slots: SlotView[]; ends: Pid[] } {
    const slots = this.slots.derivedFrom(slot);
    return { slots: slots.map((each) => this.view(each)), ends: [...this.#endedBy(slots).keys()] };
  }

  /** Takes a slot and all that derives from it. */
  async revoke(slot: SlotId): Promise<{ slots: SlotView[]; ends: Pid[] }> {
    const preview = this.preview(slot);
    await this.settle(this.slots.revoke(slot));
    return preview;
  }

  /** Faults: `not_found`, `denied` for a slot that neither the caller nor anything derived from the caller holds. */
  requireRevocable(caller: Principal, entry: ProcessEntry, id: SlotId): void {
    const slot = this.slots.get(id);
    if (slot.holder !== entry.pid) throw new Fault("not_found", `process ${entry.pid} holds no slot ${id}`);
    if (entry.pid === caller.pid) return this.requireDroppable(caller, id);
    for (
      let at: Slot | undefined = slot;
      at !== undefined;
      at = at.from === null ? undefined : this.slots.get(at.from)
    ) {
      if (at.holder === caller.pid) return;
    }
    if (entry.kind !== "container") throw new Fault("bad_state", `the slots of a ${entry.kind} end with what made it`);
    this.require(caller, { kind: "PROC_SIGNAL" }, slot.root);
  }

  /** Faults: `not_found` for a slot of somebody else's, `unsupported` for what a container cannot lose. */
  requireDroppable(caller: Principal, id: SlotId): void {
    const slot = this.slots.get(id);
    if (slot.holder !== caller.pid) throw new Fault("not_found", `there is no slot ${id} of your own`);
    if (caller.kind === "process" && isBuiltIn(slot.capability)) {
      throw new Fault(
        "unsupported",
        `${formatCapability(slot.capability)} cannot be given up while the container runs`,
      );
    }
  }

  /** Has `act` called with slots that were taken away, before whoever took them is told. */
  onTaken(act: (gone: readonly Slot[]) => void): void {
    this.#taken.push(act);
  }

  /** What follows when slots are gone. */
  async settle(gone: readonly Slot[]): Promise<void> {
    const { lifecycle, network, log } = this.#options;
    network.cut(gone);
    for (const act of this.#taken) act(gone);
    const ends = this.#endedBy(gone);
    for (const [pid, capability] of ends) {
      lifecycle
        .revoke(pid, capability)
        .catch((error: unknown) => log("a process could not be ended", { pid, error: String(error) }));
    }
    const networked = gone.filter(
      ({ capability }) => capability.kind === "NET_BIND" || capability.kind === "NET_CONNECT",
    );
    for (const pid of new Set(networked.map(({ holder }) => holder))) await network.refresh(pid);
    for (const holder of new Set(gone.map((slot) => slot.holder))) lifecycle.touch(holder);
    // Whoever took the slots away has done so, whatever the engine says of the limits.
    await this.#giveBack(gone).catch((error: unknown) =>
      log("quotas could not be given back", { error: String(error) }),
    );
  }

  /** A holder has ended: what it reserved returns, and what derives from it lives on. */
  released(pid: Pid): void {
    const { network, log } = this.#options;
    network.detach(pid);
    const gone = this.slots.release(pid);
    this.#giveBack(gone).catch((error: unknown) =>
      log("quotas could not be given back", { pid, error: String(error) }),
    );
  }

  /** Brings a container's limits in line with what it has not handed on. Faults: `exhausted` when it uses more. */
  async resize(pid: Pid): Promise<void> {
    // One after the other: the engine must not be left with the limits of a moment that has passed.
    const before = this.#resizing.get(pid) ?? Promise.resolve();
    const own = before.catch(() => undefined).then(() => this.#resizeNow(pid));
    this.#resizing.set(pid, own);
    try {
      await own;
    } finally {
      if (this.#resizing.get(pid) === own) this.#resizing.delete(pid);
    }
  }

  async #resizeNow(pid: Pid): Promise<void> {
    const { table, lifecycle } = this.#options;
    if (!table.has(pid)) return;
    const entry = table.get(pid);
    if (entry.kind !== "container" || entry.state.phase !== "running") return;
    const slots = this.slots.held(pid);
    const left = (kind: QuotaKind): number | undefined => {
      const slot = slots.find(({ capability }) => capability.kind === kind);
      return slot === undefined || !isDivisible(slot.capability) ? undefined : slot.capability.amount - slot.charged;
    };
    const [memoryBytes, cpuMillis, pids] = [left("MEM"), left("CPU"), left("PIDS")];
    if (memoryBytes === undefined || cpuMillis === undefined || pids === undefined) return;
    for (const quota of [
      { kind: "MEM", amount: memoryBytes },
      { kind: "CPU", amount: cpuMillis },
      { kind: "PIDS", amount: pids },
    ] as const)
      requireGoingOn(pid, quota);
    await lifecycle.resize(pid, { memoryBytes, cpuMillis, pids });
  }

  /** The containers from which any of these came have more again. */
  async #giveBack(gone: readonly Slot[]): Promise<void> {
    const origins = gone.flatMap(({ from, capability }) => (from !== null && isDivisible(capability) ? [from] : []));
    const holders = new Set(origins.filter((id) => this.slots.has(id)).map((id) => this.slots.get(id).holder));
    for (const holder of holders) await this.resize(holder);
  }

  /** The live containers that cannot go on, each with what it lost. */
  #endedBy(gone: readonly Slot[]): Map<Pid, string> {
    const ends = new Map<Pid, string>();
    for (const { holder, capability } of gone) {
      if (!isBuiltIn(capability) || !this.#options.table.has(holder)) continue;
      const { kind, state } = this.#options.table.get(holder);
      if (kind === "container" && isLive(state)) ends.set(holder, formatCapability(capability));
    }
    return ends;
  }

  #rootOf(pid: Pid): Pid {
    const [slot] = this.slots.held(pid);
    if (slot === undefined) throw new Fault("bad_state", `process ${pid} holds nothing`);
    return slot.root;
  }
}

/** Of two amounts of one quota the smaller holds, and is what was deducted. */
const isDeducted = (entry: Capability, table: CapabilityTable): boolean =>
  !("amount" in entry) || entry.amount === quotaOf(table, entry.kind);

const amountText = (kind: QuotaKind, amount: number): string =>
  amount === 0 ? `${kind}:0` : formatCapability({ kind, amount });

/** What is left of a quota must be a limit: to the engine none is no limit at all. Faults: `exhausted`. */
function requireGoingOn(pid: Pid, { kind, amount }: { kind: keyof typeof leastQuotas; amount: number }): void {
  if (amount >= leastQuotas[kind]) return;
  throw new Fault(
    "exhausted",
    `process ${pid} cannot go on with ${amountText(kind, amount)}, which it would have left`,
    {
      hint: `Name less ${kind} for the child.`,
    },
  );
}
