import type { Socket } from "node:net";
import { Fault, type Pid, type ServiceMessage, type SlotId } from "../../../kernel/abi/index.ts";

/**
 * The connections to processes' ports that the kernel hands over, each known by its number.
 *
 * A connection lives only as long as every right on which it rests: the kernel's `cut` ends it at once, idle or in the
 * middle of a reply. The kernel's answer and its socket come by two ways, so either may be first; one whose other half
 * does not come is ended.
 */

type Handed = Extract<ServiceMessage, { type: "preview" }>;
type Cut = Extract<ServiceMessage, { type: "cut" }>;

const matchMs = 10_000;

interface Rests {
  slots: ReadonlySet<SlotId>;
  pids: ReadonlySet<Pid>;
}

interface Waiting {
  resolve: (socket: Socket) => void;
  reject: (error: Error) => void;
}

/** As a connection says it that its other end closes before the first byte. */
const closed = (): Error => Object.assign(new Error("the connection was closed on its way"), { code: "ECONNRESET" });
const lost = (): Fault => new Fault("unavailable", "the connection to the process did not arrive");

export class PreviewSockets {
  readonly #open = new Map<Socket, Rests>();
  readonly #parked = new Map<number, Socket | undefined>();
  readonly #waiting = new Map<number, Waiting>();

  /** Takes what the kernel handed over; without a socket where that was closed on its way. */
  hand({ connection, pid, session, slots }: Handed, socket: Socket | undefined): void {
    if (socket !== undefined) {
      this.#open.set(socket, { slots: new Set(slots), pids: new Set([pid, session]) });
      socket.on("error", () => undefined).once("close", () => this.#open.delete(socket));
    }
    const waiting = this.#waiting.get(connection);
    if (waiting === undefined) this.#park(connection, socket);
    else if (socket === undefined) waiting.reject(closed());
    else waiting.resolve(socket);
  }

  /** The connection with this number, once. Faults: `unavailable` when it does not come. */
  take(connection: number): Promise<Socket> {
    if (this.#parked.has(connection)) {
      const socket = this.#parked.get(connection);
      this.#parked.delete(connection);
      // Its other end may have closed it meanwhile, which nobody would be told again.
      return socket === undefined || socket.destroyed ? Promise.reject(closed()) : Promise.resolve(socket);
    }
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    this.#waiting.set(connection, { resolve, reject });
    const timer = setTimeout(() => reject(lost()), matchMs);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(connection);
    });
  }

  cut({ slots, pids }: Cut): void {
    for (const [socket, rests] of this.#open) {
      if (slots.some((slot) => rests.slots.has(slot)) || pids.some((pid) => rests.pids.has(pid)))
        socket.destroy(new Fault("denied", "the right on which this connection rests has ended"));
    }
  }

  #park(connection: number, socket: Socket | undefined): void {
    this.#parked.set(connection, socket);
    setTimeout(() => {
      if (this.#parked.get(connection) !== socket || !this.#parked.delete(connection)) return;
      socket?.destroy();
    }, matchMs);
  }
}
