import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { EventEmitter } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { Fault, type ServiceMessage, serviceReadySchema } from "../abi/index.ts";

/**
 * Keeps one service process alive: starts it, restarts it with backoff, and ends it with the kernel.
 *
 * The child gets a directory of its own as working directory, a minimal environment and a pipe on stdin whose end
 * tells it that the kernel is gone. It gets neither the engine's socket nor any variable that names it.
 */

const firstDelayMs = 200;
const longestDelayMs = 10_000;
/** A service that lived this long starts again with the first delay. */
const stableMs = 30_000;
const stopTimeoutMs = 5000;
/** How often it may end at boot before the boot is given up. */
const bootAttempts = 5;

export interface ServiceSpec {
  name: "policy" | "gateway" | "egress";
  /** Whether it gets a channel for messages and descriptors. */
  channel?: boolean;
  /** The program's file. */
  main: string;
  /** Its working directory, where the kernel's socket for it lies. */
  cwd: string;
  env: Readonly<Record<string, string>>;
  logFile: string;
  /** Exit codes after which starting again cannot help. */
  fatalExits?: readonly number[];
}

/** What a service has of the kernel's environment: where programs are, and what was compiled before. */
function inherited(): NodeJS.ProcessEnv {
  const { PATH = "", NODE_COMPILE_CACHE: cache } = process.env;
  return cache === undefined ? { PATH } : { PATH, NODE_COMPILE_CACHE: cache };
}

interface ServiceEvents {
  up: [];
  /** It said over its channel that it serves. */
  ready: [];
  down: [];
  /** It ended with one of `fatalExits`; it is not started again. `lastLine` is the last thing that it logged. */
  fatal: [exitCode: number, lastLine: string];
}

export class ServiceSupervisor extends EventEmitter<ServiceEvents> {
  readonly name: ServiceSpec["name"];
  readonly #spec: ServiceSpec;
  readonly #log: WriteStream;
  #child: ChildProcess | undefined;
  #restarts = 0;
  #delayMs = firstDelayMs;
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;
  #ready = false;
  #lastLine = "";

  constructor(spec: ServiceSpec) {
    super();
    this.name = spec.name;
    this.#spec = spec;
    this.#log = createWriteStream(spec.logFile, { flags: "a", mode: 0o600 });
  }

  get restarts(): number {
    return this.#restarts;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  start(): void {
    const startedAt = Date.now();
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", this.#spec.main], {
      cwd: this.#spec.cwd,
      env: { ...inherited(), NODE_ENV: "production", ...this.#spec.env },
      stdio: ["pipe", "pipe", "pipe", ...(this.#spec.channel === true ? (["ipc"] as const) : [])],
      // Its own process group: a terminal's Ctrl-C is for the kernel, which then ends its services in order.
      detached: true,
    });
    this.#child = child;
    child.stdin?.on("error", () => undefined);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#log.write(chunk);
        this.#lastLine = chunk.toString("utf8").trimEnd().split("\n").at(-1) ?? this.#lastLine;
      });
    }
    child.on("message", (message) => {
      if (!serviceReadySchema.safeParse(message).success) return;
      this.#ready = true;
      this.emit("ready");
    });
    child.on("error", (error) => this.#log.write(`${error.message}\n`));
    child.once("close", (code) => this.#ended(code ?? -1, Date.now() - startedAt));
    this.emit("up");
  }

  /** Starts it and waits until it is `ready`. Faults: `internal` when it ends time after time before. */
  async startUntil<T>(ready: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    let ends = 0;
    const onDown = (): void => {
      ends += 1;
      if (ends < bootAttempts) return;
      const hint = `Its log says why: ${this.#spec.logFile}`;
      reject(new Fault("internal", `the ${this.name} does not stay up: ${this.#lastLine}`, { hint }));
    };
    this.on("down", onDown);
    this.start();
    try {
      return await Promise.race([ready, promise]);
    } finally {
      this.off("down", onDown);
    }
  }

  /** Whether it said that it serves. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Says something to the service, and hands it a socket. One that cannot be handed on is closed. */
  send(message: ServiceMessage, socket?: Socket): void {
    const lost = (): void => void socket?.destroy();
    if (this.#child?.connected !== true) return lost();
    this.#child.send(message, socket, { keepOpen: false }, (error) => {
      if (error !== null) lost();
    });
  }

  #ended(code: number, livedMs: number): void {
    this.#child = undefined;
    this.#ready = false;
    this.emit("down");
    if (this.#stopping) return;
    if (this.#spec.fatalExits?.includes(code) === true) {
      this.emit("fatal", code, this.#lastLine);
      return;
    }
    if (livedMs > stableMs) this.#delayMs = firstDelayMs;
    this.#timer = setTimeout(() => {
      this.#restarts += 1;
      this.start();
    }, this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, longestDelayMs);
  }

  /** Ends the service: first by closing its pipe, then by force. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child !== undefined) {
      const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
      const force = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
      child.stdin?.end();
      child.kill("SIGTERM");
      await gone;
      clearTimeout(force);
    }
    await new Promise<void>((resolve) => this.#log.end(() => resolve()));
  }
}
