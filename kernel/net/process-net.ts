import type { Socket } from "node:net";
import type { Pid } from "../abi/index.ts";
import type { Slot } from "../capability/slot-table.ts";
import { endpointPorts, type NetSlots, netSlotsOf, proxyPortOf } from "./net-slots.ts";
import { Parked } from "./parked.ts";
import { ProcessSocket } from "./process-socket.ts";

/**
 * The network of one process: the sockets in its directory that its slots ask for, and no others.
 *
 * `refresh` brings them in line with the slots of now and answers with the relay's arguments for what is new. What a
 * connection may do is decided anew when it arrives.
 */

export interface NetEvents {
  /** A connection to the loopback proxy. */
  proxy: (pid: Pid, socket: Socket) => void;
  /** A connection to another process of the project, by its name. */
  endpoint: (pid: Pid, name: string, socket: Socket) => void;
  /** The port that an endpoint has now, if it is there. */
  portOf: (pid: Pid, name: string) => number | undefined;
}

const inside = "/run/superos";

export class ProcessNet implements Disposable {
  readonly pid: Pid;
  readonly #dir: string;
  readonly #events: NetEvents;
  readonly #parked = new Parked();
  readonly #sockets = new Map<string, ProcessSocket>();
  /** Loopback ports that its relay listens on for endpoints. */
  readonly #ports = new Map<string, number>();

  #closed = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(pid: Pid, dir: string, events: NetEvents) {
    this.pid = pid;
    this.#dir = dir;
    this.#events = events;
  }

  /** A connection that leads to one of its ports. */
  take(): Promise<Socket | undefined> {
    return this.#parked.take();
  }

  /** What the program is told: where its proxy and its endpoints are. */
  env(slots: readonly Slot[]): Record<string, string> {
    const net = netSlotsOf(slots);
    const proxy = `http://127.0.0.1:${proxyPortOf(net)}`;
    const names = ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    const local = "localhost,127.0.0.1,::1";
    return {
      ...(net.hosts.length === 0
        ? {}
        : {
            ...Object.fromEntries(names.map((name) => [name, proxy])),
            no_proxy: local,
            NO_PROXY: local,
            // Node's own clients look at the variables above only with this one.
            NODE_USE_ENV_PROXY: "1",
          }),
      ...Object.fromEntries(
        [...this.#ports].map(([name, port]) => [
          `SUPEROS_ENDPOINT_${name.toUpperCase().replaceAll("-", "_")}`,
          `127.0.0.1:${port}`,
        ]),
      ),
    };
  }

  /** One after the other: two at once would listen at the same place twice. */
  async refresh(slots: readonly Slot[]): Promise<string[]> {
    const own = this.#turn.catch(() => undefined).then(() => this.#refresh(slots));
    this.#turn = own;
    return own;
  }

  async #refresh(slots: readonly Slot[]): Promise<string[]> {
    const net = netSlotsOf(slots);
    const wanted = this.#wanted(net);
    for (const [name, socket] of this.#sockets) {
      if (wanted.has(name)) continue;
      this.#sockets.delete(name);
      socket[Symbol.dispose]();
    }
    const relay: string[] = [];
    for (const [name, { accept, args }] of wanted) {
      if (this.#sockets.has(name)) continue;
      const socket = await ProcessSocket.listen(this.#dir, name, accept);
      // The process may have ended, or another refresh have been faster.
      if (this.#closed || this.#sockets.has(name)) {
        if (this.#closed) socket[Symbol.dispose]();
        continue;
      }
      this.#sockets.set(name, socket);
      relay.push(...args);
    }
    return relay;
  }

  #wanted(net: NetSlots): Map<string, { accept: (socket: Socket) => void; args: string[] }> {
    const { pid } = this;
    const wanted = new Map<string, { accept: (socket: Socket) => void; args: string[] }>();
    if (net.binds.length > 0) {
      const accept = (socket: Socket): void => this.#parked.add(socket);
      wanted.set("bind.sock", { accept, args: ["serve", `${inside}/bind.sock`] });
    }
    if (net.hosts.length > 0) {
      const accept = (socket: Socket): void => this.#events.proxy(pid, socket);
      wanted.set("egress.sock", { accept, args: ["listen", String(proxyPortOf(net)), `${inside}/egress.sock`] });
    }
    const ports = endpointPorts(net, this.#ports, (name) => this.#events.portOf(pid, name));
    for (const [name, port] of ports) {
      this.#ports.set(name, port);
      const accept = (socket: Socket): void => this.#events.endpoint(pid, name, socket);
      wanted.set(`to-${name}.sock`, { accept, args: ["listen", String(port), `${inside}/to-${name}.sock`] });
    }
    return wanted;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#parked[Symbol.dispose]();
    for (const socket of this.#sockets.values()) socket[Symbol.dispose]();
    this.#sockets.clear();
  }
}
