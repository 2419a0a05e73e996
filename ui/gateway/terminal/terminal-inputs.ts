import { z } from "zod";
import { Fault, parseAtDoor, pidSchema, type Pid, type TerminalSize } from "../../../kernel/abi/index.ts";
import { faultOf } from "../http/refusal.ts";
import type { LiveSocket } from "../live/live-socket.ts";
import { type InputParts, InputStream } from "./input-stream.ts";
import { LatestSize } from "./latest-size.ts";
import { inputPieceBytes, terminalResizeSchema, type ResizeAnswer } from "./terminal-events.ts";

/**
 * The terminals that one connection types into: an input for each, opened by the first piece, and their sizes.
 *
 * Whether the person may is the kernel's to say, at each piece. A client that sends what cannot be read, or more than its
 * window, is disconnected; when the connection goes, its inputs go.
 */

const inputsPerSocket = 32;

const bytesSchema = z.custom<Uint8Array>(
  (value) => value instanceof Uint8Array && value.length > 0 && value.length <= inputPieceBytes,
);
const isFunction = (value: unknown): boolean => typeof value === "function";
const takenSchema = z.custom<() => void>(isFunction);
const answerSchema = z.custom<(answer: ResizeAnswer) => void>(isFunction);
const inputSchema = z.tuple([pidSchema, bytesSchema, takenSchema]);

export class TerminalInputs {
  readonly #socket: LiveSocket;
  readonly #parts: InputParts;
  readonly #inputs = new Map<Pid, InputStream>();
  readonly #sizes: LatestSize;
  readonly #gone = new AbortController();

  constructor(socket: LiveSocket, parts: InputParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#sizes = new LatestSize((pid, size) => this.#setSize(pid, size));
  }

  start(): void {
    const socket = this.#socket;
    socket.on("terminal_input", (...piece: unknown[]) => this.#take(piece));
    socket.on("terminal_resize", (request: unknown, ack: unknown) => void this.#resize(request, ack));
    socket.on("terminal_close", (pid: unknown) => {
      const parsed = pidSchema.safeParse(pid);
      if (parsed.success) this.#close(parsed.data);
    });
    socket.on("disconnect", () => {
      this.#gone.abort();
      for (const pid of this.#inputs.keys()) this.#close(pid);
    });
  }

  #take(piece: unknown[]): void {
    const { success, data } = inputSchema.safeParse(piece);
    if (!success) {
      this.#socket.disconnect(true);
      return;
    }
    const [pid, bytes, taken] = data;
    const input = this.#inputs.get(pid) ?? this.#open(pid);
    if (input === undefined) {
      const fault = new Fault("exhausted", `${inputsPerSocket} terminals are typed into already`, {
        hint: "Close one first.",
      });
      this.#socket.emit("terminal_closed", pid, fault.toBody());
    } else if (!input.write(bytes, taken)) {
      this.#socket.disconnect(true);
    }
  }

  #open(pid: Pid): InputStream | undefined {
    if (this.#inputs.size >= inputsPerSocket) return undefined;
    const { identity } = this.#socket.data;
    const input: InputStream = new InputStream(this.#parts, { identity, pid }, (fault) => {
      if (this.#inputs.get(pid) !== input) return;
      this.#inputs.delete(pid);
      this.#socket.emit("terminal_closed", pid, fault);
    });
    this.#inputs.set(pid, input);
    return input;
  }

  #close(pid: Pid): void {
    const input = this.#inputs.get(pid);
    this.#inputs.delete(pid);
    input?.close();
  }

  async #resize(request: unknown, ack: unknown): Promise<void> {
    const answer = answerSchema.safeParse(ack);
    if (!answer.success) return;
    try {
      const { pid, size } = parseAtDoor(terminalResizeSchema, request, "terminal_resize");
      await this.#sizes.set(pid, size);
      answer.data({ ok: true });
    } catch (error) {
      answer.data({ fault: faultOf(error).toBody() });
    }
  }

  async #setSize(pid: Pid, size: TerminalSize): Promise<void> {
    const { client, sessions } = this.#parts;
    const { signal } = this.#gone;
    await sessions.run(this.#socket.data.identity, (session) =>
      client.call("tty_resize", { pid, size }, { session, signal }),
    );
  }
}
