import type { Socket } from "node:net";
import { Fault, formatCapability, type AllowEntry, type Pid, type ServiceMessage } from "../abi/index.ts";
import type { Slot, SlotTable } from "../capability/slot-table.ts";
import { netSlotsOf } from "./net-slots.ts";
import { ProcessNet } from "./process-net.ts";

/**
 * Every connection into and out of a process, decided at the moment it is made.
 *
 * The kernel joins nothing and reads nothing: it checks which slot allows a connection and hands both ends to a service.
 * It remembers nothing of what is open; `cut` names slots and processes, and the services end what depends on them.
 */

export interface Outlet {
  send: (message: ServiceMessage, socket?: Socket) => void;
}

export interface NetworkOptions {
  slots: SlotTable;
  egress: Outlet;
  gateway: Outlet;
  /** The live process that a process of the same project reaches by this name. */
  endpoint: (from: Pid, name: string) => Pid | undefined;
}

export class Network {
  readonly #options: NetworkOptions;
  readonly #nets = new Map<Pid, ProcessNet>();
  #lastConnection = 0;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** Makes a process's sockets. Returns the relay's arguments and what the program is told. */
  async attach(pid: Pid, dir: string): Promise<{ relay: string[]; env: Record<string, string> }> {
    const net = new ProcessNet(pid, dir, {
      proxy: (from, socket) => this.#proxy(from, socket),
      endpoint: (from, name, socket) => void this.#join(from, name, socket),
      portOf: (from, name) => this.#portOf(this.#options.endpoint(from, name)),
    });
    this.#nets.set(pid, net);
    const slots = this.#options.slots.held(pid);
    return { relay: await net.refresh(slots), env: net.env(slots) };
  }

  detach(pid: Pid): void {
    this.#nets.get(pid)?.[Symbol.dispose]();
    this.#nets.delete(pid);
    this.#tell({ type: "cut", slots: [], pids: [pid] });
  }

  /** Brings a process's sockets in line with its slots; returns what its relay has to be started with for new ones. */
  async refresh(pid: Pid): Promise<string[]> {
    const net = this.#nets.get(pid);
    if (net === undefined) return [];
    this.#options.egress.send({ type: "allow", pid, allow: this.#allowOf(pid) });
    return net.refresh(this.#options.slots.held(pid));
  }

  /** Ends what depends on these slots or processes, sessions among them. */
  cut(slots: readonly Slot[], pids: readonly Pid[] = []): void {
    this.#tell({ type: "cut", slots: slots.map(({ id }) => id), pids: [...pids] });
  }

  /** The port that a preview leads to: the one asked for, or the one that the process names. Faults: `bad_state`. */
  portOf(pid: Pid, asked: number | null): number {
    const port = asked ?? this.#portOf(pid);
    if (port !== undefined && this.#bindOf(pid, port) !== undefined) return port;
    throw new Fault(
      "bad_state",
      `process ${pid} holds no NET_BIND${port === undefined ? " that names a port" : `:localhost:${port}`}`,
      {
        hint: port === undefined ? "Name the port." : "Start it with --cap NET_BIND:localhost:PORT.",
      },
    );
  }

  /** Whether a process holds the right to be reached at this port. */
  serves(pid: Pid, port: number): boolean {
    return this.#bindOf(pid, port) !== undefined;
  }

  /**
   * Opens a connection to a process's port and hands it to the gateway. `requireLive` throws when it may not be, and is
   * asked at the last moment. Faults: its own, `unavailable`.
   */
  async preview(to: { pid: Pid; port: number; session: Pid }, requireLive: () => void): Promise<number> {
    const { pid, port, session } = to;
    const socket = await this.#dial(pid, port);
    // Any of the rights may have gone while the relay was waited for.
    try {
      requireLive();
    } catch (error) {
      socket?.destroy();
      throw error;
    }
    const slot = this.#bindOf(pid, port);
    if (socket === undefined || slot === undefined) {
      socket?.destroy();
      throw new Fault("unavailable", `process ${pid} takes no connection`, {
        hint: "It may be busy, or about to end.",
      });
    }
    const connection = ++this.#lastConnection;
    this.#options.gateway.send({ type: "preview", connection, pid, slots: [slot.id], session }, socket);
    return connection;
  }

  #proxy(pid: Pid, socket: Socket): void {
    const allow = this.#allowOf(pid);
    if (allow.length === 0) socket.destroy();
    else this.#options.egress.send({ type: "proxy", pid, allow }, socket);
  }

  async #join(from: Pid, name: string, socket: Socket): Promise<void> {
    const slotOf = (): Slot | undefined =>
      this.#options.slots.find(from, { kind: "NET_CONNECT", target: { endpoint: name } });
    const to = this.#options.endpoint(from, name);
    const port = this.#portOf(to);
    const other = to === undefined || port === undefined ? undefined : await this.#dial(to, port);
    const slot = slotOf();
    const bind = to === undefined || port === undefined ? undefined : this.#bindOf(to, port);
    if (to === undefined || other === undefined || slot === undefined || bind === undefined) {
      other?.destroy();
      socket.destroy();
      return;
    }
    const pair = ++this.#lastConnection;
    const joined = { type: "endpoint" as const, pair, pids: [from, to], slots: [slot.id, bind.id] };
    this.#options.egress.send({ ...joined, end: "from" }, socket);
    this.#options.egress.send({ ...joined, end: "to" }, other);
  }

  /** A connection whose next bytes go to the port. */
  async #dial(pid: Pid, port: number): Promise<Socket | undefined> {
    const socket = await this.#nets.get(pid)?.take();
    if (socket === undefined) return undefined;
    const written = await new Promise<boolean>((resolve) => {
      socket.once("close", () => resolve(false));
      socket.write(`${port}\n`, (error) => resolve(error === null || error === undefined));
    });
    return written ? socket : undefined;
  }

  #bindOf(pid: Pid, port: number): Slot | undefined {
    return this.#options.slots.find(pid, { kind: "NET_BIND", port });
  }

  #portOf(pid: Pid | undefined): number | undefined {
    if (pid === undefined) return undefined;
    return netSlotsOf(this.#options.slots.held(pid)).binds.find(({ port }) => port !== undefined)?.port;
  }

  #allowOf(pid: Pid): AllowEntry[] {
    const { hosts } = netSlotsOf(this.#options.slots.held(pid));
    return hosts.map(({ id, capability }) => ({ slot: id, capability: formatCapability(capability) }));
  }

  #tell(message: ServiceMessage): void {
    this.#options.egress.send(message);
    this.#options.gateway.send(message);
  }
}
