import { EventEmitter } from "node:events";
import type { Offsets, Segment } from "../ipc/spool-segment.ts";
import type { SpoolView } from "../ipc/spool-view.ts";
import type { SpoolState } from "./message.ts";

/** A spool that the spooler writes, as it said last; readers take the bytes from disk themselves. */

export interface RemoteSpoolOptions {
  dir: string;
  hold: (reader: number, segment: number | null) => void;
  remove: () => Promise<void>;
}

export class RemoteSpool extends EventEmitter<{ grown: []; failed: [error: unknown] }> implements SpoolView {
  readonly #options: RemoteSpoolOptions;
  readonly #readers = new Map<object, { number: number; segment: number }>();
  #nextReader = 0;
  #segments: Segment[] = [];
  #written: Offsets = { stdout: 0, stderr: 0 };
  #sealed = false;

  constructor(options: RemoteSpoolOptions) {
    super();
    this.setMaxListeners(0);
    this.#options = options;
  }

  get dir(): string {
    return this.#options.dir;
  }

  get written(): Readonly<Offsets> {
    return this.#written;
  }

  get sealed(): boolean {
    return this.#sealed;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Takes what the spooler says. Sizes first: who reads a segment that is gone still comes to its true end. */
  update({ written, sealed, first, tail }: SpoolState): void {
    const newest = this.#segments.at(-1);
    if (newest !== undefined && newest.index < first && tail.every(({ index }) => index !== newest.index))
      newest.size = Infinity;
    for (const { index, start, size } of tail) {
      const known = this.#segments.find((segment) => segment.index === index);
      if (known !== undefined) known.size = Math.max(known.size, size);
      else if (index >= first) this.#segments.push({ index, start, size });
    }
    this.#segments = this.#segments.filter(({ index }) => index >= first);
    this.#written = written;
    this.#sealed = sealed;
    this.emit("grown");
  }

  /** The spooler could not write. */
  fail(error: unknown): void {
    this.emit("failed", error);
  }

  /** Nobody writes it any more: it stays as it was said to be last. */
  abandon(error: unknown): void {
    this.#sealed = true;
    this.emit("failed", error);
    this.emit("grown");
  }

  /** Its writer is another one now, which knows of no reader. */
  holdAgain(): void {
    if (this.#sealed) return;
    for (const { number, segment } of this.#readers.values()) this.#options.hold(number, segment);
  }

  hold(reader: object, segment: number | undefined): void {
    const known = this.#readers.get(reader);
    if (segment === undefined) {
      if (known === undefined) return;
      this.#readers.delete(reader);
      if (!this.#sealed) this.#options.hold(known.number, null);
      return;
    }
    const number = known?.number ?? this.#nextReader++;
    this.#readers.set(reader, { number, segment });
    if (!this.#sealed && known?.segment !== segment) this.#options.hold(number, segment);
  }

  remove(): Promise<void> {
    return this.#options.remove();
  }
}
