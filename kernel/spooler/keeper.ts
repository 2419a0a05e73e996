import { rmSync } from "node:fs";
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
  readonly #opening = new Map<Pid, Promise<void>>();
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

  async attach(order: Extract<Order, { do: "attach" }>): Promise<void> {
    const { pid } = order;
    if (this.#held.has(pid)) return this.#opening.get(pid);
    const held = new HeldProcess(order, this.#buffer);
    this.#held.set(pid, held);
    if (!held.writes) return;
    const opening = this.#open(held, order.resume).finally(() => this.#opening.delete(pid));
    this.#opening.set(pid, opening);
    await opening;
  }

  async #open(held: HeldProcess, resume: boolean): Promise<void> {
    const { pid } = held;
    const options = { dir: join(this.#dir, String(pid)), scarce: () => this.#room.scarce, chunks: this.#chunks };
    // What was made ready for it before holds nothing.
    if (!resume) rmSync(options.dir, { recursive: true, force: true });
    const spool = resume ? await Spool.resume(options) : Spool.begin(options);
    spool.on("grown", () => this.#events.grown(pid, spool));
    spool.on("failed", (error) => this.#events.failed(pid, error));
    held.begin(spool);
  }

  /** The spool of a process that writes. */
  async begin({ pid, limitBytes, lossless }: Extract<Order, { do: "begin" }>): Promise<Spool> {
    await this.#opening.get(pid);
    const held = this.get(pid);
    const { spool } = held;
    if (spool === undefined) throw new Error(`process ${pid} writes nothing that is held`);
    held.limitBytes = limitBytes;
    held.lossless = lossless;
    spool.keep(limitBytes, lossless);
    return spool;
  }

  /** Returns whether the pipes came to their end. */
  async drain(pid: Pid, timeoutMs?: number): Promise<boolean> {
    await this.#opening.get(pid);
    return this.get(pid).drain(timeoutMs);
  }

  async forget(pid: Pid, remove: boolean): Promise<void> {
    const held = this.#held.get(pid);
    if (held !== undefined) {
      await this.#opening.get(pid)?.catch(() => undefined);
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
