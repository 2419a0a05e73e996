import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Fault } from "../abi/index.ts";
import { engineAway } from "./engine-fault.ts";
import type { Engine } from "./engine.ts";

/**
 * Whether the engine answers, and a way to wait until it does.
 *
 * It asks every `pingMs`, and at once when a call has failed; while the engine is down nothing but its own question is
 * outstanding, so that its return is noticed within a second.
 */

const pingMs = 1000;
const silenceMs = 5000;

export class EngineMonitor extends EventEmitter<{ changed: [up: boolean] }> {
  readonly #engine: Engine;
  readonly #stop = new AbortController();
  #up = true;
  /** The question that is on its way; there is never a second. */
  #asking: Promise<boolean> | undefined;

  constructor(engine: Engine) {
    super();
    this.setMaxListeners(0);
    this.#engine = engine;
  }

  get up(): boolean {
    return this.#up;
  }

  /** Faults: `unavailable` while the engine is away, so that nothing is begun that would wait for its return. */
  requireUp(doing: string): void {
    if (!this.#up) throw engineAway(doing);
  }

  /** Watches until `close`. */
  async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.check();
      await sleep(pingMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  /** Asks now. An engine that stands still takes the question and says nothing: that is being away, too. */
  async check(): Promise<boolean> {
    this.#asking ??= this.#ask();
    const late = new AbortController();
    const silence = sleep(silenceMs, false, { signal: late.signal }).catch(() => false);
    const up = await Promise.race([this.#asking, silence]);
    late.abort();
    if (up !== this.#up) {
      this.#up = up;
      this.emit("changed", up);
    }
    return up;
  }

  async #ask(): Promise<boolean> {
    try {
      await this.#engine.ping();
      return true;
    } catch {
      return false;
    } finally {
      this.#asking = undefined;
    }
  }

  /** Runs a call that must happen in the end: while the engine is away it is tried again after its return. */
  async untilUp<T>(call: () => Promise<T>, onLost: () => void = () => undefined): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== "unavailable" || this.#stop.signal.aborted) throw error;
        onLost();
        if (!(await this.check())) await this.#returned();
      }
    }
  }

  #returned(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const settle = (): void => {
      this.off("changed", settle);
      this.#stop.signal.removeEventListener("abort", settle);
      resolve();
    };
    this.on("changed", settle);
    this.#stop.signal.addEventListener("abort", settle);
    return promise;
  }

  close(): void {
    this.#stop.abort();
  }
}
