import { randomBytes } from "node:crypto";
import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import type { TerminalSize } from "../abi/index.ts";
import { atEngine } from "./engine-fault.ts";

/**
 * A container's terminal, as far as one attachment reaches: its output, its input, its size.
 *
 * Every byte of input reaches the program: the engine's detach keys, which it cannot be told to leave out, are a sequence
 * that nobody can type. The connection is never half-closed, for the engine then ends the output as well. What the program
 * writes while nothing is attached is lost, so that one attaches before the start.
 */

/** What a terminal's line discipline takes for the end of the input (VEOF). */
const endOfFile = Buffer.of(0x04);

/** How long a program gets to see that a size is another. */
const betweenSizesMs = 100;

interface TerminalEvents {
  data: [data: Buffer];
  /** More input is taken. */
  drain: [];
  /** Nothing follows: the container has ended, the connection broke, or it was detached. */
  close: [];
}

export class Terminal extends EventEmitter<TerminalEvents> {
  readonly #connection: Duplex;
  readonly #container: Docker.Container;
  #size: TerminalSize | undefined;

  private constructor(container: Docker.Container, connection: Duplex) {
    super();
    this.setMaxListeners(0);
    this.#container = container;
    this.#connection = connection;
    // Whatever breaks it, what is left to know is that it is over.
    connection.on("error", () => connection.destroy());
    connection.on("data", (data: Buffer) => this.emit("data", data));
    connection.on("drain", () => this.emit("drain"));
    connection.on("end", () => connection.destroy());
    connection.on("close", () => this.emit("close"));
    connection.pause();
  }

  /** Attaches to a container that was created with a terminal. Output is held until `resume`. Faults: `not_found`, `unavailable`. */
  static async attach(docker: Docker, id: string): Promise<Terminal> {
    const connection = await atEngine("attach", () => hijack(docker, id));
    return new Terminal(docker.getContainer(id), connection);
  }

  get destroyed(): boolean {
    return this.#connection.destroyed;
  }

  /** The size that was last set. */
  get size(): TerminalSize | undefined {
    return this.#size;
  }

  /** Gives input to the program; `false` asks to wait for `drain`. After the end it is dropped. */
  write(input: Uint8Array): boolean {
    return this.destroyed || this.#connection.write(input);
  }

  /** Types the end of the input, which a program that reads lines takes as such. The terminal stays open. */
  end(): void {
    this.write(endOfFile);
  }

  /** Holds the output back, and, once the engine's buffer is full, the program. */
  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
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
    this.#connection.destroy();
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
