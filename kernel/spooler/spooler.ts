import { join } from "node:path";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { Fault, type Pid } from "../abi/index.ts";
import type { Offsets } from "../ipc/spool-segment.ts";
import type { SpoolView } from "../ipc/spool-view.ts";
import { type BeginOptions, guard, type Kept, type KnownOutput, release } from "./kept.ts";
import { type Link, LinkLost } from "./link.ts";
import type { Held, HeldStream, Hello, Order, Result, Word } from "./message.ts";
import { RemoteSpool } from "./remote-spool.ts";
import { hasEnded, SpoolerProcess, type SpoolerPlace } from "./spooler-process.ts";

/**
 * The kernel's side of the spooler: what it is to keep, and the views of what it keeps.
 *
 * A spooler that dies is started again and given everything anew. Meanwhile the kernel holds a reading end of every
 * FIFO, so that no program is told that nobody reads; it waits. What the dead one had taken and not written is lost, and
 * a gap says where.
 */

/** How long an order waits for a spooler that is being started again. */
const patienceMs = 30_000;
/** What is to be kept is told once the program had a moment to itself; the spooler drops nothing before. */
const tellMs = 20;
const firstDelayMs = 50;
const longestDelayMs = 5000;

export interface SpoolerOptions extends SpoolerPlace {
  log: (message: string, details?: Record<string, unknown>) => void;
}

export class Spooler {
  readonly #options: SpoolerOptions;
  readonly #process: SpoolerProcess;
  readonly #kept = new Map<Pid, Kept>();
  #link: Link | undefined;
  /** The spooler that was reached last. */
  #pid = 0;
  #up = Promise.withResolvers<Link>();
  #closing = false;
  /** What the spooler that was greeted last does not hold and should. */
  #missing: Pid[] = [];
  /** Of whose output it has yet to be told how much is kept. */
  readonly #untold = new Set<Pid>();
  #restarts = 0;
  #greetedBefore = false;

  private constructor(options: SpoolerOptions) {
    this.#options = options;
    this.#process = new SpoolerProcess(options);
    this.#up.promise.catch(() => undefined);
  }

  /** Connects to the spooler of this home that lives, or starts one. Faults: `unavailable`. */
  static async start(options: SpoolerOptions): Promise<Spooler> {
    const spooler = new Spooler(options);
    await spooler.#connect();
    return spooler;
  }

  /** How often it had to be started again. */
  get restarts(): number {
    return this.#restarts;
  }

  /** What an earlier kernel left, and what this one attached since. */
  known(): ReadonlyMap<Pid, KnownOutput> {
    return this.#kept;
  }

  /**
   * Opens the FIFOs of a process's directory and takes what comes. Call before its container starts; with `stdin` its input
   * stays open, also without the kernel, until `endInput`.
   */
  async attach(pid: Pid, dir: string, streams: readonly HeldStream[]): Promise<void> {
    const kept: Kept = {
      dir,
      streams,
      guards: guard(dir, streams),
      begun: undefined,
      view: this.#newView(pid),
      inputEnded: false,
      ended: false,
    };
    this.#kept.set(pid, kept);
    try {
      await this.#do({ do: "attach", pid, dir, streams: [...streams], resume: false });
    } catch (error) {
      this.#drop(pid);
      throw error;
    }
  }

  /**
   * Says how much is kept of what the program writes. Call before it is launched: until the spooler is told, a little later,
   * it drops nothing, and where much comes it lets the program wait.
   */
  begin(pid: Pid, begun: BeginOptions): SpoolView {
    const kept = this.#get(pid);
    kept.begun = begun;
    if (this.#untold.size === 0) setTimeout(() => this.#tell([...this.#untold]), tellMs);
    this.#untold.add(pid);
    return kept.view;
  }

  #tell(pids: readonly Pid[]): void {
    for (const pid of pids) {
      const begun = this.#kept.get(pid)?.begun;
      if (!this.#untold.delete(pid) || begun === undefined) continue;
      this.#do({ do: "begin", pid, ...begun }).catch((error: unknown) =>
        this.#options.log("output is not kept", { pid, error: String(error) }),
      );
    }
  }

