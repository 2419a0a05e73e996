import type { Pid } from "../abi/index.ts";

/**
 * Processes that have all they need but their turn, in groups of which all start together.
 *
 * Pure: it knows who waits for whom, and nothing of what they are.
 */
export class Waiting<T extends { readonly pid: Pid }> {
  readonly #groups = new Map<Pid, { readonly members: readonly T[]; readonly left: Set<Pid> }>();

  add(members: readonly T[]): void {
    const group = { members, left: new Set(members.map(({ pid }) => pid)) };
    for (const { pid } of members) this.#groups.set(pid, group);
  }

  has(pid: Pid): boolean {
    return this.#groups.has(pid);
  }

  get pids(): Pid[] {
    return [...this.#groups.keys()];
  }

  /** The turn of one has come. Returns its group, which waits no more, once that of all has. */
  due(pid: Pid): readonly T[] | undefined {
    const group = this.#groups.get(pid);
    group?.left.delete(pid);
    return group?.left.size === 0 ? this.take(pid) : undefined;
  }

  /** Takes a process and its group out; `undefined` for one that does not wait. */
  take(pid: Pid): readonly T[] | undefined {
    const members = this.#groups.get(pid)?.members;
    for (const member of members ?? []) this.#groups.delete(member.pid);
    return members;
  }
}
