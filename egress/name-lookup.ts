import { Fault, type Pid } from "../kernel/abi/index.ts";

/**
 * Turns names into addresses, so that no process keeps the others from theirs.
 *
 * Lookups share a few threads, and a name whose servers do not answer holds one for long: each process has only so
 * many under way, and its others wait for its own. Nothing is remembered between lookups.
 */

/** All addresses of a name, in the order of the system's preference. Rejects where there are none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

const mostPerProcess = 2;

interface Queue {
  running: number;
  waiting: Set<() => void>;
}

export class NameLookup {
  readonly #resolve: Resolve;
  readonly #timeoutMs: number;
  readonly #queues = new Map<Pid, Queue>();

  constructor({ resolve, timeoutMs }: { resolve: Resolve; timeoutMs: number }) {
    this.#resolve = resolve;
    this.#timeoutMs = timeoutMs;
  }

  /** Faults: `unavailable` for a name without an address and for one not wanted any more, `timed_out`. */
  async addressesOf(pid: Pid, host: string, signal: AbortSignal): Promise<readonly string[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
    const leave = this.#enter(pid, () =>
      this.#resolve(host).then(
        (addresses) => (addresses.length === 0 ? reject(notFound(host)) : resolve(addresses)),
        (error: unknown) => reject(notFound(host, error)),
      ),
    );
    const late = new Fault("timed_out", `the name ${host} was not resolved in time`, { hint: "Try again." });
    const timer = setTimeout(() => reject(late), this.#timeoutMs);
    const onAbort = (): void => reject(new Fault("unavailable", "the connection was ended"));
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      leave();
    }
  }

  /** Does the work when it is its turn; who leaves before that is not served any more. */
  #enter(pid: Pid, work: () => Promise<void>): () => void {
    const queue = this.#queues.get(pid) ?? { running: 0, waiting: new Set() };
    this.#queues.set(pid, queue);
    const run = (): void => {
      queue.waiting.delete(run);
      queue.running += 1;
      void work().finally(() => {
        queue.running -= 1;
        const [next] = queue.waiting;
        if (next !== undefined) next();
        else if (queue.running === 0) this.#queues.delete(pid);
      });
    };
    if (queue.running < mostPerProcess) run();
    else queue.waiting.add(run);
    return () => queue.waiting.delete(run);
  }
}

function notFound(host: string, cause?: unknown): Fault {
  return new Fault("unavailable", `the name ${host} was not found`, { hint: "Is it spelled as it should be?", cause });
}
