import { Agent, type AgentOptions, type ClientRequestArgs } from "node:http";
import type { Duplex } from "node:stream";
import { Fault, toFault, type Handle } from "../../../kernel/abi/index.ts";
import type { KernelClient } from "../../../kernel/client/index.ts";
import type { PreviewTarget } from "./preview-names.ts";
import type { PreviewSockets } from "./preview-sockets.ts";

/**
 * For each preview handle, whom it leads to, and its connections.
 *
 * Each new connection is asked of the kernel, which checks the rights behind the handle; an idle one may be used again,
 * because the kernel has it cut when one of these rights ends. What is remembered here gives no right by itself, so
 * forgetting costs a syscall and nothing else.
 */

/** Less than the five seconds after which many servers close what is idle. */
const idleMs = 4000;
const connectMs = 10_000;
const connectionsPerHandle = 128;
const rememberedHandles = 1000;

export interface Preview extends PreviewTarget {
  /** Keeps connections for the next request. */
  kept: Agent;
  /**
   * A connection for one request, for those that must not meet one that the program is about to close. The program is
   * not told: some then close before who still sends a body has read their reply.
   */
  fresh: Agent;
}

interface Parts {
  client: KernelClient;
  sockets: PreviewSockets;
}

type Created = (error: Error | null, socket: Duplex) => void;

class PreviewAgent extends Agent {
  readonly #connect: () => Promise<Duplex>;

  constructor(connect: () => Promise<Duplex>, options: AgentOptions) {
    super({ ...options, maxSockets: connectionsPerHandle });
    this.#connect = connect;
  }

  override createConnection(_options: ClientRequestArgs, created?: Created): undefined {
    const failed = created as ((error: Error) => void) | undefined;
    this.#connect().then(
      (socket) => created?.(null, socket),
      (error: unknown) => failed?.(error instanceof Error ? error : toFault(error)),
    );
  }
}

export class PreviewAgents {
  readonly #parts: Parts;
  /** In the order of their last use. */
  readonly #previews = new Map<Handle, Promise<Preview>>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Faults: `denied` when the handle leads nowhere (any more). */
  of(handle: Handle): Promise<Preview> {
    const preview = this.#previews.get(handle) ?? this.#inspect(handle);
    this.#previews.delete(handle);
    this.#previews.set(handle, preview);
    const [oldest] = this.#previews.keys();
    if (this.#previews.size > rememberedHandles && oldest !== undefined) this.#previews.delete(oldest);
    return preview;
  }

  async #inspect(handle: Handle): Promise<Preview> {
    try {
      const target = await this.#parts.client.call("preview_inspect", { handle });
      const connect = (): Promise<Duplex> => this.#connect(handle);
      return {
        ...target,
        kept: new PreviewAgent(connect, { keepAlive: true, maxFreeSockets: 8, timeout: idleMs }),
        fresh: new PreviewAgent(connect, { keepAlive: false }),
      };
    } catch (error) {
      this.#previews.delete(handle);
      throw error;
    }
  }

  async #connect(handle: Handle): Promise<Duplex> {
    const { client, sockets } = this.#parts;
    const signal = AbortSignal.timeout(connectMs);
    try {
      const { connection } = await client.call("preview_connect", { handle }, { signal });
      return await sockets.take(connection);
    } catch (error) {
      if (error instanceof Fault && error.code === "denied") this.#previews.delete(handle);
      if (signal.aborted) throw new Fault("timed_out", "the process took no connection", { cause: error });
      throw error;
    }
  }
}
