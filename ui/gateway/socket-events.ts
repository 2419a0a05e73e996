import { z } from "zod";
import { pidSchema } from "../../kernel/abi/index.ts";
import type { FaultBody, KernelEvent, Outcome, Pid } from "../../kernel/abi/index.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { TerminalClientEvents, TerminalServerEvents } from "./terminal/terminal-events.ts";

/**
 * What crosses the Socket.IO connection, for both ends. Portable: no Node and no DOM.
 *
 * First come the events of the present state, then changes. Of a subscription at most `windowBytes` are on their way
 * without an ack; a client that does not call `ack` gets no more output. After a lost connection nothing of it is
 * left: the client opens its outputs again at the offsets it has reached. A refused connection carries the fault's
 * body as the error's `data`.
 */

/** `offset` is that of the first byte of `data` in its stream. */
export type OutputMessage = [
  pid: Pid,
  stream: "stdout" | "stderr",
  offset: number,
  data: ArrayBuffer | Uint8Array,
  ack: () => void,
];

export interface ServerToClientEvents extends TerminalServerEvents {
  event: (event: KernelEvent) => void;
  output: (...message: OutputMessage) => void;
  /** The next byte of each stream has this offset; what lay before it was dropped. */
  output_gap: (pid: Pid, stdout: number, stderr: number) => void;
  /** The process has ended, every byte was sent, and the subscription is closed. */
  output_end: (pid: Pid, outcome: Outcome) => void;
  /** What was wrong with a process that has ended badly, other than with code 0; read from its output when it ended. */
  diagnostics: (pid: Pid, found: Diagnostics) => void;
}

export type OutputOpenAnswer = { ok: true } | { fault: FaultBody };

export interface ClientToServerEvents extends TerminalClientEvents {
  /** One subscription per process and connection, at most 32. Faults: `conflict`, `exhausted`, those of `output`. */
  output_open: (request: { pid: Pid; stdout: number; stderr: number }, ack: (answer: OutputOpenAnswer) => void) => void;
  output_close: (pid: Pid) => void;
}

const byteOffset = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

/** `output_open` as the server reads it. */
export const outputOpenSchema = z.strictObject({ pid: pidSchema, stdout: byteOffset, stderr: byteOffset });
