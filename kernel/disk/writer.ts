import { setTimeout as sleep } from "node:timers/promises";
import { type Allowance, measureAfterBytes, passesFor, reactionBytes } from "./allowance.ts";
import { Freezer, type FreezerPath } from "../freezer/freezer.ts";
import { TreeMoved, treeSize } from "./tree-size.ts";
import type { Volume } from "./volume.ts";

/**
 * One process that may write, how far it has grown, and what the file systems have lost since that was measured.
 *
 * It is stopped while anybody needs it to be, and runs again when the last one lets it go. Its growth is only ever
 * what was measured; `boundBytes` says how much more it can be at most.
 */

/** How long a measuring waits for tasks that are in the middle of something; what they do then counts next time. */
const patienceMs = 500;
/** A tree that takes longer to walk is judged by what the tasks write, until they have stopped. */
const longWalkMs = 20;
const floorMs = 2000;
/** The share of a process's time that measuring without a cause may take. */
const floorCostFactor = 50;

interface Part {
  volume: Volume;
  /** What the volume had lost when the writer was last measured. */
  mark: number;
}

interface Box {
  freezer: Freezer;
  /** What its tasks had written, and whether they had run, at the last measuring. */
  dirtied: number;
  activity: string;
  /** In use on the volumes, and written by the tasks, when it began. */
  begunUsed: number;
  begunDirtied: number;
}

export interface WriterOptions {
  id: number;
  paths: readonly string[];
  limitBytes: number;
  volumes: readonly Volume[];
  now: () => number;
}

export class Writer {
  readonly id: number;
  readonly paths: readonly string[];
  readonly #limit: number;
  readonly #now: () => number;
  readonly #parts: Part[];
  #baseline = 0;
  #known = true;
  #used = 0;
  #box: Box | undefined;
  #stops = 0;
  #floorAt = 0;
  /** Since when it is being measured. */
  #since: number | undefined;
  ended = false;

  constructor(options: WriterOptions) {
    this.id = options.id;
    this.paths = options.paths;
    this.#limit = options.limitBytes;
    this.#now = options.now;
    this.#parts = options.volumes.map((volume) => ({ volume, mark: 0 }));
  }

