import type { KernelEvent, Pid, ProcessView } from "../../../kernel/abi/index.ts";
import type { Log } from "../../../kernel/client/index.ts";
import { isCutOff } from "../http/cut-off.ts";
import { faultOf } from "../http/refusal.ts";
import type { LiveSocket } from "../live/live-socket.ts";
import type { Sessions } from "../session/sessions.ts";
import type { DiagnosticsReader } from "./diagnostics-reader.ts";

/**
 * Tells a connection what was wrong with each process that ends badly while it is open.
 *
 * One after the other, and a few may wait: who misses one in a flood of ends asks for it by HTTP. A process that cannot be
 * read (any more) is left out; its end itself was told by the kernel.
 */

const waitingLimit = 16;

const endedBadly = ({ state, kind }: ProcessView): boolean =>
  kind === "container" && state.phase === "exited" && !(state.outcome.kind === "code" && state.outcome.code === 0);

interface Parts {
  diagnostics: DiagnosticsReader;
  sessions: Sessions;
  log: Log;
}

export class EndedErrors {
  readonly #socket: LiveSocket;
  readonly #parts: Parts;
  readonly #gone: AbortSignal;
  readonly #told = new Set<Pid>();
  /** Whether the present state is known: what had ended before is nothing new. */
  #begun = false;
  #waiting: Pid[] = [];
  #busy = false;

  constructor(socket: LiveSocket, parts: Parts, gone: AbortSignal) {
    this.#socket = socket;
    this.#parts = parts;
    this.#gone = gone;
  }

  hear(event: KernelEvent): void {
    if (event.type === "status") this.#begun = true;
    if (event.type === "reaped") this.#told.delete(event.pid);
    if (event.type !== "process" || !endedBadly(event.process) || this.#told.has(event.process.pid)) return;
    this.#told.add(event.process.pid);
    if (!this.#begun || this.#waiting.length >= waitingLimit) return;
    this.#waiting.push(event.process.pid);
    if (!this.#busy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let pid = this.#waiting.shift(); pid !== undefined && !this.#gone.aborted; pid = this.#waiting.shift())
      await this.#tell(pid);
    this.#busy = false;
  }

  async #tell(pid: Pid): Promise<void> {
    const { diagnostics, sessions, log } = this.#parts;
    try {
      const found = await sessions.run(this.#socket.data.identity, (session) =>
        diagnostics.read(pid, { session, signal: this.#gone }),
      );
      this.#socket.emit("diagnostics", pid, found);
    } catch (error) {
      if (this.#gone.aborted || isCutOff(error) || faultOf(error).code !== "internal") return;
      log("error", "the errors of a process could not be read", { pid, error });
    }
  }
}
