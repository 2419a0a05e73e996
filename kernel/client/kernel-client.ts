import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import {
  Fault,
  parseAtDoor,
  syscalls,
  type SyscallInput,
  type SyscallName,
  type SyscallResponse,
} from "../abi/index.ts";
import { Flow } from "./flow.ts";
import { faultOf, readText, unanswered } from "./reply.ts";

/**
 * The one way to speak to the kernel: syscalls over HTTP on a Unix socket.
 *
 * Every call ends as the parsed response, as a stream, or as a thrown `Fault`; a kernel that is away is the fault
 * `unavailable`. It never repeats a call by itself (most are not idempotent) and sets no deadline of its own: the
 * kernel's calls have theirs.
 */

type Shape = typeof syscalls;
type NamesBy<B extends "json" | "stream", R extends "json" | "stream"> = {
  [N in SyscallName]: Shape[N] extends { body: B; reply: R } ? N : never;
}[SyscallName];

export type CallName = NamesBy<"json", "json">;
export type StreamInName = NamesBy<"stream", "json">;
export type StreamOutName = NamesBy<"json", "stream">;

export interface CallOptions {
  /** The handle of the session that asks. */
  session?: string;
  /** Gives the call up; it then fails with the signal's reason. */
  signal?: AbortSignal;
}

/** A reply that is a stream. Whoever takes it must read it to its end or destroy it. */
export type KernelReply = IncomingMessage;

/** As much as a Unix socket holds. */
const flowBytes = 256 << 10;

export class KernelClient {
  readonly #socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 16 });
  #flowBuffer: Buffer | undefined;

  constructor(options: { socketPath: string }) {
    this.#socketPath = options.socketPath;
  }

  async call<N extends CallName>(
    name: N,
    request: SyscallInput<N>,
    options: CallOptions = {},
  ): Promise<SyscallResponse<N>> {
    const reply = await this.#exchange(name, request, options);
    return parseReply(name, await readText(reply));
  }

  async openStream<N extends StreamOutName>(
    name: N,
    request: SyscallInput<N>,
    options: CallOptions = {},
  ): Promise<KernelReply> {
    return this.#exchange(name, request, options);
  }

  /** The same for a flood: what comes is taken while it lies in a buffer that all such replies of this client share. */
  openFlow<N extends StreamOutName>(name: N, request: SyscallInput<N>, options: CallOptions = {}): Promise<Flow> {
    this.#flowBuffer ??= Buffer.allocUnsafeSlow(flowBytes);
    return Flow.open({
      socketPath: this.#socketPath,
      path: `/v1/${name}`,
      headers: { "content-type": "application/json", ...sessionHeader(options) },
      body: Buffer.from(JSON.stringify(request)),
      buffer: this.#flowBuffer,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  }

  /**
   * Sends `body` as the request's stream. When the body fails, the kernel sees a cut-off request, never a short one;
   * when the kernel answers before the end, the rest of the body is read and thrown away.
   */
  async send<N extends StreamInName>(
    name: N,
    request: SyscallInput<N>,
    more: CallOptions & { body: Readable },
  ): Promise<SyscallResponse<N>> {
    const head = { "superos-request": encodeURIComponent(JSON.stringify(request)) };
    const outgoing = this.#open(name, more, { ...head, "content-type": "application/octet-stream" });
    const answer = answerOf(outgoing);
    const stop = feed(more.body, outgoing);
    try {
      const reply = await accept(await answer);
      return parseReply(name, await readText(reply));
    } finally {
      stop();
    }
  }

  /** Ends the idle connections; what is under way goes on. */
  close(): void {
    this.#agent.destroy();
  }

  async #exchange(name: SyscallName, request: unknown, options: CallOptions): Promise<IncomingMessage> {
    // As a text it leaves with its head in one write.
    const body = JSON.stringify(request);
    const outgoing = this.#open(name, options, {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
    });
    const answer = answerOf(outgoing);
    outgoing.end(body);
    return accept(await answer);
  }

  #open(name: SyscallName, options: CallOptions, headers: Record<string, string>): ClientRequest {
    return httpRequest({
      socketPath: this.#socketPath,
      agent: this.#agent,
      method: "POST",
      path: `/v1/${name}`,
      headers: { ...headers, ...sessionHeader(options) },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  }
}

const sessionHeader = ({ session }: CallOptions): Record<string, string> =>
  session === undefined ? {} : { "superos-session": session };

function answerOf(outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once("response", resolve);
    outgoing.on("error", (error) => reject(unanswered(error)));
  });
}

async function accept(reply: IncomingMessage): Promise<IncomingMessage> {
  const status = reply.statusCode ?? 0;
  if (status >= 200 && status < 300) return reply;
  throw faultOf(status, await readText(reply));
}

function parseReply<N extends SyscallName>(name: N, text: string): SyscallResponse<N> {
  try {
    const parsed = parseAtDoor(syscalls[name].response, JSON.parse(text), name);
    return parsed as SyscallResponse<N>;
  } catch (error) {
    throw new Fault("internal", `the kernel's answer to ${name} was not understood`, { cause: error });
  }
}

/** Pipes `body` into the request; the returned function takes the pipe away and lets what is left run out. */
function feed(body: Readable, outgoing: ClientRequest): () => void {
  const cut = (): void => {
    if (!body.readableEnded) outgoing.destroy(new Fault("invalid", "the request's body was cut off"));
  };
  const release = (): void => {
    body.off("error", cut).off("close", cut);
    body.unpipe(outgoing);
    if (body.readableEnded || body.destroyed) return;
    body.on("error", () => undefined).resume();
    if (!outgoing.writableFinished) outgoing.destroy();
  };
  body.on("error", cut).on("close", cut);
  if (body.destroyed) cut();
  else body.pipe(outgoing);
  return release;
}
