import { closeSync, constants, openSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Pid } from "../abi/index.ts";
import { EndedInput } from "../ipc/ended-input.ts";
import { OutputEnd, openToWrite } from "../ipc/output-end.ts";
import type { Spool } from "../ipc/spool.ts";
import type { HeldStream, OutputStream } from "./message.ts";

/**
 * One process's ends: what its program writes goes from the FIFOs to its spool.
 *
 * A spool that asks to stop stops the reading, which fills the pipe and makes the program
 * wait; while the last of a dead program is taken, nothing does.
 */

const { O_RDWR, O_NONBLOCK, O_NOFOLLOW } = constants;

/** How long the pipes of a dead container may take to come to their end. */
const drainTimeoutMs = 10_000;

export interface HeldPlace {
  pid: Pid;
  dir: string;
  streams: readonly HeldStream[];
}

export class HeldProcess implements Disposable {
  readonly pid: Pid;
  readonly dir: string;
  streams: readonly HeldStream[];
  /** What `begin` named. */
  limitBytes = 0;
  lossless = false;
  #spool: Spool | undefined;
  /** What is read lies in it until the spool has taken it, which is at once; so all may share one. */
  readonly #buffer: Buffer;
  readonly #outputs = new Map<OutputStream, OutputEnd>();
  readonly #sockets: Socket[] = [];
  #input: number | undefined;
  #endedInput: EndedInput | undefined;
  readonly #ends: Promise<void>[] = [];
  #draining: Promise<boolean> | undefined;
  #ended = false;

  constructor({ pid, dir, streams }: HeldPlace, buffer: Buffer) {
    this.#buffer = buffer;
    this.pid = pid;
    this.dir = dir;
    this.streams = streams;
    try {
      for (const stream of streams) {
        const path = join(dir, stream);
        if (stream === "stdin") this.#input = openInput(path);
        else this.#outputs.set(stream, new OutputEnd(path));
      }
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Whether any of what it writes is held. */
  get writes(): boolean {
    return this.#outputs.size > 0;
  }

  get spool(): Spool | undefined {
    return this.#spool;
  }

  /** Everything is read and sealed. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Reads from now on. Once. */
  begin(spool: Spool): void {
    if (this.#draining !== undefined) throw new Error(`the output of process ${this.pid} has ended`);
    this.#spool = spool;
    for (const [stream, end] of this.#outputs) {
      const socket = end.read({
        buffer: this.#buffer,
        callback: (bytes) => {
          spool.append(stream, this.#buffer.subarray(0, bytes));
          return true;
        },
      });
      this.#sockets.push(socket);
      this.#ends.push(closed(socket));
      socket.resume();
    }
    spool.on("pressure", (stop) => {
      for (const socket of this.#sockets)
        if (stop && this.#draining === undefined) socket.pause();
        else socket.resume();
    });
  }

  /** Lets the program's input end: nobody but who writes it holds it open. */
  endInput(): void {
    this.#letGoOfInput();
    this.#endedInput ??= new EndedInput(join(this.dir, "stdin"));
  }

  #letGoOfInput(): void {
    this.#endedInput?.[Symbol.dispose]();
    if (this.#input !== undefined) closeSync(this.#input);
    this.#input = undefined;
    this.streams = this.streams.filter((stream) => stream !== "stdin");
  }

  /** Takes what is left in the pipes and seals. Resolves with whether the pipes came to their end in time. */
  drain(timeoutMs = drainTimeoutMs): Promise<boolean> {
    this.#draining ??= this.#drain(timeoutMs);
    return this.#draining;
  }

  async #drain(timeoutMs: number): Promise<boolean> {
    this.#letGoOfInput();
    for (const end of this.#outputs.values()) end.release();
    for (const socket of this.#sockets) socket.resume();
    const giveUp = new AbortController();
    const late = sleep(timeoutMs, false, { signal: giveUp.signal }).catch(() => false);
    const ended = await Promise.race([Promise.all(this.#ends).then(() => true), late]);
    giveUp.abort();
    this[Symbol.dispose]();
    await this.#spool?.seal();
    this.#ended = true;
    return ended;
  }

  [Symbol.dispose](): void {
    this.#letGoOfInput();
    for (const end of this.#outputs.values()) end[Symbol.dispose]();
  }
}

/** A write end and nothing else: one that could read would keep a writer from seeing that the program is gone. */
function openInput(path: string): number {
  const reader = openSync(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
  try {
    return openToWrite(path);
  } finally {
    closeSync(reader);
  }
}

function closed(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once("close", () => resolve());
  socket.on("error", () => socket.destroy());
  return promise;
}
