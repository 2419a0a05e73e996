import { Fault } from "../abi/index.ts";
import { findFreezer, Freezer } from "./freezer.ts";

/**
 * One container's pause: asked for by the scheduler, and never noticed by who measures it.
 *
 * A process whose writing is watched is stopped by the watchdog as well; there the two are counted together, and it
 * stays stopped until both let go. Without a watch this is the only one to stop it. One that is being killed is never
 * stopped again: on cgroup v1 a stopped task does not die.
 */

/** Who counts the reasons for which a process is stopped; the watchdog's WatchedWriter. */
export interface Holder {
  /** Resolves once it stands still, or is in the middle of something long. */
  hold(): Promise<void>;
  resume(): Promise<void>;
}

export class Pausable {
  readonly #holder: Holder | undefined;
  #freezer: Freezer | undefined;
  #paused = false;
  #dying = false;

  constructor(holder?: Holder) {
    this.#holder = holder;
  }

  /** Whether it is to stand still. */
  get paused(): boolean {
    return this.#paused;
  }

  /**
   * Its container runs: from now on it can be stopped, and what an earlier kernel left stopped goes on, unless it is
   * paused already. A holder has to begin by itself. Nothing happens where the kernel may not stop anybody.
   */
  async begin(hostPid: number): Promise<void> {
    const path = await findFreezer(hostPid);
    const freezer = path === undefined ? undefined : new Freezer(path);
    if (freezer === undefined || !freezer.allowed) return;
    this.#freezer = freezer;
    if (this.#holder !== undefined) return;
    if (this.#paused) await this.#freeze(freezer);
    else freezer.thaw();
  }

  /** Stops it; nothing if it is stopped already, or being killed. Faults: `unsupported` where it cannot be stopped. */
  async pause(): Promise<void> {
    if (this.#paused || this.#dying) return;
    const freezer = this.#freezer;
    if (this.#holder === undefined && freezer === undefined)
      throw new Fault("unsupported", "pausing needs a cgroup with a freezer for each container, and root");
    this.#paused = true;
    if (this.#holder !== undefined) await this.#holder.hold();
    else if (freezer !== undefined) await this.#freeze(freezer);
  }

  async #freeze(freezer: Freezer): Promise<void> {
    freezer.freeze();
    await freezer.standStill(() => this.#paused);
  }

  /** Lets it run again, unless it is being measured: then it runs when that is over. */
  async resume(): Promise<void> {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#holder === undefined) this.#freezer?.thaw();
    else await this.#holder.resume();
  }

  /**
   * Ends it by a SIGKILL: one that runs by `send`, and one that is stopped at once and without the engine, which waits
   * in vain for a stopped one. What ends runs no more of its program.
   */
  async kill(send: () => Promise<unknown>): Promise<void> {
    this.#dying = true;
    if (!this.#paused || this.#freezer === undefined) {
      await this.resume();
      try {
        await send();
      } catch (error) {
        this.#dying = false;
        throw error;
      }
      return;
    }
    this.#freezer.kill();
    await this.resume();
  }
}
