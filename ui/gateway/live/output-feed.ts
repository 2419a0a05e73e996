import type { Readable } from "node:stream";
import { FrameDecoder, outcomeSchema, type Pid } from "../../../kernel/abi/index.ts";
import type { LiveSocket } from "./live-socket.ts";
import { OutputWindow } from "./output-window.ts";
import { piecesOf, type Piece } from "./pieces.ts";

/**
 * One subscription: reads a process's frames from the kernel and sends them to one client.
 *
 * It reads on only while the client's window has room, so a slow client holds back its own stream and nothing else.
 * It ends true only when the outcome was sent.
 */
export class OutputFeed {
  readonly #socket: LiveSocket;
  readonly #pid: Pid;
  readonly #offsets: { stdout: number; stderr: number };
  readonly #window = new OutputWindow();

  constructor(socket: LiveSocket, from: { pid: Pid; stdout: number; stderr: number }) {
    this.#socket = socket;
    this.#pid = from.pid;
    this.#offsets = { stdout: from.stdout, stderr: from.stderr };
  }

  async run(stream: Readable, signal: AbortSignal): Promise<boolean> {
    const decoder = new FrameDecoder();
    signal.addEventListener("abort", () => this.#window.close(), { once: true });
    for await (const chunk of stream) {
      for (const piece of piecesOf(decoder.push(chunk as Buffer))) {
        await this.#window.room();
        if (signal.aborted) return false;
        if (this.#send(piece)) return true;
      }
    }
    return false;
  }

  #send(piece: Piece): boolean {
    switch (piece.type) {
      case "stdout":
      case "stderr": {
        const offset = this.#offsets[piece.type];
        this.#offsets[piece.type] = offset + piece.data.length;
        this.#socket.emit("output", this.#pid, piece.type, offset, piece.data, this.#window.take(piece.data.length));
        return false;
      }
      case "gap":
        this.#offsets.stdout = piece.stdout;
        this.#offsets.stderr = piece.stderr;
        this.#socket.emit("output_gap", this.#pid, piece.stdout, piece.stderr);
        return false;
      case "end": {
        const outcome = outcomeSchema.parse(JSON.parse(new TextDecoder().decode(piece.payload)));
        this.#socket.emit("output_end", this.#pid, outcome);
        return true;
      }
      default:
        return piece satisfies never;
    }
  }
}
