import { Fault } from "../../../kernel/abi/index.ts";
import type { FaultBody, Pid } from "../../../kernel/abi/index.ts";

/**
 * What is typed into one terminal, on its way over the live connection: pieces in order, so many at a time.
 *
 * Nothing that was typed is sent later than it was meant: a lost connection, or an input that was closed, drops what
 * waits. A paste that is larger than what may wait is refused as a whole.
 */

/** The server takes pieces of 8 KiB, and 64 KiB without an ack. */
const pieceBytes = 8 << 10;
const windowBytes = 32 << 10;
export const waitingLimitBytes = 4 << 20;

/** What it needs of a Socket.IO client. */
export interface KeysPort {
  readonly connected: boolean;
  on(name: "disconnect", listener: () => void): unknown;
  on(name: "terminal_closed", listener: (pid: Pid, fault: FaultBody | null) => void): unknown;
  off(name: "disconnect", listener: () => void): unknown;
  off(name: "terminal_closed", listener: (pid: Pid, fault: FaultBody | null) => void): unknown;
  emit(name: "terminal_input", pid: Pid, data: Uint8Array, ack: () => void): unknown;
  emit(name: "terminal_close", pid: Pid): unknown;
}

export class TypedKeys {
  readonly #port: KeysPort;
  readonly #pid: Pid;
  readonly #onFault: (fault: Fault) => void;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #underWay = 0;
  /** Counts the inputs: an ack of an earlier one gives no room. */
  #input = 0;

  constructor(port: KeysPort, pid: Pid, onFault: (fault: Fault) => void) {
    this.#port = port;
    this.#pid = pid;
    this.#onFault = onFault;
    port.on("disconnect", this.#drop);
    port.on("terminal_closed", this.#closed);
  }

  type(data: Uint8Array): void {
    if (!this.#port.connected || data.length === 0) return;
    if (this.#waitingBytes + data.length > waitingLimitBytes) {
      this.#onFault(
        new Fault("exhausted", "that is more than the program has room for", {
          hint: "Upload it as a file of the project, and read it from there.",
        }),
      );
      return;
    }
    for (let at = 0; at < data.length; at += pieceBytes) this.#waiting.push(data.subarray(at, at + pieceBytes));
    this.#waitingBytes += data.length;
    this.#send();
  }

  dispose(): void {
    this.#drop();
    this.#port.off("disconnect", this.#drop);
    this.#port.off("terminal_closed", this.#closed);
    if (this.#port.connected) this.#port.emit("terminal_close", this.#pid);
  }

  #send(): void {
    for (;;) {
      const piece = this.#waiting[0];
      if (piece === undefined || this.#underWay + piece.length > windowBytes) return;
      this.#waiting.shift();
      this.#waitingBytes -= piece.length;
      this.#underWay += piece.length;
      const input = this.#input;
      this.#port.emit("terminal_input", this.#pid, piece, () => {
        if (input !== this.#input) return;
        this.#underWay -= piece.length;
        this.#send();
      });
    }
  }

  readonly #drop = (): void => {
    this.#input += 1;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#underWay = 0;
  };

  readonly #closed = (pid: Pid, fault: FaultBody | null): void => {
    if (pid !== this.#pid) return;
    this.#drop();
    // That the program has ended is told by its output.
    if (fault !== null && fault.code !== "bad_state" && fault.code !== "not_found") {
      this.#onFault(Fault.fromBody(fault));
    }
  };
}
