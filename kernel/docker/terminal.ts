import { randomBytes } from "node:crypto";
import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { Fault, type TerminalSize } from "../abi/index.ts";
import { atEngine } from "./engine-fault.ts";

/**
 * A container's terminal: its output, its input, its size, until the container ends.
 *
 * Every byte of input reaches the program: the engine's detach keys, which it cannot be told to leave out, are a sequence
 * that nobody can type. The connection is never half-closed, for the engine then ends the output as well. One that breaks
 * while the container runs is made again; what is written or typed meanwhile is lost, so that one attaches before the
 * start.
 */

/** What a terminal's line discipline takes for the end of the input (VEOF). */
const endOfFile = Buffer.of(0x04);

/** How long a program gets to see that a size is another. */
const betweenSizesMs = 100;
/** How long an engine may take to know that the container has ended whose output has, and to come back. */
const retryMs = 100;

interface TerminalEvents {
  data: [data: Buffer];
  /** More input is taken. */
  drain: [];
  /** Nothing follows: the container has ended, or the terminal was let go. */
  close: [];
}

export class Terminal extends EventEmitter<TerminalEvents> {
  readonly #docker: Docker;
  readonly #container: Docker.Container;
  #connection: Duplex | undefined;
  #paused = true;
  #closed = false;
  #size: TerminalSize | undefined;

  private constructor(docker: Docker, id: string) {
    super();
    this.setMaxListeners(0);
    this.#docker = docker;
    this.#container = docker.getContainer(id);
  }

  /**
   * Attaches to a container that was created with a terminal. Output is held until `resume`.
   * Faults: `not_found`, `unavailable`, `bad_state` for a container that is paused.
   */
  static async attach(docker: Docker, id: string): Promise<Terminal> {
    const terminal = new Terminal(docker, id);
    terminal.#use(await atEngine("attach", () => hijack(docker, id)));
    return terminal;
  }

  /** Whether it is over. */
  get destroyed(): boolean {
    return this.#closed;
  }

  /** The size that was last set. */
  get size(): TerminalSize | undefined {
    return this.#size;
  }

  /** Gives input to the program; `false` asks to wait for `drain`. After the end it is dropped. */
  write(input: Uint8Array): boolean {
    return this.#connection === undefined || this.#connection.write(input);
  }

  /** Types the end of the input, which a program that reads lines takes as such. The terminal stays open. */
  end(): void {
    this.write(endOfFile);
  }

  /** Holds the output back, and, once the engine's buffer is full, the program. */
  pause(): void {
    this.#paused = true;
    this.#connection?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#connection?.resume();
  }

  /** Sets the size; the program gets SIGWINCH when it is another. Faults: `bad_state` when the container does not run. */
  async resize(size: TerminalSize): Promise<void> {
    await atEngine("resize", () => this.#container.resize({ h: size.rows, w: size.columns }));
    this.#size = size;
  }

  /** Makes a program that fills the screen draw it again, for whoever has lost what was on it. */
  async redraw(size: TerminalSize): Promise<void> {
    await this.resize({ rows: size.rows === 1 ? 2 : size.rows - 1, columns: size.columns });
    // Two signals at once are one, after which the size is what it was.
    await sleep(betweenSizesMs);
    await this.resize(size);
  }

  /** Lets go of the terminal; the program keeps it. */
  [Symbol.dispose](): void {
    this.#close();
  }

  #use(connection: Duplex): void {
    this.#connection = connection;
    // Whatever breaks it, what is left to know is whether the container runs.
    connection.on("error", () => connection.destroy());
    connection.on("data", (data: Buffer) => this.emit("data", data));
    connection.on("drain", () => this.emit("drain"));
    connection.on("end", () => connection.destroy());
    connection.on("close", () => void this.#lost());
    if (this.#paused) connection.pause();
    else connection.resume();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection?.destroy();
    this.#connection = undefined;
    this.emit("close");
  }

  async #lost(): Promise<void> {
    this.#connection = undefined;
    // Nobody waits for room in a connection that is gone.
    this.emit("drain");
    let ranBefore = false;
    while (!this.#closed) {
      const runs = await this.#runs();
      if (this.#closed) return;
      // The engine tells the end of the output before that of the container.
      if (runs === true && ranBefore && (await this.#attachAgain())) return;
      if (runs === false) this.#close();
      else await sleep(retryMs);
      ranBefore = runs === true;
    }
  }

  /** Whether the container runs; `undefined` while the engine does not say. */
  async #runs(): Promise<boolean | undefined> {
    try {
      return (await atEngine("inspect", () => this.#container.inspect())).State.Running;
    } catch (error) {
      return error instanceof Fault && error.code === "not_found" ? false : undefined;
    }
  }

  async #attachAgain(): Promise<boolean> {
    try {
      const connection = await hijack(this.#docker, this.#container.id);
      if (this.#closed) connection.destroy();
      else this.#use(connection);
    } catch {
      return false;
    }
    if (this.#size !== undefined) await this.redraw(this.#size).catch(() => undefined);
    return true;
  }
}

/**
 * Detach keys that no input contains by accident or on purpose: without any the engine takes ctrl-p ctrl-q, and holds each
 * ctrl-p back. It begins with a byte that is in no UTF-8 and so in no key's: such a byte alone waits for what
 * follows it.
 */
function untypable(): string {
  return ["%FF", ...[...randomBytes(15)].map((byte) => `%${(0xf8 | (byte & 7)).toString(16)}`)].join(",");
}

/** The connection behind the engine's answer. An empty body of known length: any other could arrive as input. */
function hijack(docker: Docker, id: string): Promise<Duplex> {
  const query = `stream=1&stdin=1&stdout=1&stderr=1&detachKeys=${untypable()}`;
  const asked = {
    // The client takes the last character away.
    path: `/containers/${id}/attach?${query}&`,
    method: "POST",
    isStream: true,
    hijack: true,
    file: Buffer.alloc(0),
    headers: { "Content-Type": "text/plain" },
    statusCodes: { 404: "no such container", 409: "the container is paused", 500: "server error" },
  };
  return new Promise((resolve, reject) => {
    docker.modem.dial(asked, (error, connection) => {
      if (isDuplex(connection)) resolve(connection);
      else reject(error ?? new Error("the engine's reply is no connection"));
    });
  });
}

const isDuplex = (value: unknown): value is Duplex =>
  typeof value === "object" && value !== null && "write" in value && "read" in value && "destroy" in value;
