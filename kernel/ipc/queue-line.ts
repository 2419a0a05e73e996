/**
 * Those that wait, by their age: whoever came first goes first, also when it comes back later than others.
 *
 * Taking one and adding at the end take the same time however long it is; what comes back is merged in as a whole. What
 * was taken is no longer referred to. Pure.
 */

interface Numbered {
  readonly id: number;
}

/** Taken places are cleared away once there are so many, and as many as others. */
const clearAt = 1024;

export class QueueLine<T extends Numbered> {
  #places: (T | undefined)[] = [];
  #first = 0;

  get length(): number {
    return this.#places.length - this.#first;
  }

  /** The oldest. */
  get first(): T | undefined {
    return this.#places[this.#first];
  }

  /** Takes the oldest out. */
  shift(): T | undefined {
    const taken = this.first;
    if (taken === undefined) return undefined;
    this.#places[this.#first] = undefined;
    this.#first += 1;
    if (this.#first >= clearAt && this.#first * 2 >= this.#places.length) this.#set(this.all());
    return taken;
  }

  /** Adds these, each at its age. */
  add(more: readonly T[]): void {
    if (more.length === 0) return;
    const sorted = more.toSorted((a, b) => a.id - b.id);
    const last = this.length === 0 ? undefined : this.#places.at(-1);
    if (last === undefined || last.id < (sorted[0]?.id ?? 0)) {
      for (const each of sorted) this.#places.push(each);
      return;
    }
    const merged: T[] = [];
    let at = 0;
    for (const own of this.all()) {
      for (let next = sorted[at]; next !== undefined && next.id < own.id; next = sorted[at]) {
        merged.push(next);
        at += 1;
      }
      merged.push(own);
    }
    for (const rest of sorted.slice(at)) merged.push(rest);
    this.#set(merged);
  }

  /** Leaves those that stay. */
  keep(stays: (each: T) => boolean): void {
    this.#set(this.all().filter(stays));
  }

  /** Oldest first. */
  all(): T[] {
    return this.#places.slice(this.#first).filter((each) => each !== undefined);
  }

  #set(places: T[]): void {
    this.#places = places;
    this.#first = 0;
  }
}