  get allowance(): Allowance {
    return { limitBytes: this.#limit, usedBytes: this.#used };
  }

  /** What its trees held at first. */
  get baselineBytes(): number {
    return this.#baseline;
  }

  /** Whether it runs, and its limit has to be held. */
  get active(): boolean {
    return this.#box !== undefined && !this.ended;
  }

  get measuring(): boolean {
    return this.#since !== undefined;
  }

  uses(volume: Volume): boolean {
    return this.#parts.some((part) => part.volume === volume);
  }

  /** Measures what its trees hold before it runs, or takes what is known of it. */
  async prepare(baselineBytes?: number): Promise<void> {
    const size = async (): Promise<number> => {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return (await treeSize(this.paths)).bytes;
        } catch (error) {
          if (!(error instanceof TreeMoved) || attempt === 20) throw error;
        }
      }
    };
    this.#known = baselineBytes === undefined;
    this.#baseline = baselineBytes ?? (await size());
  }

  /** Whether its growth is known: not of one that ran before, and was not measured since. */
  get known(): boolean {
    return this.#known;
  }

  /** From here on its growth counts. Throws where it cannot be stopped. */
  begin(path: FreezerPath): void {
    const freezer = new Freezer(path);
    freezer.freeze();
    if (this.#stops === 0) freezer.thaw();
    const dirtied = freezer.dirtied();
    const begunUsed = this.#volumesUsed();
    this.#box = { freezer, dirtied, activity: freezer.activity, begunUsed, begunDirtied: dirtied };
    this.#mark(this.#lost());
    this.#floorAt = this.#now() + floorMs;
  }

  #lost(): number[] {
    return this.#parts.map(({ volume }) => {
      volume.look(this.#now());
      return volume.lostBytes;
    });
  }

  #mark(lost: readonly number[]): void {
    for (const [index, part] of this.#parts.entries()) part.mark = lost[index] ?? part.mark;
  }

  #volumesUsed(): number {
    return this.#parts.reduce((sum, { volume }) => sum + volume.usedBytes, 0);
  }

  /** How much it can have grown since it was last measured. */
  get boundBytes(): number {
    return this.#parts.reduce((sum, { volume, mark }) => sum + volume.lostBytes - mark, 0);
  }

  /** What the file systems may still lose until it has to be measured. */
  get distanceBytes(): number {
    return measureAfterBytes(this.allowance) - this.boundBytes;
  }

  /** Whether it has to be measured now. One that has not run has not written. */
  get due(): boolean {
    if (this.#box === undefined) return false;
    const near = this.distanceBytes <= 0;
    const floor = this.#now() >= this.#floorAt;
    if (!near && !floor) return false;
    if (this.#box.freezer.activity !== this.#box.activity) return true;
    if (floor) this.#floorAt = this.#now() + floorMs;
    // CPU time is told a tick late: with little left, what others may have written is looked into as well.
    return near && this.#limit - this.#used < 2 * reactionBytes;
  }

  /** One that is being killed is not stopped: it would not die. */
  stop(): void {
    this.#stops += 1;
    if (this.#stops === 1 && !this.ended) this.#box?.freezer.freeze();
  }

  go(): void {
    this.#stops -= 1;
    if (this.#stops === 0) this.#box?.freezer.thaw();
  }

  /** Resolves once it has come to a stop, or does not have to any more. */
  async standStill(): Promise<void> {
    await this.#box?.freezer.standStill(() => this.#stops > 0 && !this.ended);
  }

  /** Whether it has come to a stop. */
  get stopped(): boolean {
    return this.#stops > 0 && this.#box?.freezer.frozen !== false;
  }

  /** Bytes that its tasks have ever made dirty, as far as those tell that are there. */
  get writtenBytes(): number {
    return this.#box?.freezer.dirtied() ?? 0;
  }

  /** Bytes that its tasks have made dirty since it was last measured; some of them more than once. */
  get dirtiedBytes(): number {
    return this.#box === undefined ? 0 : Math.max(0, this.#box.freezer.dirtied() - this.#box.dirtied);
  }

  /**
   * Whether, while its tree is still being walked, it has passed its limit for all that can be told: its tasks wrote
   * as much, the disk lost as much, and they do not stop, because they are in the middle of long writes.
   */
  get passesInFlight(): boolean {
    if (this.#since === undefined || this.#now() - this.#since < longWalkMs) return false;
    if (!passesFor(this.allowance, this.boundBytes) || this.stopped) return false;
    return passesFor(this.allowance, this.dirtiedBytes);
  }

  /**
   * Measures it. The caller has stopped it; once it stands still the answer is exact, before that it is what it has
   * grown at least. Throws TreeMoved where others move directories of the same tree meanwhile.
   */
  async measure(): Promise<number> {
    const started = this.#now();
    this.#since = started;
    try {
      while (this.#box !== undefined && !this.ended) {
        const lost = this.#lost();
        const { freezer } = this.#box;
        const still = freezer.frozen;
        const enoughBytes = this.#baseline + this.#limit;
        const walked = this.#now();
        const { bytes, inFlight } = await treeSize(this.paths, { enoughBytes, tasks: freezer.tasks() });
        const costMs = this.#now() - walked;
        const used = Math.max(bytes - this.#baseline, inFlight ? this.#hidden() : Number.NEGATIVE_INFINITY);
        if (used > this.#limit) return used;
        if (still || this.#now() - started > patienceMs) {
          this.#used = used;
          this.#known = true;
          this.#mark(lost);
          this.#box.dirtied = freezer.dirtied();
          this.#box.activity = freezer.activity;
          this.#floorAt = this.#now() + Math.max(floorMs, costMs * floorCostFactor);
          break;
        }
        await sleep(Math.min(20, Math.max(1, costMs)));
      }
    } finally {
      this.#since = undefined;
    }
    return this.#used;
  }

  /** What files can take that only messages on their way refer to: what was written, and is gone from the disk. */
  #hidden(): number {
    if (this.#box === undefined) return 0;
    const { freezer, begunUsed, begunDirtied } = this.#box;
    return Math.min(this.#volumesUsed() - begunUsed, freezer.dirtied() - begunDirtied);
  }

  /** Ends all its tasks, also those that are in the middle of a write, and waits until they are gone. */
  async kill(): Promise<void> {
    this.ended = true;
    const freezer = this.#box?.freezer;
    if (freezer === undefined) return;
    for (let attempt = 0; attempt < 1000 && freezer.tasks().length > 0; attempt += 1) {
      freezer.kill();
      freezer.thaw();
      await sleep(Math.min(50, 1 + attempt));
    }
  }

  /** Lets it go for good. */
  release(): void {
    this.ended = true;
    if (this.#stops > 0) this.#box?.freezer.thaw();
  }
}
