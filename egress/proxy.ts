import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import { type Pid, toFault } from "../kernel/abi/index.ts";
import type { Log } from "../kernel/client/index.ts";
import type { Connections } from "./connections.ts";
import { dial, type DialPorts } from "./dial.ts";
import { ProxyConnection, type ProxyPorts } from "./proxy-connection.ts";
import type { RefusalLog } from "./refusal-log.ts";
import { refuseOn, tooManyConnections } from "./refusal.ts";
import type { Target } from "./target.ts";

/**
 * The HTTP proxy of all processes: sockets come handed in, each with the process whose it is.
 *
 * It listens nowhere. Which process speaks is known by the descriptor alone, and nothing that a request says changes
 * it.
 */

const mostHeaderBytes = 16 * 1024;

export interface ProxyOptions {
  connections: Connections;
  dialPorts: DialPorts;
  refusals: RefusalLog;
  log: Log;
  limits: ProxyPorts["limits"];
  /** How many connections a process may have open at once. */
  mostConnections: number;
}

export class Proxy {
  readonly #options: ProxyOptions;
  readonly #server: Server;
  readonly #bySocket = new WeakMap<Socket, ProxyConnection>();

  constructor(options: ProxyOptions) {
    this.#options = options;
    // Without a port to listen on the server's own clocks do not run; each connection has its own.
    this.#server = createServer({ maxHeaderSize: mostHeaderBytes, insecureHTTPParser: false, keepAliveTimeout: 0 });
    this.#server.maxHeadersCount = 0;
    this.#server.on("request", (request, response) => this.#of(request.socket)?.request(request, response));
    this.#server.on("checkContinue", (request, response) => this.#of(request.socket)?.request(request, response));
    this.#server.on("connect", (request, _socket, head) => this.#of(request.socket)?.tunnel(request, head));
    this.#server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      const isGarbled = error.code?.startsWith("HPE_") === true && error.code !== "HPE_INVALID_EOF_STATE";
      const connection = isGarbled ? this.#of(socket) : undefined;
      if (connection === undefined) socket.destroy();
      else connection.garbled(error.code === "HPE_HEADER_OVERFLOW" ? 431 : 400);
    });
  }

  /** Takes over a connection of a process; its allow-list is known already or comes next. */
  accept(pid: Pid, socket: Socket): void {
    const { connections, dialPorts, mostConnections, limits } = this.#options;
    socket.on("error", () => undefined);
    if (connections.count(pid) >= mostConnections) {
      const fault = tooManyConnections(mostConnections);
      this.#refused(pid, undefined, fault);
      refuseOn(socket, fault);
      return;
    }
    // The server reads on when the process ends its half, as a tunnel must be able to.
    socket.allowHalfOpen = true;
    const connection = new ProxyConnection(pid, socket, {
      dial: (target, signal) => dial(dialPorts, { pid, target, list: () => connections.listOf(pid), signal }),
      refused: (to, thrown) => this.#refused(pid, to, thrown),
      limits,
    });
    connections.add(connection);
    socket.once("close", () => connections.remove(connection));
    this.#bySocket.set(socket, connection);
    this.#server.emit("connection", socket);
  }

  #of(socket: unknown): ProxyConnection | undefined {
    return this.#bySocket.get(socket as Socket);
  }

  #refused(pid: Pid, to: Target | undefined, thrown: unknown): void {
    const fault = toFault(thrown);
    if (fault.code === "internal")
      this.#options.log("error", "a request was stopped by a defect", { pid, error: thrown });
    // What is allowed and does not answer is the program's to know.
    if (fault.code === "unavailable" || fault.code === "timed_out") return;
    const where = to === undefined ? "" : `${to.host}:${to.port}`;
    this.#options.refusals.refused(pid, { to: where, why: fault.message });
  }
}
