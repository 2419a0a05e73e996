import { once } from "node:events";
import { closeSync, constants, openSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { Lines } from "./lines.ts";
import { type Hello, type Order, type Result, socketName, type Word, wordLimitBytes, wordSchema } from "./message.ts";

/**
 * The kernel's end of one connection with a spooler: orders and their answers, and what it says unasked.
 *
 * When it closes, every order that has no answer yet is refused with `LinkLost`.
 */

export class LinkLost extends Error {
  override readonly name = "LinkLost";
}

export interface LinkEvents {
  /** The answer to `hello`, before anything that is said after it. */
  greeted: (hello: Hello) => void;
  /** What is said unasked. */
  word: (word: Exclude<Word, { say: "done" | "refused" }>) => void;
  closed: (link: Link, error: unknown) => void;
}

export class Link {
  readonly #socket: Socket;
  readonly #events: LinkEvents;
  readonly #waiting = new Map<number, PromiseWithResolvers<Result>>();
  #nextId = 0;
  #error: unknown;

  private constructor(socket: Socket, events: LinkEvents) {
    this.#socket = socket;
    this.#events = events;
    const lines = new Lines(wordLimitBytes);
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const line of lines.push(chunk)) this.#take(wordSchema.parse(JSON.parse(line)));
      } catch (error) {
        this.#error = error;
        socket.destroy();
      }
    });
    socket.on("error", (error) => (this.#error = error));
    socket.once("close", () => this.#close());
  }

  /** Connects to the spooler that listens in `dir`, however long its path is. Throws where none does. */
  static async connect(dir: string, events: LinkEvents): Promise<Link> {
    const fd = openSync(dir, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      const socket = connect(join("/proc/self/fd", String(fd), socketName));
      await once(socket, "connect");
      return new Link(socket, events);
    } finally {
      closeSync(fd);
    }
  }

  /** Gives an order; those of one link are carried out in turn. Rejects with what was refused, or `LinkLost`. */
  order(order: Order): Promise<Result> {
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<Result>();
    if (this.#socket.destroyed) return Promise.reject(new LinkLost("the spooler is gone"));
    this.#waiting.set(id, waiting);
    this.#socket.write(`${JSON.stringify({ id, order })}\n`);
    return waiting.promise;
  }

  get gone(): boolean {
    return this.#socket.destroyed;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(word: Word): void {
    switch (word.say) {
      case "done":
        if (word.result.hello !== undefined) this.#events.greeted(word.result.hello);
        this.#waiting.get(word.id)?.resolve(word.result);
        this.#waiting.delete(word.id);
        return;
      case "refused":
        this.#waiting.get(word.id)?.reject(new Error(word.message));
        this.#waiting.delete(word.id);
        return;
      case "grown":
      case "failed":
      case "replaced":
        this.#events.word(word);
        return;
      default:
        word satisfies never;
    }
  }

  #close(): void {
    for (const { reject } of this.#waiting.values())
      reject(new LinkLost("the spooler is gone", { cause: this.#error }));
    this.#waiting.clear();
    this.#events.closed(this, this.#error);
  }
}
