import { Socket } from "node:net";
import { parseAtDoor, type ServiceMessage, serviceMessageSchema } from "../kernel/abi/index.ts";
import type { Log } from "../kernel/client/index.ts";
import { parseAllowList } from "./allow-list.ts";
import { Connections } from "./connections.ts";
import type { Connect, DialPorts } from "./dial.ts";
import { EndpointPairs } from "./endpoint-pairs.ts";
import { NameLookup, type Resolve } from "./name-lookup.ts";
import { Proxy } from "./proxy.ts";
import { RefusalLog } from "./refusal-log.ts";

/**
 * The egress service: what the kernel says, done.
 *
 * The kernel says which descriptor belongs to which process and what that process may connect to; this service has no
 * opinion on either and no way to ask. It gives up only what no list covers: a message that it does not understand, or
 * a descriptor that did not come, harms that one connection.
 */

const limits = {
  idleMs: 60 * 60_000,
  halfClosedIdleMs: 5 * 60_000,
  headerMs: 30_000,
};
const mostConnections = 256;
const lookupTimeoutMs = 10_000;
const connectTimeoutMs = 30_000;

export interface EgressPorts {
  log: Log;
  now: () => number;
  resolve: Resolve;
  connect: Connect;
  ownAddresses: () => ReadonlySet<string>;
}

export class Egress {
  readonly #log: Log;
  readonly #connections = new Connections();
  readonly #proxy: Proxy;
  readonly #pairs: EndpointPairs;

  constructor({ log, now, resolve, connect, ownAddresses }: EgressPorts) {
    this.#log = log;
    const names = new NameLookup({ resolve, timeoutMs: lookupTimeoutMs });
    const dialPorts: DialPorts = { names, connect, ownAddresses, timeoutMs: connectTimeoutMs };
    const connections = this.#connections;
    const refusals = new RefusalLog({ log, now });
    this.#proxy = new Proxy({ connections, dialPorts, refusals, log, limits, mostConnections });
    this.#pairs = new EndpointPairs({ connections, log, limits, mostConnections });
  }

  /** One message of the kernel, with the descriptor that came with it. Never throws. */
  receive(message: unknown, handle: unknown): void {
    const socket = handle instanceof Socket ? handle : undefined;
    try {
      this.#obey(parseAtDoor(serviceMessageSchema, message, "message"), socket);
    } catch (error) {
      socket?.destroy();
      this.#log("error", "a message of the kernel was not understood", { error });
    }
  }

  /** Ends every connection. */
  close(): void {
    this.#connections.endAll();
  }

  #obey(message: ServiceMessage, socket: Socket | undefined): void {
    switch (message.type) {
      case "proxy": {
        const list = parseAllowList(message.allow);
        if (socket === undefined) {
          this.#log("warn", "a connection came without its descriptor", { pid: message.pid });
          return;
        }
        this.#proxy.accept(message.pid, socket);
        this.#connections.allow(message.pid, list);
        return;
      }
      case "endpoint":
        if (socket === undefined) this.#log("warn", "a connection came without its descriptor", { pids: message.pids });
        else this.#pairs.accept(message, socket);
        return;
      case "allow":
        this.#connections.allow(message.pid, parseAllowList(message.allow));
        return;
      case "cut":
        this.#connections.cut(message.slots, message.pids);
        return;
      case "preview":
        socket?.destroy();
        this.#log("error", "a message for another service came", { type: message.type });
        return;
      default:
        message satisfies never;
    }
  }
}
