import type { Socket } from "node:net";

/**
 * Idle connections that a process's relay has opened to the kernel, each good for one way to one of its ports.
 *
 * A connection is taken once. Whoever asks while there is none waits for the relay's next one, and not for long.
 */

const parkedLimit = 16;
const waitMs = 5000;

interface Waiting {
  take: (socket: Socket | undefined) => void;
  timer: NodeJS.Timeout;
}

export class Parked implements Disposable {
  #idle: Socket[] = [];
  readonly #waiting: Waiting[] = [];
  #closed = false;

  add(socket: Socket): void {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      clearTimeout(next.timer);
      next.take(socket);
      return;
    }
    this.#idle = this.#idle.filter((idle) => !idle.destroyed);
    if (this.#closed || this.#idle.length >= parkedLimit) socket.destroy();
    else this.#idle.push(socket);
  }

  /** A connection, or `undefined` when none comes in time. */
  async take(): Promise<Socket | undefined> {
    const idle = this.#idle.find((socket) => !socket.destroyed);
    if (idle !== undefined) {
      this.#idle.splice(0, this.#idle.indexOf(idle) + 1);
      return idle;
    }
    if (this.#closed) return undefined;
    const { promise, resolve } = Promise.withResolvers<Socket | undefined>();
    const waiting: Waiting = { take: resolve, timer: setTimeout(() => this.#giveUp(waiting), waitMs) };
    this.#waiting.push(waiting);
    return promise;
  }

  #giveUp(waiting: Waiting): void {
    const index = this.#waiting.indexOf(waiting);
    if (index !== -1) this.#waiting.splice(index, 1);
    waiting.take(undefined);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    for (const socket of this.#idle.splice(0)) socket.destroy();
    for (const { timer, take } of this.#waiting.splice(0)) {
      clearTimeout(timer);
      take(undefined);
    }
  }
}
