import { Fault } from "../../../kernel/abi/index.ts";
import type { Outcome, Pid } from "../../../kernel/abi/index.ts";
import type { OutputMessage, OutputOpenAnswer } from "../../gateway/socket-events.ts";
import { OutputCursor } from "./output-cursor.ts";
import type { OutputStream } from "./output-cursor.ts";

/**
 * Reads one process's output over the live connection into a sink, to its end or until it is disposed of.
 *
 * After a lost connection it goes on at the offsets reached, so that no byte is missing and none comes twice. Each
 * piece is acknowledged when the sink has really taken it: the server holds back what a slow page has not drawn.
 */
export interface OutputSink {
  write: (stream: OutputStream, data: Uint8Array, taken: () => void) => void;
  gap: (droppedBytes: number) => void;
  end: (outcome: Outcome) => void;
  fault: (fault: Fault) => void;
}

/** What the reader needs of a Socket.IO client. */
export interface OutputPort {
  readonly connected: boolean;
  on(name: "connect", listener: () => void): unknown;
  on(name: "output", listener: (...message: OutputMessage) => void): unknown;
  on(name: "output_gap", listener: (pid: Pid, stdout: number, stderr: number) => void): unknown;
  on(name: "output_end", listener: (pid: Pid, outcome: Outcome) => void): unknown;
  off(name: "connect", listener: () => void): unknown;
  off(name: "output", listener: (...message: OutputMessage) => void): unknown;
  off(name: "output_gap", listener: (pid: Pid, stdout: number, stderr: number) => void): unknown;
  off(name: "output_end", listener: (pid: Pid, outcome: Outcome) => void): unknown;
  emit(
    name: "output_open",
    request: { pid: Pid; stdout: number; stderr: number },
    ack: (answer: OutputOpenAnswer) => void,
  ): unknown;
  emit(name: "output_close", pid: Pid): unknown;
}

export class OutputReader {
  readonly #port: OutputPort;
  readonly #pid: Pid;
  readonly #sink: OutputSink;
  readonly #cursor = new OutputCursor();
  /** Counts the openings: what still arrives of an earlier one is told apart by it. */
  #opening = 0;
  #open = false;
  #done = false;

  constructor(port: OutputPort, pid: Pid, sink: OutputSink) {
    this.#port = port;
    this.#pid = pid;
    this.#sink = sink;
    port.on("connect", this.#start);
    port.on("output", this.#output);
    port.on("output_gap", this.#gap);
    port.on("output_end", this.#end);
    if (port.connected) this.#start();
  }

  dispose(): void {
    const wasDone = this.#done;
    this.#detach();
    if (!wasDone && this.#port.connected) this.#port.emit("output_close", this.#pid);
  }

  readonly #start = (): void => {
    this.#opening += 1;
    const opening = this.#opening;
    this.#open = false;
    this.#port.emit("output_open", { pid: this.#pid, ...this.#cursor.offsets }, (answer) => {
      if (opening !== this.#opening || this.#done) return;
      if ("ok" in answer) {
        this.#open = true;
        return;
      }
      this.#detach();
      this.#sink.fault(Fault.fromBody(answer.fault));
    });
  };

  readonly #output = (...[pid, stream, offset, data, ack]: OutputMessage): void => {
    if (pid !== this.#pid) return;
    const taken = this.#cursor.take(stream, offset, data instanceof Uint8Array ? data : new Uint8Array(data));
    if (taken.kind === "bytes") {
      this.#sink.write(stream, taken.data, ack);
      return;
    }
    ack();
    // Before the answer to output_open, what does not follow belongs to a subscription closed a moment ago.
    if (taken.kind === "hole" && this.#open) {
      this.#port.emit("output_close", this.#pid);
      this.#start();
    }
  };

  readonly #gap = (pid: Pid, stdout: number, stderr: number): void => {
    if (pid !== this.#pid) return;
    const dropped = this.#cursor.gap(stdout, stderr);
    if (dropped > 0) this.#sink.gap(dropped);
  };

  readonly #end = (pid: Pid, outcome: Outcome): void => {
    if (pid !== this.#pid) return;
    this.#detach();
    this.#sink.end(outcome);
  };

  #detach(): void {
    this.#done = true;
    this.#port.off("connect", this.#start);
    this.#port.off("output", this.#output);
    this.#port.off("output_gap", this.#gap);
    this.#port.off("output_end", this.#end);
  }
}
