import type { Socket } from "node:net";
import type { Terminal } from "../docker/terminal.ts";

/** The input of a running program, whichever way it gets there. */
export interface ProgramInput {
  /** Whether it takes more. */
  readonly open: boolean;
  /** Resolves once it can take the next; what a program that has ended does not read is dropped. */
  write(data: Buffer): Promise<void>;
  /** Nothing follows; what was written is read first. */
  end(): void;
}

/** Input through a FIFO: end-of-file comes once nobody holds its writing end. */
export class PipeInput implements ProgramInput {
  readonly #socket: Socket;
  readonly #ended: () => void;

  /** `ended` lets go of the writing ends that others hold. */
  constructor(socket: Socket, ended: () => void) {
    this.#socket = socket;
    this.#ended = ended;
  }

  get open(): boolean {
    return !this.#socket.writableEnded && !this.#socket.destroyed;
  }

  async write(data: Buffer): Promise<void> {
    if (this.#socket.destroyed || this.#socket.write(data)) return;
    await roomIn(this.#socket);
  }

  end(): void {
    if (!this.open) return;
    this.#socket.once("close", this.#ended);
    this.#socket.end();
  }
}

/** Input as typed. */
export class TerminalInput implements ProgramInput {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  get open(): boolean {
    return !this.#terminal.destroyed;
  }

  async write(data: Buffer): Promise<void> {
    if (this.#terminal.write(data)) return;
    await roomIn(this.#terminal);
  }

  end(): void {
    this.#terminal.end();
  }
}

/** Resolves when it takes more, or is gone, and leaves nothing at it: a program may be written to any number of times. */
function roomIn(stream: Socket | Terminal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => {
    stream.off("drain", done);
    stream.off("close", done);
    resolve();
  };
  stream.on("drain", done);
  stream.on("close", done);
  return promise;
}
