/**
 * One-time tickets: each stands for a value, for a minute at most and for one use.
 *
 * A ticket travels in an address, where histories and logs may keep it; what it stands for does not. At most
 * `limit` wait, and the oldest makes room.
 */

export interface TicketOptions {
  now: () => number;
  /** A new unguessable text. */
  random: () => string;
  lifeMs: number;
  limit: number;
}

export class Tickets<T> {
  readonly #options: TicketOptions;
  /** In the order in which they end. */
  readonly #waiting = new Map<string, { value: T; until: number }>();

  constructor(options: TicketOptions) {
    this.#options = options;
  }

  issue(value: T): string {
    const { now, random, lifeMs, limit } = this.#options;
    const at = now();
    for (const [ticket, { until }] of this.#waiting) {
      if (until > at && this.#waiting.size < limit) break;
      this.#waiting.delete(ticket);
    }
    const ticket = random();
    this.#waiting.set(ticket, { value, until: at + lifeMs });
    return ticket;
  }

  /** What the ticket stands for, this once. */
  redeem(ticket: string): T | undefined {
    const found = this.#waiting.get(ticket);
    this.#waiting.delete(ticket);
    return found !== undefined && found.until > this.#options.now() ? found.value : undefined;
  }
}
