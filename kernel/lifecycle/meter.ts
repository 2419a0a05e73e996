import { watch } from "node:fs";
import { join } from "node:path";
import type { Millis, Usage } from "../abi/index.ts";
import { type CgroupFiles, ifThere, readFigures } from "./cgroup.ts";
import { readUsage } from "./usage.ts";

/**
 * What a container uses, from its start to its end.
 *
 * A last reading is taken when its last task has ended: between that and the engine's removing of its cgroup there are
 * some milliseconds, and only cgroup v2, or one beside v1, says when it is. Where none says it, or the reading comes
 * too late, the one before stays: no figure is made up.
 */

/** The first look is this long after the start and each next twice as long after the one before, up to the longest. */
const firstRestMs = 50;
const longestRestMs = 2000;
/** How long a task may take to end that was killed for memory: what it holds has to be given back. */
const dyingMs = 5000;

export interface MeterPorts {
  now: () => Millis;
  /** Called with each reading. */
  read: (usage: Usage) => void;
}

export class Meter implements Disposable {
  readonly #files: CgroupFiles;
  readonly #ports: MeterPorts;
  #latest: Usage | undefined;
  /** When it was first seen that so many tasks had been killed for memory. */
  #killSeenAt: Millis | undefined;
  #last = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #stopWatching: () => void = () => undefined;

  constructor(files: CgroupFiles, ports: MeterPorts) {
    this.#files = files;
    this.#ports = ports;
    this.#watchEnd();
    this.#lookAfter(firstRestMs);
  }

  /**
   * Whether it has ended for want of memory: a task was killed for that, so shortly before the end that this can have
   * been its cause. `undefined` where there was no last reading, or it tells nothing of kills.
   */
  ranOut(): boolean | undefined {
    if (!this.#last || this.#latest === undefined || this.#latest.oomKills === null) return undefined;
    return this.#killSeenAt !== undefined && this.#latest.at - this.#killSeenAt <= dyingMs;
  }

  #lookAfter(restMs: number): void {
    this.#timer = setTimeout(() => {
      this.#look();
      if (!this.#closed) this.#lookAfter(Math.min(2 * restMs, longestRestMs));
    }, restMs);
  }

  #look(): void {
    if (this.#last || this.#closed) return;
    // Asked first: only what is read after the end is final.
    const last = this.#hasEnded();
    const usage = readUsage(this.#files, this.#ports.now());
    if (usage === undefined) return;
    const before = this.#latest;
    if ((usage.oomKills ?? 0) > (before?.oomKills ?? 0)) this.#killSeenAt = usage.at;
    // Where Linux keeps no peak it is the most that was seen.
    const memoryPeakBytes = Math.max(before?.memoryPeakBytes ?? 0, usage.memoryPeakBytes);
    this.#latest = { ...usage, memoryPeakBytes };
    this.#last = last;
    this.#ports.read(this.#latest);
  }

  #hasEnded(): boolean {
    const { unified } = this.#files;
    return unified !== undefined && ifThere(() => readFigures(unified, "cgroup.events"))?.get("populated") === 0;
  }

  #watchEnd(): void {
    const { unified } = this.#files;
    if (unified === undefined) return;
    try {
      const watcher = watch(join(unified, "cgroup.events"), () => {
        // It is told of each stop and start as well.
        if (this.#hasEnded()) this.#look();
      });
      watcher.on("error", () => watcher.close());
      this.#stopWatching = () => watcher.close();
    } catch {
      // It has gone already, or this machine has no watches left; readings are then those of the clock.
    }
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#stopWatching();
  }
}
