import { createServer, type Server, type Socket } from "node:net";
import type { z } from "zod";
import type { Log } from "../client/log.ts";
import { Growth } from "./growth.ts";
import { Keeper } from "./keeper.ts";
import { Lines } from "./lines.ts";
import { type Held, type Order, orderLimitBytes, protocol, requestSchema, type Result, type Word } from "./message.ts";
import type { HeldProcess } from "./held-process.ts";

/**
 * The spooler's side of its socket: one kernel at a time, whose orders are carried out as they come.
 *
 * A kernel that goes takes its readers' holds with it and nothing else: everything is kept until the next one comes. When
 * nothing is held and no kernel has been here for a while, or none can come any more, it is done.
 */

/** How long an empty spooler waits for a kernel. */
const idleMs = 60_000;
/** How long what still runs when all ends may take to come to its end. */
const endTimeoutMs = 2000;

export interface ServerOptions {
  instance: string;
  spoolDir: string;
  log: Log;
  /** Whether a kernel can still find it. */
  reachable: () => boolean;
  /** It is done: told to end, or of no use to anybody. */
  done: (why: string) => void;
}

export class SpoolerServer {
  readonly listener: Server = createServer((socket) => this.#accept(socket));
  readonly #options: ServerOptions;
  readonly #keeper: Keeper;
  #kernel: Connection | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#keeper = new Keeper(options.spoolDir, {
      grown: (pid, spool) => this.#kernel?.growth.mark(pid, spool),
      failed: (pid, error) => {
        options.log("error", "output could not be written", { pid, error });
        this.#kernel?.say({ say: "failed", pid, message: String(error) });
      },
    });
    this.#watchIdle();
  }

  #accept(socket: Socket): void {
    const connection: Connection = new Connection(socket, {
      carryOut: (order) => this.#carryOut(connection, order),
      closed: (error) => {
        if (error !== undefined) this.#options.log("error", "a kernel was cut off", { error });
        this.#releaseHolds(connection);
        if (this.#kernel === connection) this.#kernel = undefined;
        this.#watchIdle();
      },
    });
  }

  async #carryOut(from: Connection, order: Order): Promise<Result> {
    const keeper = this.#keeper;
    if (order.do === "hello") return this.#greet(from, order);
    if (from !== this.#kernel) throw new Error("no hello was said");
    switch (order.do) {
      case "attach":
        await keeper.attach(order);
        return {};
      case "begin": {
        const spool = await keeper.begin(order);
        // Of one that is empty there is nothing to tell.
        if (spool.written.stdout + spool.written.stderr > 0 || spool.sealed) from.growth.tellWhole(order.pid, spool);
        return {};
      }
      case "end_input":
        keeper.get(order.pid).endInput();
        return {};
      case "drain": {
        const ended = await keeper.drain(order.pid);
        const { spool } = keeper.get(order.pid);
        if (spool !== undefined) from.growth.tellWhole(order.pid, spool);
        return { ended };
      }
      case "forget":
        await keeper.forget(order.pid, order.remove);
        from.growth.forget(order.pid);
        return {};
      case "hold":
        this.#hold(from, order);
        return {};
      case "end":
        await keeper.close(endTimeoutMs);
        this.#options.done("it was told to end");
        return {};
      default:
        return order satisfies never;
    }
  }

  #greet(from: Connection, order: Extract<Order, { do: "hello" }>): Result {
    const { instance } = this.#options;
    if (order.instance !== instance) throw new Error(`this is the spooler of ${instance}`);
    if (order.protocol !== protocol) throw new Error(`this spooler speaks version ${protocol}`);
    if (this.#kernel !== from) this.#kernel?.replace();
    this.#kernel = from;
    clearTimeout(this.#idle);
    const held = [...this.#keeper.all].map((one) => describe(one, from.growth));
    return { hello: { protocol, instance, pid: process.pid, held } };
  }

  #hold(from: Connection, { pid, reader, segment }: Extract<Order, { do: "hold" }>): void {
    const key = `${pid}/${reader}`;
    const known = from.readers.get(key);
    const spool = this.#keeper.get(pid).spool;
    if (spool === undefined) return;
    if (segment === null) {
      if (known === undefined) return;
      from.readers.delete(key);
      spool.hold(known, undefined);
    } else {
      const token = known ?? { pid };
      from.readers.set(key, token);
      spool.hold(token, segment);
    }
  }

  #releaseHolds({ readers }: Connection): void {
    for (const token of readers.values())
      for (const held of this.#keeper.all) if (held.pid === token.pid) held.spool?.hold(token, undefined);
    readers.clear();
  }

  #watchIdle(): void {
    clearTimeout(this.#idle);
    if (this.#kernel !== undefined) return;
    this.#idle = setTimeout(() => {
      if (this.#keeper.size === 0) this.#options.done("it has nothing to keep and no kernel");
      else if (!this.#options.reachable()) this.#options.done("its home is gone");
      else this.#watchIdle();
    }, idleMs);
  }
}

function describe(held: HeldProcess, growth: Growth): Held {
  const { pid, dir, streams, spool, limitBytes, lossless } = held;
  return {
    pid,
    dir,
    streams: [...streams],
    spool: spool === undefined ? null : growth.whole(pid, spool),
    limitBytes,
    lossless,
  };
}

function parsed(line: string): z.infer<typeof requestSchema> | undefined {
  try {
    return requestSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

interface ConnectionOptions {
  carryOut: (order: Order) => Promise<Result>;
  closed: (error: unknown) => void;
}

/** One kernel's connection. */
class Connection {
  readonly growth: Growth;
  /** Tokens of its lossless readers. */
  readonly readers = new Map<string, { pid: number }>();
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  #error: unknown;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.growth = new Growth({
      ready: () => socket.writableLength === 0,
      tell: (spools) => this.say({ say: "grown", spools }, () => this.growth.flush()),
    });
    const lines = new Lines(orderLimitBytes);
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const line of lines.push(chunk)) void this.#take(line);
      } catch (error) {
        this.#cut(error);
      }
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.growth[Symbol.dispose]();
      options.closed(this.#error);
    });
  }

  say(word: Word, taken?: () => void): void {
    if (!this.#socket.destroyed) this.#socket.write(`${JSON.stringify(word)}\n`, taken);
  }

  replace(): void {
    this.say({ say: "replaced" });
    this.#socket.destroySoon();
  }

  async #take(line: string): Promise<void> {
    const request = parsed(line);
    if (request === undefined) return this.#cut(new Error("not an order"));
    const { id, order } = request;
    try {
      this.say({ say: "done", id, result: await this.#options.carryOut(order) });
    } catch (error) {
      this.say({ say: "refused", id, message: error instanceof Error ? error.message : String(error) });
    }
  }

  #cut(error: unknown): void {
    this.#error = error;
    this.#socket.destroy();
  }
}
