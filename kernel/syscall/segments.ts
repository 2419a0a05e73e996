import {
  type CapabilityTable,
  Fault,
  formatCapability,
  type Millis,
  type Pid,
  type ProjectId,
  type SegmentView,
} from "../abi/index.ts";
import type { Slot } from "../capability/slot-table.ts";
import { wholePages } from "../ipc/segment-files.ts";
import type { SegmentRecord, SegmentStore } from "../ipc/segment-store.ts";
import { type SegmentFiles, segmentMounts } from "../isolation/segment-mounts.ts";
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import type { ProcessEntry, ProcessTable } from "../process/process-table.ts";
import type { Authority } from "./authority.ts";
import { type Principal, seesProcess } from "./principal.ts";
import type { Projects } from "./projects.ts";

/**
 * Segments of shared memory: whose they are, what pays for them, who has them mapped, and when they go.
 *
 * A segment holds the MEM that pays for it under a number of its own, derived from its owner's. When its owner ends it goes,
 * unless somebody has it mapped: then it passes, with what it costs, to whoever its owner had its MEM from, and goes with
 * the last who has it mapped. What a project's or a user's session made belongs to the root, and goes when it is removed.
 */

/** Segments that a project, or a user without one, has at once; each is a mount of the host. */
const placeLimit = 64;
/** The part of a machine's memory that segments leave alone. */
const reservedPart = 1 / 16;

/** Where a segment belongs: to a project, or, without one, to a user. */
export interface Place {
  readonly project: ProjectId | null;
  readonly user: string | null;
}

const samePlace = (a: Place, b: Place): boolean =>
  a.project === b.project && (a.project !== null || (a.user === b.user && a.user !== null));

export interface SegmentsOptions {
  store: SegmentStore;
  authority: Authority;
  table: ProcessTable;
  lifecycle: Lifecycle;
  projects: Projects;
  nextPid: () => Pid;
  /** What this machine could give to programs now, in bytes. */
  availableMemory: () => number;
  machine: { memoryBytes: number };
  now: () => Millis;
  log: (message: string, details?: Record<string, unknown>) => void;
}

interface Segment {
  record: SegmentRecord;
  /** Whether processes can be given it. */
  state: "making" | "there" | "going";
}

export class Segments {
  readonly #options: SegmentsOptions;
  readonly #all = new Map<Pid, Segment>();
  /** Memory is taken by one at a time, so that each sees what the one before has left. */
  #making: Promise<unknown> = Promise.resolve();
  readonly #removals = new Set<Promise<void>>();
  /** Whether what an earlier kernel left is known; and nothing is made any more at the end. */
  #phase: "recovering" | "open" | "closed" = "recovering";

