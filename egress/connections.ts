import type { Pid, SlotId } from "../kernel/abi/index.ts";
import type { AllowList } from "./allow-list.ts";

/**
 * Every open connection, and what its process may connect to.
 *
 * A connection is here from the moment its descriptor came until it is closed. Taking a slot or a process away ends
 * what depends on it before this returns. An allow-list is kept while its process has a connection: the kernel sends
 * the present one with each.
 */

export interface Connection {
  readonly pids: readonly Pid[];
  /** The slots that it depends on now. */
  readonly slots: readonly SlotId[];
  /** Adapts to a new allow-list of its process; `false` where the list does not cover it. */
  survives(list: AllowList): boolean;
  /** Ends it at once, without waiting for what is under way. */
  end(): void;
}

export class Connections {
  readonly #open = new Set<Connection>();
  readonly #counts = new Map<Pid, number>();
  readonly #lists = new Map<Pid, AllowList>();

  add(connection: Connection): void {
    this.#open.add(connection);
    for (const pid of connection.pids) this.#counts.set(pid, this.count(pid) + 1);
  }

  /** To be called once it is closed. */
  remove(connection: Connection): void {
    if (!this.#open.delete(connection)) return;
    for (const pid of connection.pids) {
      const left = this.count(pid) - 1;
      if (left > 0) {
        this.#counts.set(pid, left);
      } else {
        this.#counts.delete(pid);
        this.#lists.delete(pid);
      }
    }
  }

  count(pid: Pid): number {
    return this.#counts.get(pid) ?? 0;
  }

  /** What a process may connect to; nothing where the kernel has said nothing. */
  listOf(pid: Pid): AllowList {
    return this.#lists.get(pid) ?? [];
  }

  /** The whole allow-list of a process; its connections that it does not cover end. */
  allow(pid: Pid, list: AllowList): void {
    this.#lists.set(pid, list);
    for (const connection of this.#open) {
      if (connection.pids.includes(pid) && !connection.survives(list)) connection.end();
    }
    if (this.count(pid) === 0) this.#lists.delete(pid);
  }

  /** Ends what depends on one of these; the slots are in no list any more. */
  cut(slots: readonly SlotId[], pids: readonly Pid[]): void {
    const goneSlots = new Set(slots);
    const gonePids = new Set(pids);
    for (const pid of gonePids) this.#lists.delete(pid);
    for (const [pid, list] of this.#lists) {
      if (list.some((grant) => goneSlots.has(grant.slot))) {
        this.#lists.set(
          pid,
          list.filter((grant) => !goneSlots.has(grant.slot)),
        );
      }
    }
    for (const connection of this.#open) {
      const depends =
        connection.slots.some((slot) => goneSlots.has(slot)) || connection.pids.some((pid) => gonePids.has(pid));
      if (depends) connection.end();
    }
  }

  endAll(): void {
    for (const connection of this.#open) connection.end();
  }
}