  /** Lets the program's input end, once the kernel has closed its own end of it. */
  async endInput(pid: Pid): Promise<void> {
    const kept = this.#get(pid);
    kept.streams = kept.streams.filter((stream) => stream !== "stdin");
    kept.inputEnded = true;
    await this.#do({ do: "end_input", pid });
  }

  /** After the container is dead: takes what is left in the pipes, seals, and tells how much was written in all. */
  async drain(pid: Pid): Promise<Offsets> {
    const kept = this.#get(pid);
    this.#tell([pid]);
    if (!kept.ended) {
      const { ended } = await this.#do({ do: "drain", pid });
      if (ended === false) this.#options.log("the pipes of a dead container did not end", { pid });
      kept.ended = true;
      release(kept);
    }
    return kept.view.written;
  }

  /** Lets go of a process; its output stays on disk, and in the view that somebody has. */
  async forget(pid: Pid): Promise<void> {
    if (this.#kept.get(pid)?.ended === false) await this.drain(pid);
    this.#drop(pid);
    await this.#do({ do: "forget", pid, remove: false });
  }

  /** Lets go of a process and removes its output from disk. */
  async remove(pid: Pid): Promise<void> {
    const kept = this.#kept.get(pid);
    this.#drop(pid);
    await this.#do({ do: "forget", pid, remove: true });
    if (kept?.view.sealed === false) kept.view.abandon(new Error("it was removed"));
  }

  /** A kernel that stops in order: everything is drained and the spooler ends. */
  async close(): Promise<void> {
    // One that is being started again is waited for: it would outlive this kernel with everything.
    const link = this.#link ?? (this.#closing ? undefined : await this.#untilUp().catch(() => undefined));
    this.#tell([...this.#untold]);
    this.#closing = true;
    await link?.order({ do: "end" }).catch((error: unknown) => {
      this.#options.log("the spooler did not end in order", { error: String(error) });
    });
    link?.destroy();
    for (const kept of this.#kept.values()) release(kept);
    this.#kept.clear();
    await hasEnded(this.#pid);
  }

  #get(pid: Pid): Kept {
    const kept = this.#kept.get(pid);
    if (kept === undefined) throw new Error(`process ${pid} is not attached to the spooler`);
    return kept;
  }

  #drop(pid: Pid): void {
    const kept = this.#kept.get(pid);
    if (kept !== undefined) release(kept);
    this.#kept.delete(pid);
  }

  #newView(pid: Pid): RemoteSpool {
    return new RemoteSpool({
      dir: join(this.#options.spoolDir, String(pid)),
      // A spooler that dies meanwhile is told of all holds anew.
      hold: (reader, segment) => void this.#link?.order({ do: "hold", pid, reader, segment }).catch(() => undefined),
      remove: () => this.remove(pid),
    });
  }

  #adopt({ pid, dir, streams, spool, limitBytes, lossless }: Held): void {
    const kept: Kept = {
      dir,
      streams,
      guards: [],
      begun: spool === null ? undefined : { limitBytes, lossless },
      view: this.#newView(pid),
      inputEnded: false,
      ended: spool?.sealed === true,
    };
    this.#kept.set(pid, kept);
    if (spool !== null) kept.view.update(spool);
    if (kept.ended) return;
    try {
      kept.guards = guard(dir, streams);
    } catch (error) {
      this.#options.log("the FIFOs of a process could not be opened", { pid, error: String(error) });
    }
  }

