import { realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { mostGrown, restMs } from "./allowance.ts";
import type { DiskReason, WriterOrder } from "./disk-message.ts";
import type { FreezerPath } from "../freezer/freezer.ts";
import { TreeMoved } from "./tree-size.ts";
import { Volume } from "./volume.ts";
import { Writer } from "./writer.ts";

/**
 * Holds the writers to their limits, and the file systems to their reserves.
 *
 * Looks at each file system as often as what is left allows, and not at all while nobody writes. A writer that can
 * have used up a good part of what it has left is stopped, measured, and ended or let go. It runs in a thread of its
 * own (disk-thread.ts): whatever else the kernel does must not make it late.
 */

/** How long writers may take to stop when the reserve is touched. */
const stopMs = 200;
/** Below the reserve, somebody ends with each such part of it that is lost. */
const reserveSteps = 32;
/** While they are being stopped, writers may take such a part of it before one of them ends for that. */
const hasteParts = 16;
const inFlightMs = 2;
/** How often to look for whether somebody who has not run for long, on a disk that others fill, begins to. */
const idleMs = 5;
export interface WatchdogEvents {
  exceeded(id: number, usedBytes: number, reason: DiskReason): void;
  log(message: string, details: Readonly<Record<string, unknown>>): void;
}

/** What the file system had lost, and each of its writers written, when they were told to stop. */
interface Defence {
  since: number;
  written: ReadonlyMap<Writer, number>;
}

interface Guarded {
  volume: Volume;
  /** Its writers are being stopped and measured. */
  defending: Defence | undefined;
  /** What it had lost when its reserve was last defended. */
  defendedAt: number | undefined;
}

const isBelow = (path: string, other: string): boolean => path === other || path.startsWith(`${other}/`);

/** The highest directory of a file system above `path`: of one below a project's quota, Linux tells the project's space. */
function topOf(path: string, dev: number): string {
  let top = realpathSync(path);
  while (top !== "/" && statSync(dirname(top)).dev === dev) top = dirname(top);
  return top;
}

export class Watchdog {
  readonly #events: WatchdogEvents;
  readonly #now: () => number;
  readonly #writers = new Map<number, Writer>();
  readonly #guarded = new Map<number, Guarded>();
  #timer: NodeJS.Timeout | undefined;

  constructor(events: WatchdogEvents, now: () => number = () => performance.now()) {
    this.#events = events;
    this.#now = now;
  }

  #volumeOf(path: string): Volume {
    const { dev } = statSync(path);
    const known = this.#guarded.get(dev);
    if (known !== undefined) return known.volume;
    const volume = new Volume(topOf(path, dev), this.#now());
    this.#guarded.set(dev, { volume, defending: undefined, defendedAt: undefined });
    return volume;
  }

  /** Adds one that does not run yet; returns what its trees hold. */
  async add(id: number, order: WriterOrder): Promise<number> {
    const { limitBytes, baselineBytes } = order;
    // What lies below another of its directories would count twice.
    const paths = order.paths.filter((path, at) =>
      order.paths.every((other, i) => i === at || !isBelow(path, other) || (path === other && i > at)),
    );
    const volumes = [...new Set(paths.map((path) => this.#volumeOf(path)))];
    const writer = new Writer({ id, paths, limitBytes, volumes, now: this.#now });
    this.#writers.set(id, writer);
    await writer.prepare(baselineBytes);
    return writer.baselineBytes;
  }

  async begin(id: number, path: FreezerPath): Promise<void> {
    const writer = this.#writers.get(id);
    writer?.begin(path);
    this.#schedule(0);
    // It may have run, and grown, before.
    if (writer?.known === false) await this.#inspect(writer);
    await writer?.standStill();
  }

  /** What it may still grow, as last measured. */
  leftBytes(id: number): number {
    const allowance = this.#writers.get(id)?.allowance;
    return allowance === undefined ? 0 : Math.max(0, allowance.limitBytes - allowance.usedBytes);
  }

  /** Keeps it stopped until it is resumed, besides what measuring needs; resolves once it stands still. */
  async hold(id: number): Promise<void> {
    const writer = this.#writers.get(id);
    writer?.stop();
    await writer?.standStill();
  }

  resume(id: number): void {
    this.#writers.get(id)?.go();
  }

  remove(id: number): void {
    this.#writers.get(id)?.release();
    this.#writers.delete(id);
    for (const [dev, { volume, defending }] of this.#guarded) {
      if (defending !== undefined || [...this.#writers.values()].some((writer) => writer.uses(volume))) continue;
      this.#guarded.delete(dev);
      volume[Symbol.dispose]();
    }
  }

  get #active(): Writer[] {
    return [...this.#writers.values()].filter((writer) => writer.active);
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), ms);
  }

  #look(): void {
    const active = this.#active;
    if (active.length === 0) return;
    let rest = Number.POSITIVE_INFINITY;
    for (const guarded of this.#guarded.values()) {
      const { volume } = guarded;
      if (!active.some((writer) => writer.uses(volume))) continue;
      volume.look(this.#now());
      if (guarded.defending === undefined && this.#untilThreat(guarded) <= 0) void this.#defend(guarded);
      // Also while writers are being measured: one that does not stop goes on until then.
      if (guarded.defending !== undefined) this.#hasten(guarded, guarded.defending);
      rest = Math.min(rest, guarded.defending === undefined ? restMs(this.#untilThreat(guarded)) : 1);
    }
    for (const writer of active) {
      if (writer.measuring) {
        rest = Math.min(rest, inFlightMs);
        // What is known for certain by now is that it has passed.
        if (writer.passesInFlight) void this.#end(writer, "limit", writer.allowance.limitBytes + 1);
      } else if (writer.due) {
        void this.#inspect(writer);
        rest = Math.min(rest, inFlightMs);
      } else {
        const distance = writer.distanceBytes;
        rest = Math.min(rest, distance > 0 ? restMs(distance) : idleMs);
      }
    }
    this.#schedule(rest);
  }

  async #inspect(writer: Writer): Promise<void> {
    writer.stop();
    const used = await this.#measure(writer);
    if (used > writer.allowance.limitBytes) await this.#end(writer, "limit", used);
    else if (!writer.ended) writer.go();
    // It may be next to its limit.
    this.#schedule(0);
  }

  /** Measures a writer that was told to stop, with those that write to the same trees where they get in the way. */
  async #measure(writer: Writer): Promise<number> {
    try {
      return await writer.measure();
    } catch (error) {
      if (!(error instanceof TreeMoved)) throw error;
    }
    const near = (path: string): boolean => writer.paths.some((own) => isBelow(path, own) || isBelow(own, path));
    const others = this.#active.filter((other) => other !== writer && other.paths.some(near));
    for (const other of others) other.stop();
    try {
      for (let attempt = 0; attempt < 20; attempt += 1) {
        await sleep(5);
        try {
          return await writer.measure();
        } catch (error) {
          if (!(error instanceof TreeMoved)) throw error;
        }
      }
    } finally {
      for (const other of others) if (!other.ended) other.go();
    }
    this.#events.log("a tree keeps changing while it is measured", { writer: writer.id });
    return writer.allowance.usedBytes;
  }

  async #end(writer: Writer, reason: DiskReason, usedBytes = writer.allowance.usedBytes): Promise<void> {
    if (writer.ended) return;
    // Nothing goes before the signal: it is what a write in progress ends for.
    const killed = writer.kill();
    this.#events.exceeded(writer.id, usedBytes, reason);
    await killed;
  }

  /** How much may be lost until somebody has to end: up to the reserve, and below it in small steps. */
  #untilThreat({ volume, defendedAt }: Guarded): number {
    if (volume.aboveReserve > 0) return volume.aboveReserve;
    return defendedAt === undefined ? 0 : defendedAt + volume.reserve / reserveSteps - volume.lostBytes;
  }

  /**
   * Ends a writer that takes the reserve instead of stopping: the one that has written most since it was told to. One that
   * waits for the disk does not stop either, and has done nothing. Nobody waits until the killed one is gone: it writes
   * no more, and another one may.
   */
  #hasten(guarded: Guarded, { since, written }: Defence): void {
    const { volume } = guarded;
    if (volume.lostBytes - since < volume.reserve / hasteParts) return;
    const [worst] = this.#active
      .filter((writer) => writer.uses(volume) && !writer.stopped)
      .map((writer) => ({ writer, bytes: writer.writtenBytes - (written.get(writer) ?? 0) }))
      .filter(({ bytes }) => bytes >= volume.reserve / hasteParts / 4)
      .toSorted((a, b) => b.bytes - a.bytes);
    if (worst === undefined) return;
    const { writer } = worst;
    guarded.defending = this.#defence(volume);
    void this.#end(writer, "reserve", writer.allowance.usedBytes + Math.min(writer.dirtiedBytes, writer.boundBytes));
  }

  #defence(volume: Volume): Defence {
    const writers = this.#active.filter((writer) => writer.uses(volume));
    return { since: volume.lostBytes, written: new Map(writers.map((writer) => [writer, writer.writtenBytes])) };
  }

  /** Stops all writers of a file system, measures them, and ends the one that grew most. */
  async #defend(guarded: Guarded): Promise<void> {
    const { volume } = guarded;
    const before = this.#active.length;
    const stopped = this.#active.filter((writer) => writer.uses(volume));
    for (const writer of stopped) writer.stop();
    guarded.defending = this.#defence(volume);
    try {
      const end = this.#now() + stopMs;
      while (this.#now() < end && stopped.some((writer) => writer.active && !writer.stopped)) await sleep(1);
      const grown: number[] = [];
      const left = stopped.filter((writer) => writer.active);
      for (const writer of left) grown.push(await this.#measure(writer));
      // Whoever was ended meanwhile may have been enough.
      const enough = this.#active.length < before && volume.available > volume.reserve / 2;
      const index = enough ? undefined : mostGrown(grown, volume.available, volume.reserve);
      const most = index === undefined ? undefined : left[index];
      if (most !== undefined) await this.#end(most, "reserve", grown[index ?? 0]);
      guarded.defendedAt = volume.lostBytes;
    } finally {
      for (const writer of stopped) if (!writer.ended) writer.go();
      guarded.defending = undefined;
    }
  }
}