  constructor(options: SegmentsOptions) {
    this.#options = options;
    // The owner's slots were released before: the authority listens first.
    options.lifecycle.on("ended", (entry) => this.#onEnded(entry));
    options.projects.on("removed", (project) => this.#removeWhere((record) => record.project === project));
  }

  /** What those hold that no process pays for. */
  get bytesOfRoots(): number {
    const { table } = this.#options;
    const ofRoots = [...this.#all.values()].filter(
      ({ record: { owner } }) => !table.has(owner) || table.get(owner).kind !== "container",
    );
    return ofRoots.reduce((sum, { record }) => sum + record.bytes, 0);
  }

  /**
   * Makes one for a caller that may map it to write. Faults: `conflict` for a name in use, `exhausted` when the caller, or
   * this machine, has too little memory, `denied` when the caller's MEM is not to be handed on.
   */
  async create(caller: Principal, place: Place, wanted: { name: string; bytes: number }): Promise<SegmentView> {
    const { authority, projects, nextPid, now } = this.#options;
    if (this.#phase !== "open") throw new Fault("unavailable", "the kernel is starting or stopping");
    const root = projects.rootFor(place.project);
    const { name } = wanted;
    const bytes = wholePages(wanted.bytes);
    if (this.#find(place, name) !== undefined) throw new Fault("conflict", `there is a segment ${name} already`);
    if ([...this.#all.values()].filter(({ record }) => samePlace(record, place)).length >= placeLimit) {
      throw new Fault("exhausted", `there are ${placeLimit} segments already, and there are never more in one place`);
    }
    const id = nextPid();
    const capability = { kind: "MEM", amount: bytes } as const;
    authority.slots.deriveAll(caller.pid, { holder: id, wanted: [{ capability, delegable: false }], root });
    const owner = caller.kind === "session" ? root : caller.pid;
    const record: SegmentRecord = { id, name, ...place, owner, orphan: false, bytes, createdAt: now() };
    const segment: Segment = { record, state: "making" };
    this.#all.set(id, segment);
    try {
      if (caller.kind === "process") await authority.resize(caller.pid);
      const made = this.#making.then(() => this.#make(segment));
      this.#making = made.catch(() => undefined);
      await made;
      this.#requireWanted(segment);
    } catch (error) {
      await this.#remove(segment);
      throw error;
    }
    segment.state = "there";
    return this.#view(record, caller);
  }

  async #make({ record }: Segment): Promise<void> {
    const { store, projects, machine, availableMemory } = this.#options;
    if (record.bytes > availableMemory() - machine.memoryBytes * reservedPart) {
      const amount = formatCapability({ kind: "MEM", amount: record.bytes });
      throw new Fault("exhausted", `this machine has no memory for a segment of ${amount}`);
    }
    await store.make(record, record.project === null ? null : projects.record(record.project).uid);
  }

  /** Faults: `denied` when what it was asked with went while it was being made. */
  #requireWanted({ record }: Segment): void {
    const { authority, projects } = this.#options;
    const paid = authority.slots.held(record.id).length > 0;
    const placed = record.project === null || projects.has(record.project);
    if (paid && placed && this.#isAlive(record.owner) && this.#phase === "open") return;
    throw new Fault("denied", "what it was asked with was lost while the segment was being made");
  }

  /** Those of a place, as far as the caller sees who has them mapped. */
  list(caller: Principal, place: Place): SegmentView[] {
    return [...this.#all.values()]
      .filter(({ record, state }) => state === "there" && samePlace(record, place))
      .map(({ record }) => this.#view(record, caller));
  }

  /**
   * Takes one away that nobody has mapped. Faults: `not_found`, `denied` for a process that is not its owner, `conflict`
   * while somebody has it mapped.
   */
  async remove(caller: Principal, place: Place, name: string): Promise<void> {
    const segment = this.#there(place, name);
    if (caller.kind === "process" && segment.record.owner !== caller.pid)
      throw new Fault("denied", `segment ${name} belongs to process ${segment.record.owner}`);
    const count = this.#mappers(segment.record).length;
    if (count > 0) {
      throw new Fault("conflict", `segment ${name} is mapped by ${count === 1 ? "a process" : `${count} processes`}`, {
        hint: "End who has it mapped, or revoke their SHM_MAP.",
      });
    }
    await this.#remove(segment);
  }

  /**
   * Where the segments of a table lie on this host. Who uses that must be among the live processes before anything else
   * happens: they keep it. Faults: `not_found` for one that is not there.
   */
  files(place: Place, table: CapabilityTable): SegmentFiles {
    const { store } = this.#options;
    return new Map(
      segmentMounts(table).map(({ segment }) => [segment, store.file(this.#there(place, segment).record.id)]),
    );
  }

  /** Whether this holds slots as a segment does. */
  has(holder: Pid): boolean {
    return this.#all.has(holder);
  }

  /** What follows when slots were taken away: memory that nobody pays for any more is taken from all who have it. */
  cut(gone: readonly Slot[]): void {
    for (const { holder } of gone) {
      const segment = this.#all.get(holder);
      if (segment?.state === "there") this.#lose(segment);
    }
  }

  /** A user is gone, and another may come by the same name. */
  removeUser(user: string): void {
    this.#removeWhere((record) => record.project === null && record.user === user);
  }

  /** Takes over what an earlier kernel left. Call when the processes that live on are known with what they hold. */
  async recover(): Promise<void> {
    const { store, projects, authority, log } = this.#options;
    const { records, removed } = await store.load();
    if (removed > 0) log("segments that an earlier kernel left half-made were removed", { count: removed });
    for (const record of records) {
      const segment: Segment = { record, state: "there" };
      this.#all.set(record.id, segment);
      const orphan = record.orphan || !this.#isAlive(record.owner);
      const placed = record.project === null || projects.has(record.project);
      if (!placed || (orphan && this.#mappers(record).length === 0)) await this.#remove(segment);
      else if (authority.slots.held(record.id).length === 0) this.#lose(segment);
      else if (orphan) this.#handOver(segment);
    }
    this.#phase = "open";
  }

  /** Takes all away; for the end of the kernel. */
  async close(): Promise<void> {
    this.#phase = "closed";
    await this.#making;
    this.#removeWhere(() => true);
    await Promise.all(this.#removals);
  }

  #isAlive(pid: Pid): boolean {
    const { table } = this.#options;
    return table.has(pid) && (table.get(pid).kind === "root" || table.running().some((entry) => entry.pid === pid));
  }

  #onEnded(entry: ProcessEntry): void {
    for (const segment of this.#all.values()) {
      const { record, state } = segment;
      if (state !== "there") continue;
      if (record.owner !== entry.pid && !(record.orphan && samePlace(record, entry))) continue;
      if (this.#mappers(record).length === 0) this.#removeSoon(segment);
      else if (record.owner === entry.pid) this.#handOver(segment);
    }
  }

  /** To whoever pays for it now. */
  #handOver(segment: Segment): void {
    const { slots } = this.#options.authority;
    const [slot] = slots.held(segment.record.id);
    if (slot === undefined || slot.from === null) return this.#lose(segment);
    const { holder } = slots.get(slot.from);
    this.#change(segment, { owner: this.#isAlive(holder) ? holder : slot.root, orphan: true });
  }

  #change(segment: Segment, changes: Pick<SegmentRecord, "owner" | "orphan">): void {
    segment.record = { ...segment.record, ...changes };
    this.#options.store.put(segment.record);
  }

  /** Ends who has it mapped; it goes with the last of them. */
  #lose(segment: Segment): void {
    const { lifecycle, log } = this.#options;
    const mappers = this.#mappers(segment.record);
    if (mappers.length === 0) return this.#removeSoon(segment);
    this.#change(segment, { owner: segment.record.owner, orphan: true });
    for (const { pid, write } of mappers) {
      const mode = write ? "rw" : "ro";
      lifecycle
        .revoke(pid, formatCapability({ kind: "SHM_MAP", segment: segment.record.name, mode }))
        .catch((error: unknown) => log("a process could not be ended", { pid, error: String(error) }));
    }
  }

  #removeWhere(matches: (record: SegmentRecord) => boolean): void {
    for (const segment of this.#all.values()) if (matches(segment.record)) this.#removeSoon(segment);
  }

  #removeSoon(segment: Segment): void {
    // One that is being made goes when it is: its slots, or its place, have gone.
    if (segment.state !== "there") return;
    void this.#remove(segment);
  }

  /** Never fails: what could not be taken away is left to the next kernel. */
  #remove(segment: Segment): Promise<void> {
    const { store, authority, log } = this.#options;
    const { id } = segment.record;
    segment.state = "going";
    const removal = store
      .remove(id)
      .catch((error: unknown) => log("a segment was not removed", { id, error: String(error) }))
      .finally(() => {
        this.#removals.delete(removal);
        this.#all.delete(id);
        authority.released(id);
      });
    this.#removals.add(removal);
    return removal;
  }

  #find(place: Place, name: string): Segment | undefined {
    return [...this.#all.values()].find(({ record }) => record.name === name && samePlace(record, place));
  }

  #there(place: Place, name: string): Segment {
    const segment = this.#find(place, name);
    if (segment?.state === "there") return segment;
    throw new Fault("not_found", `there is no segment ${name}`, { hint: "Make it first: superos segment create." });
  }

  /** The live processes whose container has it. */
  #mappers(record: SegmentRecord): { pid: Pid; write: boolean }[] {
    return this.#options.table.running().flatMap((entry) => {
      if (!samePlace(record, entry)) return [];
      const mount = segmentMounts(entry.table).find(({ segment }) => segment === record.name);
      return mount === undefined ? [] : [{ pid: entry.pid, write: mount.write }];
    });
  }

  #view(record: SegmentRecord, caller: Principal): SegmentView {
    const { table } = this.#options;
    const { name, project, owner, bytes, createdAt } = record;
    const mappers = this.#mappers(record).filter(({ pid }) => seesProcess(caller, table.get(pid), table));
    const pids = (writes: boolean): Pid[] => mappers.flatMap(({ pid, write }) => (write === writes ? [pid] : []));
    return { name, project, owner, bytes, createdAt, readers: pids(false), writers: pids(true) };
  }
}
