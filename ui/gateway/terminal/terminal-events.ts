import { z } from "zod";
import { pidSchema, terminalSizeSchema } from "../../../kernel/abi/index.ts";
import type { FaultBody, Pid, TerminalSize } from "../../../kernel/abi/index.ts";

/**
 * What of terminals crosses the Socket.IO connection, for both ends. Portable: no Node and no DOM.
 *
 * What a terminal shows is the process's output, read like any other. What is typed comes as pieces of at most
 * `inputPieceBytes`, in order; of a terminal at most `inputWindowBytes` may be on their way without an ack, and who sends
 * more is disconnected. After `terminal_closed` the next piece opens the input anew; pieces that had no ack are lost.
 */

export const inputPieceBytes = 8 << 10;
export const inputWindowBytes = 64 << 10;

export type ResizeAnswer = { ok: true } | { fault: FaultBody };

export interface TerminalClientEvents {
  /** The ack says that the piece was handed on, so that there is room for more. */
  terminal_input: (pid: Pid, data: Uint8Array, ack: () => void) => void;
  /** Of sizes that come while one is being set, the last one counts. Faults: those of `tty_resize`. */
  terminal_resize: (request: { pid: Pid; size: TerminalSize }, ack: (answer: ResizeAnswer) => void) => void;
  terminal_close: (pid: Pid) => void;
}

export interface TerminalServerEvents {
  /** The input is closed: the program takes none any more, or for the reason that is told. */
  terminal_closed: (pid: Pid, fault: FaultBody | null) => void;
}

/** `terminal_resize` as the server reads it. */
export const terminalResizeSchema = z.strictObject({ pid: pidSchema, size: terminalSizeSchema });
