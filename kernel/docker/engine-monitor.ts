import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Fault } from "../abi/index.ts";
import type { Engine } from "./engine.ts";

/**
 * Whether the engine answers, and a way to wait until it does.
 *
 * It asks every `pingMs`, and at once when a call has failed; while the engine is down nothing but its own question is
 * outstanding, so that its return is noticed within a second.
 */

const pingMs = 1000;

export class EngineMonitor extends EventEmitter<{ changed: [up: boolean] }> {
  readonly #engine: Engine;
  readonly #stop = new AbortController();
  #up = true;

  constructor(engine: Engine) {
    super();
    this.setMaxListeners(0);
    this.#engine = engine;
  }

  get up(): boolean {
    return this.#up;
  }

  /** Watches until `close`. */
  async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.check();
      await sleep(pingMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  /** Asks now. */
  async check(): Promise<boolean> {
    const up = await this.#engine.ping().then(
      () => true,
      () => false,
    );
    if (up !== this.#up) {
      this.#up = up;
      this.emit("changed", up);
    }
    return up;
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
