import { PassThrough } from "node:stream";
import type { FaultBody, Pid } from "../../../kernel/abi/index.ts";
import type { KernelClient } from "../../../kernel/client/index.ts";
import { faultOf } from "../http/refusal.ts";
import type { Identity, Sessions } from "../session/sessions.ts";
import { inputWindowBytes } from "./terminal-events.ts";

/**
 * The input of one terminal, for as long as somebody types: one request to the kernel that stays open.
 *
 * A request for each key would leave a row in the audit log for each. It holds no more than the window, and an end that
 * the kernel does not take in time is cut off, so that a program that reads nothing keeps nothing here.
 */

const endTimeoutMs = 5000;

export interface InputParts {
  client: KernelClient;
  sessions: Sessions;
}

export class InputStream {
  readonly #body = new PassThrough({ writableHighWaterMark: inputWindowBytes });
  readonly #cut = new AbortController();

  /** Opens the input; `onClosed` is called once, with what closed it, or `null` where it took all that it got. */
  constructor(parts: InputParts, whose: { identity: Identity; pid: Pid }, onClosed: (fault: FaultBody | null) => void) {
    this.#body.on("error", () => undefined);
    this.#send(parts, whose).then(
      () => onClosed(null),
      (error: unknown) => onClosed(faultOf(error).toBody()),
    );
  }

  async #send({ client, sessions }: InputParts, { identity, pid }: { identity: Identity; pid: Pid }): Promise<void> {
    try {
      // A body can be sent only once: the session is made sure of before.
      const session = await sessions.liveHandle(identity);
      const { signal } = this.#cut;
      await client.send("stdin", { pid, end: false }, { session, signal, body: this.#body });
    } finally {
      this.#body.destroy();
    }
  }

  /** Hands a piece on and calls `taken` when there is room for more. Answers `false` for more than the window takes. */
  write(data: Uint8Array, taken: () => void): boolean {
    if (this.#body.writableLength + data.length > inputWindowBytes) return false;
    this.#body.write(data, (error) => {
      if (error === null || error === undefined) taken();
    });
    return true;
  }

  /** Sends what is left and ends the request; the terminal stays open. */
  close(): void {
    if (this.#body.destroyed) return;
    this.#body.end();
    setTimeout(() => this.#cut.abort(), endTimeoutMs).unref();
  }
}