  /** Carries out an order, if need be by the spooler that comes after the one that died of it. */
  async #do(order: Order): Promise<Result> {
    for (;;) {
      const link = this.#link ?? (await this.#untilUp());
      try {
        return await link.order(order);
      } catch (error) {
        if (!(error instanceof LinkLost) || this.#closing)
          throw new Fault("internal", `the spooler refused: ${String(error)}`, { cause: error });
        // That it is gone is heard soon, but maybe not yet.
        await turn();
      }
    }
  }

  async #untilUp(): Promise<Link> {
    const giveUp = new AbortController();
    const late = sleep(patienceMs, undefined, { signal: giveUp.signal }).catch(() => undefined);
    const link = await Promise.race([this.#up.promise, late]);
    giveUp.abort();
    if (link === undefined) throw new Fault("unavailable", "output cannot be kept: the spooler does not come back");
    return link;
  }

  async #connect(): Promise<void> {
    const link = await this.#process.reach({
      greeted: (hello) => this.#greeted(hello),
      word: (word) => this.#hear(word),
      closed: (closed, error) => {
        if (this.#link === closed) this.#lost(error);
      },
    });
    if (this.#missing.length > 0) await this.#restore(link);
    if (link.gone) throw new LinkLost("the spooler ended while it was given everything");
    this.#link = link;
    for (const { view } of this.#kept.values()) view.holdAgain();
    this.#up.resolve(link);
  }

  /** It tells what it holds, which an earlier kernel left with it, or this one; and so what it does not. */
  #greeted({ pid, held }: Hello): void {
    this.#options.log("the spooler is there", { spooler: pid, held: held.length });
    this.#pid = pid;
    for (const one of held) {
      const kept = this.#kept.get(one.pid);
      // What is not known any more when it comes back is about to be forgotten.
      if (kept === undefined && !this.#greetedBefore) this.#adopt(one);
      else if (one.spool !== null) kept?.view.update(one.spool);
    }
    this.#greetedBefore = true;
    const known = new Set(held.map((one) => one.pid));
    this.#missing = [...this.#kept].filter(([of, { ended }]) => !ended && !known.has(of)).map(([of]) => of);
  }

  #lost(error: unknown): void {
    this.#link = undefined;
    this.#up = Promise.withResolvers();
    if (this.#closing) return;
    this.#options.log("the spooler is gone", { error: String(error) });
    void this.#comeBack();
  }

  async #comeBack(): Promise<void> {
    for (let delayMs = firstDelayMs; !this.#closing; delayMs = Math.min(2 * delayMs, longestDelayMs)) {
      try {
        await this.#connect();
        this.#restarts += 1;
        return;
      } catch (error) {
        this.#options.log("the spooler cannot be started", { error: String(error) });
      }
      await sleep(delayMs, undefined, { ref: false });
    }
  }

  /** Gives a spooler what it does not hold. */
  async #restore(link: Link): Promise<void> {
    await Promise.all(
      this.#missing.map(async (pid) => {
        const kept = this.#kept.get(pid);
        if (kept === undefined) return;
        const { dir, streams, begun, view, inputEnded } = kept;
        try {
          await link.order({ do: "attach", pid, dir, streams: [...streams], resume: begun !== undefined });
          if (begun !== undefined) await link.order({ do: "begin", pid, ...begun });
          if (inputEnded) await link.order({ do: "end_input", pid });
        } catch (error) {
          if (error instanceof LinkLost) throw error;
          this.#options.log("output is not kept any longer", { pid, error: String(error) });
          kept.ended = true;
          release(kept);
          view.abandon(error);
        }
      }),
    );
  }

  #hear(word: Exclude<Word, { say: "done" | "refused" }>): void {
    switch (word.say) {
      case "grown":
        for (const spool of word.spools) this.#kept.get(spool.pid)?.view.update(spool);
        return;
      case "failed":
        this.#kept.get(word.pid)?.view.fail(new Error(word.message));
        return;
      case "replaced":
        this.#options.log("another kernel has taken the spooler over");
        this.#closing = true;
        return;
      default:
        word satisfies never;
    }
  }
}
