import type { Pid } from "../abi/index.ts";
import type { Segment } from "../ipc/spool-segment.ts";
import type { Spool } from "../ipc/spool.ts";
import type { SpoolState } from "./message.ts";

/**
 * Tells a kernel what has grown: at once where it was told nothing for a moment, then at most every few milliseconds,
 * of all spools together, and never while it has yet to take what it was told before.
 */

/** Short enough for a dialogue with a program, long enough for a flood to cost a kernel little. */
const pauseMs = 2;

export interface GrowthSink {
  /** Whether it takes more. */
  ready(): boolean;
  tell(spools: SpoolState[]): void;
}

export class Growth implements Disposable {
  readonly #sink: GrowthSink;
  readonly #grown = new Map<Pid, Spool>();
  /** The newest segment that the kernel was told of; it has its final size in the end, also once it was dropped. */
  readonly #last = new Map<Pid, Segment>();
  #timer: NodeJS.Timeout | undefined;

  constructor(sink: GrowthSink) {
    this.#sink = sink;
  }

  /** All there is to tell of a spool; from now on only changes are. */
  whole(pid: Pid, spool: Spool): SpoolState {
    this.#last.delete(pid);
    return this.#state(pid, spool);
  }

  /** Tells all there is now. */
  tellWhole(pid: Pid, spool: Spool): void {
    this.#grown.delete(pid);
    this.#sink.tell([this.whole(pid, spool)]);
  }

  mark(pid: Pid, spool: Spool): void {
    this.#grown.set(pid, spool);
    this.flush();
  }

  forget(pid: Pid): void {
    this.#grown.delete(pid);
    this.#last.delete(pid);
  }

  /** Tells what is marked, if it is time and the kernel takes it; call again once it does. */
  flush(): void {
    if (this.#grown.size === 0 || this.#timer !== undefined || !this.#sink.ready()) return;
    const spools = [...this.#grown].map(([pid, spool]) => this.#state(pid, spool));
    this.#grown.clear();
    this.#sink.tell(spools);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.flush();
    }, pauseMs);
  }

  [Symbol.dispose](): void {
    this.#grown.clear();
    clearTimeout(this.#timer);
  }

  #state(pid: Pid, spool: Spool): SpoolState {
    const { segments, written, sealed } = spool;
    const last = this.#last.get(pid);
    const first = segments[0]?.index ?? (last === undefined ? 0 : last.index + 1);
    const from = last === undefined ? 0 : segments.findLastIndex(({ index }) => index <= last.index) + 1;
    const tail = [...(last === undefined ? [] : [last]), ...segments.slice(from)].map((segment) => ({ ...segment }));
    const newest = segments.at(-1);
    if (newest !== undefined) this.#last.set(pid, newest);
    return { pid, written: { ...written }, sealed, first, tail };
  }
}
