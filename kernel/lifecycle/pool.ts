import { EventEmitter } from "node:events";
import { Fault, type Millis, type Pid, type PoolShape, type ProjectId, toFault } from "../abi/index.ts";
import { quotaOf } from "../capability/covers.ts";
import { Box, type BoxHost, type BoxPlan } from "./box.ts";
import { Quiet } from "./quiet.ts";
import { type Shape, shapeKey } from "./shape.ts";

/**
 * Embryos: boxes that were made before anybody asked, each for one process of its shape.
 *
 * How many there should be is policy's to say; the pool makes them one after the other, keeps none that has ended, and
 * forgets a shape that nobody used for long. An embryo is no process: it has a pid that its process will have, and is in
 * nobody's table.
 */

/** How many are made at a time: more would only slow down who spawns meanwhile. */
const makersLimit = 2;
/** How long making others and letting go of what is too many waits after embryos were taken. */
const quietLimits = { afterLastMs: 250, afterFirstMs: 1000 };
/** How many shapes are remembered; the one that was used longest ago goes first. */
const shapesLimit = 64;
const minuteMs = 60_000;

interface Kept {
  readonly key: string;
  readonly shape: Shape;
  readonly ready: Box[];
  making: number;
  wanted: number;
  /** When it was asked for, in the last minute. */
  uses: number[];
  lastUsedAt: Millis;
}

export interface PoolOptions {
  host: BoxHost;
  nextPid: () => Pid;
  freshOwner: () => number;
  now: () => Millis;
}

export class Pool extends EventEmitter<{ changed: [] }> {
  readonly #options: PoolOptions;
  readonly #shapes = new Map<string, Kept>();
  /** Containers that are being made, or are on their way out. */
  readonly #works = new Set<Promise<void>>();
  readonly #making = new Set<Box>();
  #closed = false;
  readonly #quiet = new Quiet(quietLimits);
  #timer: NodeJS.Timeout | undefined;
  /** How often memory was promised to others than embryos; and how often when policy last looked at the pool. */
  #promises = 0;
  #promisesSeen = 0;
  hits = 0;
  misses = 0;

  constructor(options: PoolOptions) {
    super();
    this.#options = options;
  }

  /** An embryo of this shape for one process, if there is one. */
  take(shape: Shape): Box | undefined {
    const kept = this.#note(shape);
    const embryo = kept.ready.shift();
    if (embryo === undefined) this.misses += 1;
    else this.hits += 1;
    this.#quiet.note(performance.now());
    this.emit("changed");
    return embryo;
  }

