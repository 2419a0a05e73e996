import type { Socket } from "node:net";
import type { Pid, ServiceMessage, SlotId } from "../kernel/abi/index.ts";
import type { Log } from "../kernel/client/index.ts";
import type { Connection, Connections } from "./connections.ts";
import { joinSockets, type TunnelLimits } from "./tunnel.ts";

/**
 * Connections from one process to another's port: two descriptors that are joined here.
 *
 * The kernel has decided that they belong together; each half depends on its own slots and processes, and taking away
 * what one half depends on ends both. A half whose other does not come is closed.
 */

export type EndpointMessage = Extract<ServiceMessage, { type: "endpoint" }>;

/** How long a half waits for its other. */
const pairTimeoutMs = 30_000;

class Half implements Connection {
  readonly pids: readonly Pid[];
  readonly slots: readonly SlotId[];
  readonly end: () => void;
  readonly socket: Socket;

  constructor(message: EndpointMessage, socket: Socket) {
    this.pids = message.pids;
    this.slots = message.slots;
    this.socket = socket;
    this.end = () => socket.destroy();
  }

  /** No host of an allow-list is involved; its slots are cut by name. */
  survives(): boolean {
    return true;
  }
}

export interface EndpointOptions {
  connections: Connections;
  log: Log;
  limits: TunnelLimits;
  mostConnections: number;
}

export class EndpointPairs {
  readonly #options: EndpointOptions;
  readonly #waiting = new Map<number, { half: Half; end: EndpointMessage["end"]; timer: NodeJS.Timeout }>();

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  accept(message: EndpointMessage, socket: Socket): void {
    const { connections, log, limits, mostConnections } = this.#options;
    socket.on("error", () => undefined);
    if (message.end === "from" && message.pids.some((pid) => connections.count(pid) >= mostConnections)) {
      log("warn", "refused", { pids: message.pids, why: `more than ${mostConnections} connections` });
      socket.destroy();
      return;
    }
    const half = new Half(message, socket);
    connections.add(half);
    socket.once("close", () => connections.remove(half));

    const other = this.#waiting.get(message.pair);
    if (other === undefined) {
      const forget = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(message.pair);
      };
      const timer = setTimeout(half.end, pairTimeoutMs);
      this.#waiting.set(message.pair, { half, end: message.end, timer });
      socket.once("close", forget);
      return;
    }
    if (other.end === message.end) {
      log("error", "the same end of a pair came twice", { pair: message.pair, end: message.end });
      half.end();
      return;
    }
    clearTimeout(other.timer);
    this.#waiting.delete(message.pair);
    const [from, to] = message.end === "from" ? [socket, other.half.socket] : [other.half.socket, socket];
    joinSockets(from, to, limits);
  }
}
