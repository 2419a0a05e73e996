import { PassThrough } from "node:stream";
import { Fault, type Pid, syscalls } from "../../../kernel/abi/index.ts";
import type { Cli } from "../cli.ts";
import { route } from "../http/client.ts";

/**
 * What is typed, on its way to the program: one request that stays open, so that a key costs no request of its own.
 *
 * A connection that breaks is opened again by the next key; the keys that were under way are lost, as they would be with
 * any terminal. That the program takes no more is no failure: its end is told by its output.
 */
export class TypedInput {
  readonly #cli: Cli;
  readonly #pid: Pid;
  readonly #onRefused: (fault: unknown) => void;
  readonly #ended = new AbortController();
  #body: PassThrough | undefined;
  #over = false;

  /** `onRefused` is called with what the person cannot be without: a right, for example. */
  constructor(cli: Cli, pid: Pid, onRefused: (fault: unknown) => void) {
    this.#cli = cli;
    this.#pid = pid;
    this.#onRefused = onRefused;
  }

  /** Hands typed bytes on. With `false` there is no room for more until `room` resolves. */
  write(data: Uint8Array): boolean {
    if (this.#over || data.length === 0) return true;
    this.#body ??= this.#open();
    return this.#body.write(data);
  }

  /** Resolves when there is room again. */
  room(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const body = this.#body;
    if (body === undefined || body.destroyed) return Promise.resolve();
    body.once("drain", resolve).once("close", resolve);
    return promise;
  }

  #open(): PassThrough {
    const body = new PassThrough();
    body.on("error", () => undefined);
    this.#send(body)
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        body.destroy();
        if (this.#body === body) this.#body = undefined;
      });
    return body;
  }

  async #send(body: PassThrough): Promise<void> {
    const path = route("processes", this.#pid, "stdin");
    const signal = this.#ended.signal;
    const asked = { method: "POST", path, query: { end: false }, contentType: "application/octet-stream", signal };
    await this.#cli.client.send({ ...asked, method: "POST" }, body, syscalls.stdin.response);
  }

  #failed(error: unknown): void {
    if (this.#ended.signal.aborted) return;
    const code = error instanceof Fault ? error.code : "internal";
    if (code === "unavailable" || code === "timed_out") return;
    this.#over = true;
    if (code !== "bad_state" && code !== "not_found") this.#onRefused(error);
  }

  /** Nothing more is typed, and what was not taken yet is dropped. */
  close(): void {
    this.#over = true;
    this.#ended.abort();
  }
}
