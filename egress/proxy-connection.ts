import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Fault, type Pid, type SlotId } from "../kernel/abi/index.ts";
import { type AllowList, requireRoute, type Route } from "./allow-list.ts";
import type { Connection } from "./connections.ts";
import type { Dialled } from "./dial.ts";
import { forward, framingOf } from "./forward.ts";
import { refuseOn, refusalOf } from "./refusal.ts";
import { parseAbsoluteTarget, parseTunnelTarget, type Target } from "./target.ts";
import { joinSockets, type TunnelLimits } from "./tunnel.ts";

/**
 * One connection of a process to its proxy: its requests in turn, or the tunnel that it became.
 *
 * Each request is checked by itself and goes out on a connection of its own, so there is at most one way out at a time.
 * When the process's side ends, or what it depends on is taken away, both sides are closed.
 */

export interface ProxyPorts {
  dial: (target: Target, signal: AbortSignal) => Promise<Dialled>;
  refused: (to: Target | undefined, thrown: unknown) => void;
  limits: TunnelLimits & {
    /** How long the headers of a request may take, and how long a connection may wait for its next. */
    headerMs: number;
  };
}

/** More requests than this sent ahead of their answers are not a pipeline but a flood. */
const mostAhead = 64;

/** Why nobody waits any more. A constant: made anew, with its stack, it would be a good part of what closing costs. */
const gone = "the connection is gone";

export class ProxyConnection implements Connection {
  readonly pids: readonly Pid[];
  readonly #client: Socket;
  readonly #ports: ProxyPorts;
  readonly #gone = new AbortController();
  #out: Dialled | undefined;
  #slots: readonly SlotId[] = [];
  #ahead = 0;
  #last: ServerResponse | undefined;
  #turn: Promise<void> = Promise.resolve();
  #waiting: NodeJS.Timeout | undefined;
  /** Called when the request under way has had its answer, or nobody is there any more to take it. */
  #answered: (() => void) | undefined;
  #refused = false;

  constructor(pid: Pid, client: Socket, ports: ProxyPorts) {
    this.pids = [pid];
    this.#client = client;
    this.#ports = ports;
    client.once("close", () => {
      clearTimeout(this.#waiting);
      this.#gone.abort(gone);
      this.#out?.socket.destroy();
      this.#answered?.();
    });
    this.#awaitHeaders();
  }

  get slots(): readonly SlotId[] {
    return this.#slots;
  }

  survives(list: AllowList): boolean {
    if (this.#out === undefined) return true;
    const slots = stillAllowed(list, this.#out.route);
    if (slots === undefined) return false;
    this.#slots = slots;
    return true;
  }

  end(): void {
    this.#gone.abort(gone);
    this.#client.destroy();
    this.#out?.socket.destroy();
  }

  /** Requests that were sent ahead are answered in their order, one after the other. */
  request(request: IncomingMessage, response: ServerResponse): void {
    clearTimeout(this.#waiting);
    this.#ahead += 1;
    this.#last = response;
    if (this.#ahead > mostAhead) {
      this.end();
      return;
    }
    this.#turn = this.#turn.then(async () => {
      if (!this.#gone.signal.aborted) await this.#answer(request, response);
      this.#ahead -= 1;
      if (this.#ahead === 0) this.#awaitHeaders();
    });
  }

  /** The parser has let go of the connection; `head` is what came behind the request. */
  tunnel(request: IncomingMessage, head: Buffer): void {
    clearTimeout(this.#waiting);
    if (this.#ahead > 0) {
      this.end();
      return;
    }
    void this.#tunnel(request, head);
  }

  /** What came is not HTTP. */
  garbled(status: number): void {
    clearTimeout(this.#waiting);
    // The rest of what is no HTTP is no HTTP either.
    if (this.#refused) return;
    this.#refused = true;
    const fault = new Fault("invalid", "this is not a request that a proxy can read", {
      hint: "Speak HTTP/1.1, with headers of at most 16 KiB.",
    });
    this.#ports.refused(undefined, fault);
    // Where an answer may be half written, or another is due first, there is no place for this one.
    const mayAnswer = this.#ahead === 0 || (this.#ahead === 1 && this.#last?.headersSent === false);
    if (!mayAnswer) {
      this.end();
      return;
    }
    this.#gone.abort(gone);
    this.#out?.socket.destroy();
    refuseOn(this.#client, fault, status);
  }

  async #tunnel(request: IncomingMessage, head: Buffer): Promise<void> {
    let target: Target | undefined;
    try {
      const { "content-length": length = "0", "transfer-encoding": coding } = request.headers;
      if (coding !== undefined || length !== "0") {
        throw new Fault("invalid", "a request for a tunnel has no body", { hint: "Send it through the tunnel." });
      }
      target = parseTunnelTarget(request.url ?? "");
      const { socket } = await this.#goOut(target);
      this.#client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      if (head.length > 0) socket.write(head);
      joinSockets(this.#client, socket, this.#ports.limits);
    } catch (error) {
      if (this.#gone.signal.aborted) return;
      this.#ports.refused(target, error);
      refuseOn(this.#client, error);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const over = new Promise<void>((resolve) => {
      this.#answered = resolve;
      response.once("close", resolve);
    });
    let target: Target | undefined;
    try {
      const asked = parseAbsoluteTarget(request.method ?? "", request.url ?? "");
      target = asked.target;
      if (request.method === "TRACE") throw new Fault("unsupported", "the proxy does not pass TRACE on");
      const framing = framingOf(request);
      const { socket } = await this.#goOut(target);
      socket.setTimeout(this.#ports.limits.idleMs, () => socket.destroy());
      await forward({ request, response, asked, framing }, socket);
    } catch (error) {
      if (!this.#gone.signal.aborted) this.#refuse(response, { target, error });
    }
    await over;
    this.#out?.socket.destroy();
    this.#out = undefined;
    this.#slots = [];
  }

  #refuse(response: ServerResponse, { target, error }: { target: Target | undefined; error: unknown }): void {
    this.#ports.refused(target, error);
    if (response.headersSent) {
      this.end();
      return;
    }
    const { status, headers, text } = refusalOf(error);
    response.writeHead(status, headers);
    response.end(text);
  }

  async #goOut(target: Target): Promise<Dialled> {
    const dialled = await this.#ports.dial(target, this.#gone.signal);
    this.#out = dialled;
    this.#slots = dialled.slots;
    if (this.#gone.signal.aborted) {
      dialled.socket.destroy();
      throw new Fault("unavailable", "the connection was ended");
    }
    return dialled;
  }

  #awaitHeaders(): void {
    if (this.#client.destroyed) return;
    this.#waiting = setTimeout(() => this.#client.destroy(), this.#ports.limits.headerMs);
  }
}

function stillAllowed(list: AllowList, route: Route): readonly SlotId[] | undefined {
  try {
    return requireRoute(list, route);
  } catch (error) {
    if (error instanceof Fault && error.code === "denied") return undefined;
    throw error;
  }
}
