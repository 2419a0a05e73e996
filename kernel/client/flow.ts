import { connect, type Socket } from "node:net";
import { faultOf, unanswered } from "./reply.ts";

/**
 * A reply of the kernel that is taken as it is read: all flows of a client are read into one buffer, whose bytes are valid
 * only while they are taken. A flood through it makes no garbage, which would cost more than the reading.
 *
 * It speaks HTTP/1.0, in which a reply is what follows its head until the connection ends. Whoever takes it must know by
 * itself whether it came to its end: output says so with a frame.
 */

/** A head is a status and a few short lines. */
const headLimitBytes = 16 << 10;
/** A refusal is one fault. */
const refusalLimitBytes = 64 << 10;

export interface FlowRequest {
  socketPath: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  /** What is read lies in it; flows may share one. */
  buffer: Buffer;
  signal?: AbortSignal;
}

/** Takes bytes that are valid during the call alone; returns whether it wants more now. */
export type Take = (data: Buffer) => boolean;

export class Flow {
  readonly #socket: Socket;
  readonly #opened = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  /** What came before the reply's body was asked for: its head, or a refusal. */
  #head: Buffer | undefined = Buffer.alloc(0);
  #status: number | undefined;
  #take: Take | undefined;

  private constructor({ socketPath, path, headers, body, buffer, signal }: FlowRequest) {
    this.#ended.promise.catch(() => undefined);
    const socket = connect({
      path: socketPath,
      onread: { buffer, callback: (bytes) => this.#read(buffer.subarray(0, bytes)) },
      ...(signal === undefined ? {} : { signal }),
    });
    this.#socket = socket;
    const lines = Object.entries({ ...headers, host: "kernel", "content-length": String(body.length) });
    socket.write(`POST ${path} HTTP/1.0\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
    socket.write(body);
    socket.once("end", () => this.#end());
    socket.once("error", (error) => this.#fail(unanswered(error)));
    socket.once("close", () => this.#fail(unanswered(Object.assign(new Error("cut off"), { code: "ECONNRESET" }))));
    socket.resume();
  }

  /** Asks, and resolves once the kernel has agreed. Faults: its own, and `unavailable`. */
  static async open(request: FlowRequest): Promise<Flow> {
    const flow = new Flow(request);
    await flow.#opened.promise;
    return flow;
  }

  /** Gives what comes to `take`, until the connection's end. Rejects when it breaks. Once. */
  async run(take: Take): Promise<void> {
    const first = this.#head;
    this.#head = undefined;
    this.#take = take;
    if (first === undefined || first.length === 0 || this.#give(first, take)) this.#socket.resume();
    await this.#ended.promise;
  }

  /** Goes on after `take` wanted no more. */
  resume(): void {
    this.#socket.resume();
  }

  /** Lets go of it. With an error, that is what `run` rejects with. */
  destroy(error?: Error): void {
    if (error !== undefined) this.#fail(error);
    this.#socket.destroy();
  }

  /** Returns whether to read on. Must not throw: it is called by the socket. */
  #read(data: Buffer): boolean {
    if (this.#take !== undefined) return this.#give(data, this.#take);
    this.#head = Buffer.concat([this.#head ?? Buffer.alloc(0), data]);
    if (this.#status === undefined) this.#readHead(this.#head);
    if (this.#head.length > refusalLimitBytes && this.#status !== 200) this.#socket.destroy();
    return this.#status !== 200;
  }

  #give(data: Buffer, take: Take): boolean {
    try {
      return take(data);
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
  }

  #readHead(text: Buffer): void {
    const end = text.indexOf("\r\n\r\n");
    if (end === -1) {
      if (text.length > headLimitBytes) this.#socket.destroy();
      return;
    }
    this.#status = Number(/^HTTP\/1\.[01] (\d{3}) /.exec(text.toString("latin1", 0, 32))?.[1] ?? 0);
    this.#head = text.subarray(end + 4);
    if (this.#status === 200) this.#opened.resolve();
  }

  #end(): void {
    if (this.#status === 200) this.#ended.resolve();
    else if (this.#status !== undefined) this.#fail(faultOf(this.#status, String(this.#head)));
    this.#socket.destroy();
  }

  #fail(error: Error): void {
    this.#opened.reject(error);
    this.#ended.reject(error);
  }
}
