import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Fault } from "../abi/index.ts";
import { Link, type LinkEvents } from "./link.ts";
import { protocol } from "./message.ts";

/**
 * The spooler as an OS process: found where one lives, started where none does.
 *
 * It is started in a session of its own with nothing of the kernel's but a log file, so that what ends the kernel does not
 * end it. Who it is, it says itself when it is greeted; a process id alone is never believed.
 */

const program = fileURLToPath(new URL("main.ts", import.meta.url));
/** A machine whose processors are all taken starts a program slowly; one that ends instead is not waited for. */
const startTimeoutMs = 60_000;
const greetTimeoutMs = 20_000;
const lookMs = 5;

export interface SpoolerPlace {
  /** The instance whose output it keeps. */
  instance: string;
  /** The home's run directory; the spooler's own lies in it. */
  runDir: string;
  spoolDir: string;
  logDir: string;
  /** The Node that runs it. */
  node?: string;
}

const nobodyListens: ReadonlySet<unknown> = new Set(["ENOENT", "ECONNREFUSED"]);

export class SpoolerProcess {
  readonly #place: SpoolerPlace;
  readonly #dir: string;
  /** The one that this kernel started. */
  #child: ChildProcess | undefined;

  constructor(place: SpoolerPlace) {
    this.#place = place;
    this.#dir = join(place.runDir, "spooler");
  }

  /** Connects to the spooler that lives, or starts one. Faults: `unavailable`. */
  async reach(events: LinkEvents): Promise<Link> {
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    const found = await this.#connect(events);
    if (found !== undefined) return this.#greet(found);
    await this.#start();
    const deadline = Date.now() + startTimeoutMs;
    while (Date.now() < deadline) {
      const link = await this.#connect(events);
      if (link !== undefined) return this.#greet(link);
      if (this.#child === undefined) break;
      await sleep(lookMs);
    }
    this.#child?.kill("SIGKILL");
    throw new Fault("unavailable", "the spooler did not start", {
      hint: `Its log says why: ${join(this.#place.logDir, "spooler.log")}`,
    });
  }

  async #connect(events: LinkEvents): Promise<Link | undefined> {
    try {
      return await Link.connect(this.#dir, events);
    } catch (error) {
      if (error instanceof Error && "code" in error && nobodyListens.has(error.code)) return undefined;
      throw error;
    }
  }

  async #greet(link: Link): Promise<Link> {
    const { instance } = this.#place;
    const late = sleep(greetTimeoutMs, undefined, { ref: false });
    const answer = await Promise.race([link.order({ do: "hello", protocol, instance }), late]).catch(
      (error: unknown) => {
        link.destroy();
        throw new Fault("unavailable", `the spooler did not take this kernel: ${String(error)}`, { cause: error });
      },
    );
    if (answer?.hello?.instance === instance) return link;
    link.destroy();
    // One that hangs is of no use; one that somebody else started is not ours to end.
    this.#child?.kill("SIGKILL");
    throw new Fault("unavailable", "the spooler does not answer", {
      hint: `End it: its process id is the last in ${join(this.#place.logDir, "spooler.log")}.`,
    });
  }

  async #start(): Promise<void> {
    const { instance, spoolDir, logDir, node = process.execPath } = this.#place;
    const log = openSync(join(logDir, "spooler.log"), "a", 0o600);
    try {
      const child = spawn(node, ["--disable-warning=ExperimentalWarning", program], {
        cwd: this.#dir,
        env: {
          PATH: process.env["PATH"] ?? "",
          NODE_ENV: "production",
          SUPEROS_INSTANCE: instance,
          SUPEROS_SPOOL_DIR: spoolDir,
        },
        stdio: ["ignore", log, log],
        detached: true,
      });
      child.unref();
      this.#child = child;
      const gone = (): void => {
        if (this.#child === child) this.#child = undefined;
      };
      child.once("exit", gone);
      child.once("error", gone);
    } finally {
      closeSync(log);
    }
  }
}

/** Resolves once a process that is about to end has, or patience is over. */
export async function hasEnded(pid: number): Promise<void> {
  for (let left = 100; pid > 0 && left > 0; left -= 1) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await sleep(20);
  }
}