  /** An embryo that was taken and given nothing. */
  giveBack(embryo: Box, shape: Shape): void {
    const kept = this.#shapes.get(shapeKey(shape));
    this.hits -= 1;
    if (kept === undefined || this.#closed) this.#discard(embryo);
    else if (embryo.ended) this.#discard(embryo);
    else kept.ready.push(embryo);
  }

  #note(shape: Shape): Kept {
    const key = shapeKey(shape);
    const at = this.#options.now();
    const kept = this.#shapes.get(key) ?? { key, shape, ready: [], making: 0, wanted: 0, uses: [], lastUsedAt: at };
    // The one that was used last is last.
    this.#shapes.delete(key);
    this.#shapes.set(key, kept);
    kept.lastUsedAt = at;
    kept.uses.push(at);
    for (const [first] of this.#shapes) {
      if (this.#shapes.size <= shapesLimit) break;
      this.#forget(first);
    }
    return kept;
  }

  /** Others may be promised the memory of embryos, which counts as free for them. */
  promise(): void {
    this.#promises += 1;
  }

  get promises(): number {
    return this.#promises;
  }

  /** Whether policy wants these embryos knowing of all that was promised to others. */
  get isAffordable(): boolean {
    return this.#promisesSeen === this.#promises;
  }

  /**
   * Sets how many of each shape there should be; of one that is not named, none. `promises` says how many policy knew of.
   */
  resize(counts: ReadonlyMap<string, number>, promises: number): void {
    this.#promisesSeen = promises;
    for (const kept of this.#shapes.values()) kept.wanted = counts.get(kept.key) ?? 0;
    // Where none at all is to be there, what they hold is needed now.
    if (counts.size === 0 || !this.#postpones()) this.#trim();
    this.#fill();
  }

  #trim(): void {
    for (const { ready, wanted } of this.#shapes.values()) while (ready.length > wanted) this.#discard(ready.pop());
  }

  /** Lets all embryos of a project go. */
  drain(project: ProjectId): void {
    for (const [key, { shape }] of this.#shapes) if (shape.project?.id === project) this.#forget(key);
  }

  /** Lets those embryos of a project go that another engine runtime holds. */
  forgetOther(project: ProjectId, engineRuntime: string | null): void {
    for (const [key, { shape }] of this.#shapes)
      if (shape.project?.id === project && shape.engineRuntime !== engineRuntime) this.#forget(key);
  }

  /** The engine came back: what it still has of them is not known to wait any more. */
  drainAll(): void {
    for (const kept of this.#shapes.values()) for (const embryo of kept.ready.splice(0)) this.#discard(embryo);
  }

  #forget(key: string): void {
    const kept = this.#shapes.get(key);
    this.#shapes.delete(key);
    for (const embryo of kept?.ready.splice(0) ?? []) this.#discard(embryo);
  }

  /** Of those that are there, and of those that are being made. */
  get pids(): Pid[] {
    const ready = [...this.#shapes.values()].flatMap((kept) => kept.ready);
    return [...ready, ...this.#making].map(({ pid }) => pid);
  }

  /** What policy decides by. */
  snapshot(): PoolShape[] {
    const since = this.#options.now() - minuteMs;
    return [...this.#shapes.values()].map((kept) => {
      kept.uses = kept.uses.filter((at) => at >= since);
      const { key, shape, ready, making, uses, lastUsedAt } = kept;
      return {
        shape: key,
        memoryBytes: quotaOf(shape.table, "MEM") ?? 0,
        ready: ready.length,
        making,
        recentSpawns: uses.length,
        lastUsedAt,
      };
    });
  }

  /** Memory that embryos hold which nobody uses yet. */
  get committedBytes(): number {
    return this.snapshot().reduce((sum, { memoryBytes, ready, making }) => sum + memoryBytes * (ready + making), 0);
  }

  get size(): { ready: number; shapes: number } {
    const all = [...this.#shapes.values()];
    return { ready: all.reduce((sum, { ready }) => sum + ready.length, 0), shapes: all.length };
  }

  #fill(): void {
    while (this.#making.size < makersLimit && !this.#closed) {
      const next = [...this.#shapes.values()]
        .toReversed()
        .find(({ wanted, ready, making }) => wanted > ready.length + making);
      if (next === undefined) return;
      if (this.#postpones({ short: next.ready.length * 4 < next.wanted })) return;
      const making = this.#make(next).finally(() => this.#works.delete(making));
      this.#works.add(making);
    }
  }

  /** What is being taken is not made slower by what comes after it. */
  #postpones(stock = { short: false }): boolean {
    const waitMs = this.#quiet.waitMs(performance.now(), stock);
    if (waitMs === 0) return false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#settle(), waitMs);
    return true;
  }

  #settle(): void {
    this.#trim();
    this.#fill();
  }

  async #make(kept: Kept): Promise<void> {
    const { host, nextPid, freshOwner } = this.#options;
    const { shape } = kept;
    kept.making += 1;
    // A shape that was forgotten and asked for again is another one.
    const wanted = (): boolean =>
      !this.#closed && this.#shapes.get(kept.key) === kept && kept.ready.length < kept.wanted;
    const plan: BoxPlan = {
      ...shape,
      pid: nextPid(),
      owner: shape.owner ?? freshOwner(),
      mounts: [],
      segments: new Map(),
      pipes: {},
      requireWanted: () => {
        if (!wanted()) throw new Fault("bad_state", "nobody wants it any more");
      },
      beside: async () => undefined,
    };
    const box = Box.planned(host, plan);
    this.#making.add(box);
    try {
      await box.prepare(plan);
      if (!wanted()) throw new Fault("bad_state", "nobody wants it any more");
      kept.ready.push(box);
      void box.exited.then(() => this.#ended(kept, box));
    } catch (error) {
      const { code, message } = toFault(error);
      this.#discard(box);
      if (code !== "bad_state") {
        host.log("an embryo was not made", { code, message });
        // Policy says again how many it wants; until then nothing is tried that has just failed.
        kept.wanted = 0;
      }
    } finally {
      this.#making.delete(box);
      kept.making -= 1;
      this.emit("changed");
      this.#fill();
    }
  }

  /** It ended by itself, or somebody took it. */
  #ended(kept: Kept, box: Box): void {
    const index = kept.ready.indexOf(box);
    if (index === -1) return;
    kept.ready.splice(index, 1);
    this.#discard(box);
  }

  #discard(box: Box | undefined): void {
    if (box === undefined) return;
    const leaving = box.discard().finally(() => this.#works.delete(leaving));
    this.#works.add(leaving);
  }

  /** Removes all of them. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const key of this.#shapes.keys()) this.#forget(key);
    // What is being made is discarded when it is there.
    while (this.#works.size > 0) await Promise.all(this.#works);
  }
}
