import { Fault } from "../abi/index.ts";
import type { Letter, Message } from "./queue.ts";
import type { Scope } from "./topic-scope.ts";

/**
 * How much of the kernel's memory queues take: of one scope, and all together.
 *
 * A message costs what its text takes at most, and what is kept about it; so do dead letters. The limits of a queue are
 * its maker's; these are everybody's.
 */

const scopeLimit = 128 << 20;
const totalLimit = 512 << 20;
const overhead = 200;

export const costOf = (messages: readonly Pick<Message, "text">[]): number =>
  messages.reduce((sum, { text }) => sum + 2 * text.length + overhead, 0);
export const costOfLetters = (letters: readonly Letter[]): number => costOf(letters.map(({ message }) => message));

export class QueueRoom {
  readonly #ofScope = new Map<Scope, number>();
  #total = 0;

  /** Faults: `exhausted`. */
  require(scope: Scope, more: number): void {
    const whose =
      (this.#ofScope.get(scope) ?? 0) + more > scopeLimit ? "the queues of this project or user" : "all queues";
    if (whose === "all queues" && this.#total + more <= totalLimit) return;
    throw new Fault("exhausted", `${whose} hold together as much as there is room for`, {
      hint: "Wait until somebody has received from them.",
    });
  }

  take(scope: Scope, cost: number): void {
    const now = (this.#ofScope.get(scope) ?? 0) + cost;
    this.#total += cost;
    if (now === 0) this.#ofScope.delete(scope);
    else this.#ofScope.set(scope, now);
  }
}
