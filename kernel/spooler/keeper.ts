import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Pid } from "../abi/index.ts";
import { SpoolRoom } from "../ipc/spool-room.ts";
import { chunkPool } from "../ipc/spool-chunk.ts";
import { Spool } from "../ipc/spool.ts";
import { HeldProcess } from "./held-process.ts";
import type { Order } from "./message.ts";

/**
 * The processes whose output is kept, and what is done with each. It knows nothing of who orders it.
 *
 * Each order may come again and then finds done what it asks for.
 */

const measureMs = 2000;

export interface KeeperEvents {
  grown: (pid: Pid, spool: Spool) => void;
  failed: (pid: Pid, error: unknown) => void;
}

export class Keeper {
  readonly #dir: string;
  readonly #events: KeeperEvents;
  readonly #room: SpoolRoom;
  readonly #held = new Map<Pid, HeldProcess>();
  readonly #beginning = new Map<Pid, Promise<Spool>>();
  readonly #measuring: NodeJS.Timeout;
  readonly #chunks = chunkPool();
  /** As much as a pipe holds. */
  readonly #buffer = Buffer.allocUnsafeSlow(64 << 10);

  constructor(spoolDir: string, events: KeeperEvents) {
    this.#dir = spoolDir;
    this.#events = events;
    this.#room = new SpoolRoom(spoolDir);
    this.#measuring = setInterval(() => void this.#measure(), measureMs);
    this.#measuring.unref();
    void this.#measure();
  }

  /** Every process that was attached and not forgotten. */
  get all(): IterableIterator<HeldProcess> {
    return this.#held.values();
  }

  get size(): number {
    return this.#held.size;
  }

  get(pid: Pid): HeldProcess {
    const held = this.#held.get(pid);
    if (held === undefined) throw new Error(`process ${pid} is not attached`);
    return held;
  }

  attach(order: Extract<Order, { do: "attach" }>): void {
    if (!this.#held.has(order.pid)) this.#held.set(order.pid, new HeldProcess(order, this.#buffer));
  }

  async begin(order: Extract<Order, { do: "begin" }>): Promise<Spool> {
    const held = this.get(order.pid);
    const known = held.spool ?? this.#beginning.get(order.pid);
    if (known !== undefined) return known;
    const beginning = this.#begin(held, order).finally(() => this.#beginning.delete(order.pid));
    this.#beginning.set(order.pid, beginning);
    return beginning;
  }

  async #begin(held: HeldProcess, order: Extract<Order, { do: "begin" }>): Promise<Spool> {
    const { pid, limitBytes, lossless } = order;
    held.limitBytes = limitBytes;
    held.lossless = lossless;
    const options = {
      dir: join(this.#dir, String(pid)),
      limitBytes,
      scarce: () => this.#room.scarce,
      chunks: this.#chunks,
    };
    const spool = order.resume ? await Spool.resume(options, lossless) : Spool.begin(options, lossless);
    spool.on("grown", () => this.#events.grown(pid, spool));
    spool.on("failed", (error) => this.#events.failed(pid, error));
    held.begin(spool);
    return spool;
  }

  /** Returns whether the pipes came to their end. */
  async drain(pid: Pid, timeoutMs?: number): Promise<boolean> {
    await this.#beginning.get(pid);
    return this.get(pid).drain(timeoutMs);
  }

  async forget(pid: Pid, remove: boolean): Promise<void> {
    const held = this.#held.get(pid);
    if (held !== undefined) {
      await this.#beginning.get(pid)?.catch(() => undefined);
      if (!held.ended) held[Symbol.dispose]();
      await held.spool?.seal();
      this.#held.delete(pid);
    }
    if (remove) await rm(join(this.#dir, String(pid)), { recursive: true, force: true });
  }

  /** Drains all; what still runs is not waited for. */
  async close(timeoutMs: number): Promise<void> {
    clearInterval(this.#measuring);
    await Promise.allSettled([...this.#held.keys()].map((pid) => this.drain(pid, timeoutMs)));
  }

  async #measure(): Promise<void> {
    await this.#room.measure().catch(() => undefined);
  }
}
