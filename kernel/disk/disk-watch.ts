import { statSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { type Control, Fault, formatCapability, leastDiskBytes, type Pid } from "../abi/index.ts";
import { leastLateBytes } from "./allowance.ts";
import { quotaMount } from "./disk-control.ts";
import type { DiskOrder, DiskReason, DiskReply, DiskRequest, WriterOrder } from "./disk-message.ts";
import { findFreezer } from "../freezer/freezer.ts";
import { missingTools, ProjectQuota, type QuotaWriter } from "./project-quota.ts";

/**
 * The quota DISK: how much the directories that a process can write may grow while it runs.
 *
 * The door to the watchdog, which measures in a thread of its own. A process that passes its limit is told to
 * `exceeded` and killed; it ends with at most a tenth more than the limit. The files of a process are only ever
 * looked at, never changed. docs/adr/0005-disk-watchdog.md says how, and what was measured.
 */

type Log = (message: string, details?: Record<string, unknown>) => void;

export interface WatchOrder extends WriterOrder {
  pid: Pid;
  /** The directory of the project whose part it writes, owned by the project's user: what a project quota bounds. */
  project?: string;
  /** It is being killed; called at most once. */
  exceeded(usedBytes: number, reason: DiskReason): void;
}

function priorityControl(late: string | null): Control {
  const least = formatCapability({ kind: "DISK", amount: late === null ? leastDiskBytes : leastLateBytes });
  const detail = `${late === null ? "" : `${late}; `}the least limit is ${least}`;
  return { name: "disk watch in real time", available: late === null, detail };
}

interface Own {
  forget: () => void;
  quota: ProjectQuota | undefined;
}

export class WatchedWriter implements Disposable {
  /** What its directories held before it ran; recorded by the kernel, it outlives it. */
  readonly baseline: Promise<number>;
  readonly #tell: (order: DiskOrder) => Promise<number>;
  readonly #forget: () => void;
  readonly #quota: ProjectQuota | undefined;
  readonly #share: QuotaWriter;
  #gone = false;

  constructor(tell: (order: DiskOrder) => Promise<number>, order: WriterOrder, own: Own) {
    this.#tell = tell;
    this.#forget = own.forget;
    this.#quota = own.quota;
    this.#quota?.prepare();
    this.#share = { limitBytes: order.limitBytes, leftBytes: () => tell({ do: "left" }) };
    this.baseline = tell({ do: "add", order });
    // Whoever begins sees it.
    this.baseline.catch(() => undefined);
  }

  /**
   * Holds it to its limit from now on: after its container has started, before the program in it does. Resolves once
   * its directories have been measured. Faults: `unsupported` where it cannot be stopped.
   */
  async begin(hostPid: number): Promise<void> {
    await this.baseline;
    const freezer = await findFreezer(hostPid);
    if (freezer === undefined) throw new Fault("unsupported", "DISK needs a cgroup with a freezer for each container");
    await this.#tell({ do: "begin", freezer });
    if (!this.#gone) await this.#quota?.enter(this.#share);
  }

  /** Keeps it stopped, whatever is measured meanwhile. Resolves once it stands still, or is in a long `write`. */
  async hold(): Promise<void> {
    await this.#tell({ do: "hold" });
  }

  /** Takes one `hold` back. */
  async resume(): Promise<void> {
    await this.#tell({ do: "resume" });
  }

  /** Lets it go: it has ended, or the kernel ends. */
  [Symbol.dispose](): void {
    this.#gone = true;
    this.#forget();
    void this.#tell({ do: "remove" }).catch(() => undefined);
    void this.#quota?.leave(this.#share);
  }
}

export class DiskWatch implements AsyncDisposable {
  readonly #log: Log;
  readonly #worker: Worker;
  readonly #calls = new Map<number, PromiseWithResolvers<number>>();
  readonly #orders = new Map<number, WatchOrder>();
  readonly #quotas = new Map<string, ProjectQuota>();
  readonly #priority = Promise.withResolvers<Control>();
  #last = 0;
  #closed = false;

  constructor(options: { log: Log }) {
    this.#log = options.log;
    this.#worker = new Worker(new URL("disk-thread.ts", import.meta.url), { name: "disk" });
    // An error of the thread is not handled: without it no limit is held, so the kernel must start again.
    this.#worker.on("message", (reply: DiskReply) => this.#take(reply));
    this.#worker.unref();
  }

  /** Whether the watchdog runs in real time, which the least limits need. */
  get control(): Promise<Control> {
    return this.#priority.promise;
  }

  /** Begins to measure what it can write. Faults: `invalid` for a limit below `leastDiskBytes`. */
  watch(order: WatchOrder): WatchedWriter {
    const { paths, limitBytes, baselineBytes } = order;
    if (limitBytes < leastDiskBytes)
      throw new Fault("invalid", `DISK is less than the least of ${leastDiskBytes} bytes`);
    this.#last += 1;
    const id = this.#last;
    this.#orders.set(id, order);
    const tell = (what: DiskOrder): Promise<number> => this.#tell(id, what);
    const { project } = order;
    return new WatchedWriter(
      tell,
      { paths, limitBytes, ...(baselineBytes === undefined ? {} : { baselineBytes }) },
      { forget: () => this.#orders.delete(id), quota: project === undefined ? undefined : this.#quotaOf(project) },
    );
  }

  #quotaOf(dir: string): ProjectQuota | undefined {
    const known = this.#quotas.get(dir);
    if (known !== undefined) return known;
    // 0 is what belongs to no project.
    const uid = statSync(dir, { throwIfNoEntry: false })?.uid ?? 0;
    const mount = uid === 0 ? undefined : quotaMount(dir);
    if (mount === undefined || missingTools().length > 0) return undefined;
    const quota = new ProjectQuota({ dir, id: uid }, mount.point, this.#log);
    this.#quotas.set(dir, quota);
    return quota;
  }

  #tell(id: number, order: DiskOrder): Promise<number> {
    if (this.#closed) return Promise.reject(new Fault("unavailable", "the disk is not watched any more"));
    const answered = Promise.withResolvers<number>();
    this.#last += 1;
    const call = this.#last;
    this.#calls.set(call, answered);
    this.#worker.ref();
    this.#worker.postMessage({ ...order, call, id } satisfies DiskRequest);
    return answered.promise;
  }

  #take(reply: DiskReply): void {
    switch (reply.type) {
      case "priority":
        this.#priority.resolve(priorityControl(reply.late));
        return;
      case "done":
        this.#answered(reply.call)?.resolve(reply.value);
        return;
      case "failed":
        this.#answered(reply.call)?.reject(new Fault("unsupported", `DISK cannot be held: ${reply.message}`));
        return;
      case "exceeded":
        this.#orders.get(reply.id)?.exceeded(reply.usedBytes, reply.reason);
        return;
      case "log":
        this.#log(reply.message, { ...reply.details });
        return;
    }
    reply satisfies never;
  }

  #answered(call: number): PromiseWithResolvers<number> | undefined {
    const answered = this.#calls.get(call);
    this.#calls.delete(call);
    // It keeps nobody from ending but for who waits for it.
    if (this.#calls.size === 0) this.#worker.unref();
    return answered;
  }

  /** Lets everybody go: nobody may be left stopped. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#quotas.values()].map((quota) => quota.clear()));
    const removed = Promise.all([...this.#orders.keys()].map((id) => this.#tell(id, { do: "remove" })));
    this.#closed = true;
    await removed;
    this.#orders.clear();
    await this.#worker.terminate();
    for (const call of this.#calls.values()) call.reject(new Fault("unavailable", "the disk is not watched any more"));
    this.#calls.clear();
  }
}
