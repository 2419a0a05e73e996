import { Fault, type Pid, type SignalName } from "../../../kernel/abi/index.ts";
import type { Cli } from "../cli.ts";
import { GaveUp, exitCodes } from "../failure.ts";
import { printable } from "../format/printable.ts";
import { route } from "../http/client.ts";

/**
 * Passes the signals that this command gets on to the processes that it runs.
 *
 * The first Ctrl-C is the program's to handle, the second is SIGKILL, and from the third on this command ends by
 * itself, for the case that nothing answers any more. A terminal and npx both deliver one key press, so two SIGINT at
 * nearly the same moment are one.
 */

const onePressMs = 200;
const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/** Which signal a Ctrl-C sends: `undefined` for the echo of one already counted, `give-up` from the third on. Pure. */
export class PressCounter {
  #presses = 0;
  #lastAt = -Infinity;

  press(nowMs: number): "SIGINT" | "SIGKILL" | "give-up" | undefined {
    if (nowMs - this.#lastAt < onePressMs) return undefined;
    this.#lastAt = nowMs;
    this.#presses += 1;
    if (this.#presses > 2) return "give-up";
    return this.#presses === 1 ? "SIGINT" : "SIGKILL";
  }
}

/** Sends a signal; that the process has ended meanwhile is no failure. */
export async function sendSignal(cli: Cli, pid: Pid, signal: SignalName): Promise<void> {
  try {
    await cli.client.tell({ method: "POST", path: route("processes", pid, "signal"), json: { signal } });
  } catch (error) {
    if (!(error instanceof Fault) || (error.code !== "bad_state" && error.code !== "not_found")) throw error;
  }
}

export class SignalForwarder {
  readonly #cli: Cli;
  readonly #presses = new PressCounter();
  readonly #handlers = new Map<SignalName, () => void>();
  readonly #gaveUp = Promise.withResolvers<never>();
  readonly #early: SignalName[] = [];
  #pids: readonly Pid[] | undefined;

  constructor(cli: Cli) {
    this.#cli = cli;
    this.#gaveUp.promise.catch(() => undefined);
    for (const signal of forwarded) {
      const handler = (): void => this.#take(signal);
      this.#handlers.set(signal, handler);
      process.on(signal, handler);
    }
  }

  /** Rejects with `GaveUp` when this command should end though the process may live on; never resolves. */
  get gaveUp(): Promise<never> {
    return this.#gaveUp.promise;
  }

  /** The processes exist: signals that came before are sent now. */
  attach(pids: readonly Pid[]): void {
    this.#pids = pids;
    for (const signal of this.#early) this.#send(pids, signal);
  }

  close(): void {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
  }

  #take(received: (typeof forwarded)[number]): void {
    const signal = received === "SIGINT" ? this.#presses.press(performance.now()) : received;
    if (signal === undefined) return;
    if (signal === "give-up") this.#gaveUp.reject(new GaveUp(exitCodes.interrupted));
    else if (this.#pids !== undefined) this.#send(this.#pids, signal);
    else this.#early.push(signal);
  }

  #send(pids: readonly Pid[], signal: SignalName): void {
    for (const pid of pids) {
      sendSignal(this.#cli, pid, signal).catch((error: unknown) => {
        const reason = error instanceof Error ? printable(error.message) : "unknown";
        // Nobody may be left to read stderr; the exit code tells the same.
        this.#cli.stderr.write(`superos: cannot send ${signal} to process ${pid}: ${reason}\n`).catch(() => undefined);
        if (signal === "SIGTERM" || signal === "SIGHUP") this.#gaveUp.reject(new GaveUp(exitCodes.terminated));
      });
    }
  }
}
