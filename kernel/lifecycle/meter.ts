import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import type { Millis, Usage } from "../abi/index.ts";
import { type CgroupFiles, ifThere, readFigures } from "./cgroup.ts";
import { readUsage } from "./usage.ts";

/**
 * What a container uses, from its start to its end.
 *
 * A last reading is taken when its last task has ended: from then on there is only a moment until its cgroup is removed,
 * and only cgroup v2, or one beside v1, says when it is. Where none says it, or the reading comes too late, the one before
 * stays: no figure is made up.
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
  readonly #watchers: FSWatcher[] = [];

  constructor(files: CgroupFiles, ports: MeterPorts) {
    this.#files = files;
    this.#ports = ports;
    this.#watchFiles();
    this.#lookAfter(firstRestMs);
  }

  /**
   * Whether it has ended for want of memory: a task was killed for that, so shortly before the end that this can have
   * been its cause. `undefined` where no reading tells.
   */
  ranOut(): boolean | undefined {
    const end = this.#last ? this.#latest?.at : this.#ports.now();
    if (this.#killSeenAt !== undefined && end !== undefined && end - this.#killSeenAt <= dyingMs) return true;
    return this.#last && this.#latest?.oomKills !== null ? false : undefined;
  }

  #lookAfter(restMs: number): void {
    this.#timer = setTimeout(() => {
      if (this.#last) return;
      this.#look();
      if (!this.#closed) this.#lookAfter(Math.min(2 * restMs, longestRestMs));
    }, restMs);
  }

  #look(): void {
    if (this.#closed) return;
    const usage = readUsage(this.#files, this.#ports.now());
    if (usage === undefined) return;
    const before = this.#latest;
    if ((usage.oomKills ?? 0) > (before?.oomKills ?? 0)) this.#killSeenAt = usage.at;
    // Where Linux keeps no peak it is the most that was seen.
    const memoryPeakBytes = Math.max(before?.memoryPeakBytes ?? 0, usage.memoryPeakBytes);
    this.#latest = { ...usage, memoryPeakBytes };
    this.#ports.read(this.#latest);
  }

  /** The file also tells of each stop and start, but it is read first: what it may be about is gone in a moment. */
  #lookAtEnd(unified: string): void {
    const before = this.#latest;
    this.#look();
    const populated = ifThere(() => readFigures(unified, "cgroup.events"))?.get("populated");
    if (this.#latest !== before && populated !== 1) this.#last = true;
  }

  #watchFiles(): void {
    const { unified, version, memory } = this.#files;
    if (unified !== undefined) this.#watch(unified, "cgroup.events", () => this.#lookAtEnd(unified));
    // Tells of each task that is killed for memory.
    if (version === 2) this.#watch(memory, "memory.events", () => this.#look());
  }

  #watch(dir: string, name: string, changed: () => void): void {
    try {
      const watcher = watch(join(dir, name), (event) => {
        if (event === "change") changed();
      });
      watcher.on("error", () => watcher.close());
      this.#watchers.push(watcher);
    } catch {
      // It has gone already, or this machine has no watches left; readings are then those of the clock.
    }
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }
}
