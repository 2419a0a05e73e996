import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * Tells who sends request after request on one connection without waiting for answers.
 *
 * Each request that waits costs memory, and a connection of its own to whoever answers it. No browser, proxy or client
 * of ours does that, so a connection with more than a few is cut off, and none of what came too many is looked at.
 */

const unansweredLimit = 32;

export class Pipelining {
  readonly #unanswered = new WeakMap<Socket, number>();

  /** Whether this request is one too many; its connection has ended then. */
  refuses({ socket }: IncomingMessage, outgoing: ServerResponse): boolean {
    const unanswered = (this.#unanswered.get(socket) ?? 0) + 1;
    this.#unanswered.set(socket, unanswered);
    outgoing.once("close", () => this.#unanswered.set(socket, (this.#unanswered.get(socket) ?? 1) - 1));
    if (unanswered <= unansweredLimit) return false;
    socket.destroy();
    return true;
  }
}
