import { Readable } from "node:stream";

/**
 * One subscriber's events, as a stream of lines of JSON that is never held up by whoever reads it slowly.
 *
 * So much is kept for it; what comes beyond that takes the place of the oldest, and the next event that it gets says how
 * many it missed.
 */

/** An event as all its subscribers get it: JSON without its closing brace. */
export type EventText = string;

const eventLimit = 1024;
const textLimit = 256 << 10;

export class Subscription {
  readonly stream: Readable;
  #events: EventText[] = [];
  #characters = 0;
  #missed = 0;
  #wanted = false;

  constructor() {
    this.stream = new Readable({ highWaterMark: 16 << 10, read: () => this.#read() });
  }

  add(event: EventText): void {
    if (this.stream.destroyed || this.stream.readableEnded) return;
    this.#events.push(event);
    this.#characters += event.length;
    while (this.#events.length > eventLimit || (this.#characters > textLimit && this.#events.length > 1)) {
      this.#characters -= this.#events.shift()?.length ?? 0;
      this.#missed += 1;
    }
    if (this.#wanted) this.#read();
  }

  /** Nothing follows; what was not read yet is not told any more. */
  end(): void {
    this.#events = [];
    if (!this.stream.destroyed) this.stream.push(null);
  }

  #read(): void {
    this.#wanted = true;
    while (this.#wanted) {
      const event = this.#events.shift();
      if (event === undefined) return;
      this.#characters -= event.length;
      this.#wanted = this.stream.push(`${event},"missed":${this.#missed}}\n`);
      this.#missed = 0;
    }
  }
}
