import type { Terminal } from "@xterm/xterm";
import type { Fault } from "../../../kernel/abi/index.ts";
import { readableBytes } from "../parts/format-amount.ts";
import type { OutputStream } from "./output-cursor.ts";
import type { OutputSink } from "./output-reader.ts";

/**
 * Writes both streams of a process to a terminal.
 *
 * Each stream has its own decoder, so that a character cut in two by the other stream's bytes is still whole.
 * Standard error has a colour of its own where the program has not chosen one, and not that of a failure: programs
 * write progress and the reports of passing tests there. A piece is taken when it has been parsed.
 */
const amber = "\u001B[33m";
const noColour = "\u001B[39m";

export class TerminalSink implements OutputSink {
  readonly fault: (fault: Fault) => void;
  readonly #terminal: Terminal;
  #decoders = newDecoders();

  constructor(terminal: Terminal, onFault: (fault: Fault) => void) {
    this.#terminal = terminal;
    this.fault = onFault;
  }

  write(stream: OutputStream, data: Uint8Array, taken: () => void): void {
    const text = this.#decoders[stream].decode(data, { stream: true });
    this.#terminal.write(stream === "stderr" && text !== "" ? amber + text + noColour : text, taken);
  }

  gap(droppedBytes: number): void {
    this.#decoders = newDecoders();
    this.#terminal.write(
      `\r\n\u001B[0m\u001B[2m[${readableBytes(droppedBytes)} of older output is gone: only as much is kept as the limit OUT says]\u001B[0m\r\n`,
    );
  }

  /** A last character that was never finished is shown as what it is: not a character. */
  end(): void {
    const rest = this.#decoders.stdout.decode() + this.#decoders.stderr.decode();
    if (rest !== "") this.#terminal.write(rest);
  }
}

function newDecoders(): Record<OutputStream, TextDecoder> {
  return {
    stdout: new TextDecoder("utf-8", { ignoreBOM: true }),
    stderr: new TextDecoder("utf-8", { ignoreBOM: true }),
  };
}
