import { classShares, type ProcessClass } from "../../../kernel/abi/index.ts";
import { Heap } from "./heap.ts";

/**
 * The CPUs of a simulated machine, as Linux shares them: in proportion to the weights of those that compute, nobody
 * getting more than it may use, and what one cannot use going to the others.
 *
 * Those with one weight and one limit always get the same, so they are kept as one group with one clock of service.
 */

export interface Load {
  readonly class: ProcessClass;
  readonly cores: number;
}

/** A place on the CPUs. `done` is where the group's clock stands when the computation is done. */
interface Seat<T> {
  owner: T;
  group: Group<T>;
  from: number;
  done: number;
  left: boolean;
}

interface Group<T> {
  share: number;
  limit: number;
  seats: number;
  /** Cores that each gets, and the CPU time that each got. */
  rate: number;
  service: number;
  ends: Heap<Seat<T>>;
}

export class Processors<T extends object> {
  readonly #cores: number;
  readonly #groups = new Map<string, Group<T>>();
  readonly #seats = new Map<T, Seat<T>>();
  #now = 0;
  #idleMs = 0;

  constructor(cores: number) {
    this.#cores = cores;
  }

  /** `owner` begins to compute for so long. */
  enter(owner: T, load: Load, computeMs: number): void {
    const group = this.#groupOf(load);
    const seat: Seat<T> = { owner, group, from: group.service, done: group.service + computeMs, left: false };
    group.seats += 1;
    group.ends.push(seat.done, seat);
    this.#seats.set(owner, seat);
    this.#share();
  }

  /** Somebody else computes from now on and for ever, in so many threads. */
  occupy(load: Load, threads: number): void {
    this.#groupOf(load).seats += threads;
    this.#share();
  }

  /** `owner` stops. Returns the CPU time that it got since it entered or was last read, and what it lacks. */
  leave(owner: T): { gotMs: number; lacksMs: number } {
    const got = this.read(owner);
    const seat = this.#seats.get(owner);
    if (seat === undefined) return { gotMs: 0, lacksMs: 0 };
    seat.left = true;
    seat.group.seats -= 1;
    this.#seats.delete(owner);
    this.#share();
    return { gotMs: got, lacksMs: Math.max(0, seat.done - seat.group.service) };
  }

  /** CPU time since it entered or was last read. */
  read(owner: T): number {
    const seat = this.#seats.get(owner);
    if (seat === undefined) return 0;
    const got = seat.group.service - seat.from;
    seat.from = seat.group.service;
    return got;
  }

  /** CPU time that nobody has used so far. */
  get idleMs(): number {
    return this.#idleMs;
  }

  /** When the next one is done, and who; nobody where nobody computes. */
  next(): { at: number; owner: T } | undefined {
    let first: { at: number; owner: T } | undefined;
    for (const group of this.#groups.values()) {
      const seat = soonest(group);
      if (seat === undefined || group.rate === 0) continue;
      const at = this.#now + Math.max(0, seat.done - group.service) / group.rate;
      if (first === undefined || at < first.at) first = { at, owner: seat.owner };
    }
    return first;
  }

  advance(to: number): void {
    let used = 0;
    for (const group of this.#groups.values()) {
      group.service += group.rate * (to - this.#now);
      used += group.rate * group.seats;
    }
    this.#idleMs += Math.max(0, this.#cores - used) * (to - this.#now);
    this.#now = to;
  }

  #groupOf(load: Load): Group<T> {
    const limit = Math.min(load.cores, this.#cores);
    const key = `${load.class} ${limit}`;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group: Group<T> = {
      share: classShares[load.class],
      limit,
      seats: 0,
      rate: 0,
      service: 0,
      ends: new Heap(),
    };
    this.#groups.set(key, group);
    return group;
  }

  /** Gives the groups what they can use at most, those that can use least for their weight first. */
  #share(): void {
    const groups = [...this.#groups.values()].filter(({ seats }) => seats > 0);
    groups.sort((a, b) => a.limit / a.share - b.limit / b.share);
    let cores = this.#cores;
    let shares = groups.reduce((sum, { seats, share }) => sum + seats * share, 0);
    for (const group of groups) {
      group.rate = Math.min(group.limit, (cores * group.share) / shares);
      cores -= group.rate * group.seats;
      shares -= group.share * group.seats;
    }
  }
}

function soonest<T>(group: Group<T>): Seat<T> | undefined {
  for (;;) {
    const seat = group.ends.peek()?.value;
    if (seat === undefined || !seat.left) return seat;
    group.ends.pop();
  }
}
