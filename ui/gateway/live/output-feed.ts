import { type Frame, FrameDecoder, outcomeSchema, type Pid } from "../../../kernel/abi/index.ts";
import type { Flow } from "../../../kernel/client/index.ts";
import type { LiveSocket } from "./live-socket.ts";
import { OutputWindow } from "./output-window.ts";
import { PieceBuffer } from "./piece-buffer.ts";

/** How much is looked at between two looks at the window: the shortest frames of it are some hundred pieces. */
const stepBytes = 4 << 10;

/**
 * One subscription: reads a process's frames from the kernel and sends them to one client.
 *
 * It reads on only while the client's window has room, so a slow client holds back its own flow and nothing else. What is
 * read at once goes out as one piece where it can, for a message costs far more than its bytes. It ends true only when
 * the outcome was sent.
 */
export class OutputFeed {
  readonly #socket: LiveSocket;
  readonly #pid: Pid;
  readonly #offsets: { stdout: number; stderr: number };
  readonly #window = new OutputWindow();
  readonly #piece = new PieceBuffer();
  #flushing: NodeJS.Immediate | undefined;
  #ended = false;
  readonly #decoder = new FrameDecoder();
  #rest: Buffer | undefined;

  constructor(socket: LiveSocket, from: { pid: Pid; stdout: number; stderr: number }) {
    this.#socket = socket;
    this.#pid = from.pid;
    this.#offsets = { stdout: from.stdout, stderr: from.stderr };
  }

  async run(flow: Flow, signal: AbortSignal): Promise<boolean> {
    const stop = (): void => {
      this.#window.close();
      flow.destroy();
    };
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    try {
      await flow.run((data) => {
        if (this.#consume(data)) return true;
        void this.#goOn(flow, signal);
        return false;
      });
      this.#flush();
    } catch (error) {
      if (!this.#ended) throw error;
    } finally {
      signal.removeEventListener("abort", stop);
      clearImmediate(this.#flushing);
    }
    return this.#ended;
  }

  /** Takes as much as the window has room for and keeps the rest; returns whether there is room for more. */
  #consume(data: Buffer): boolean {
    for (let at = 0; at < data.length; at += stepBytes) {
      if (this.#window.full) {
        this.#rest = Buffer.from(data.subarray(at));
        break;
      }
      for (const frame of this.#decoder.push(data.subarray(at, at + stepBytes))) this.#take(frame);
    }
    if (this.#window.full) {
      this.#flush();
      return false;
    }
    this.#flushing ??= setImmediate(() => this.#flush());
    return true;
  }

  /** Waits for room, for what was kept first. */
  async #goOn(flow: Flow, signal: AbortSignal): Promise<void> {
    try {
      do {
        await this.#window.room();
        if (signal.aborted) return;
        const rest = this.#rest;
        this.#rest = undefined;
        if (rest !== undefined) this.#consume(rest);
      } while (this.#rest !== undefined);
      flow.resume();
    } catch (error) {
      flow.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #take(frame: Frame): void {
    switch (frame.type) {
      case "stdout":
      case "stderr":
        this.#append(frame.type, frame.data);
        return;
      case "gap":
        this.#flush();
        this.#offsets.stdout = frame.stdout;
        this.#offsets.stderr = frame.stderr;
        this.#socket.emit("output_gap", this.#pid, frame.stdout, frame.stderr);
        return;
      case "end":
        this.#flush();
        this.#ended = true;
        this.#socket.emit(
          "output_end",
          this.#pid,
          outcomeSchema.parse(JSON.parse(new TextDecoder().decode(frame.payload))),
        );
        return;
      default:
        frame satisfies never;
    }
  }

  #append(stream: "stdout" | "stderr", data: Uint8Array): void {
    let rest = data;
    while (rest.length > 0) {
      const taken = this.#piece.append(stream, rest);
      rest = rest.subarray(taken);
      if (rest.length > 0) this.#flush();
    }
  }

  #flush(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    const piece = this.#piece.take();
    if (piece === undefined) return;
    const { stream, data, release } = piece;
    const offset = this.#offsets[stream];
    this.#offsets[stream] = offset + data.length;
    const acknowledged = this.#window.take(data.length);
    this.#socket.emit("output", this.#pid, stream, offset, data, () => {
      if (acknowledged()) release();
    });
  }
}
