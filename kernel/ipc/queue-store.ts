import { once } from "node:events";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import type { z } from "zod";
import { Fault } from "../abi/index.ts";
import type { Letter, Message, QueueChanges, QueueContent, QueueCounts } from "./queue.ts";
import {
  databaseSchema,
  letterRowSchema,
  type MessageRow,
  messageRowSchema,
  QueueBatch,
  type QueueRow,
  queueRowSchema,
  type StoreReply,
  type StoreRequest,
} from "./queue-rows.ts";

/**
 * Queues and their messages where they survive the end of the kernel: one SQLite file, in WAL mode.
 *
 * What changes is gathered for as long as the batch before it is being written, so that many messages cost little more than
 * one; `committed` tells when it is there. Where it cannot be written, new messages are given up, named by `lost`, and no
 * more are taken until writing works again; everything else is tried once more.
 */

type Log = (message: string, details?: Record<string, unknown>) => void;

/** A queue as an earlier kernel left it. */
export interface StoredQueue {
  row: QueueRow;
  content: QueueContent;
}

export interface QueueStoreOptions {
  dir: string;
  log: Log;
  /** These messages could not be written. Called before anybody is told so. */
  lost: (ids: ReadonlySet<number>) => void;
}

const retryMs = 1000;

interface Writing {
  batch: QueueBatch;
  done: PromiseWithResolvers<void>;
}

function newWriting(): Writing {
  const done = Promise.withResolvers<void>();
  done.promise.catch(() => undefined);
  return { batch: new QueueBatch(), done };
}

export class QueueStore implements AsyncDisposable {
  /** What was there. */
  readonly stored: readonly StoredQueue[];
  /** The highest number that a message or a queue has had. */
  readonly lastId: number;
  readonly #options: QueueStoreOptions;
  readonly #worker: Worker;
  #next = newWriting();
  #under: Writing | undefined;
  #failing = false;
  #closed = false;
  #batches = 0;
  #scheduled = false;

  constructor(options: QueueStoreOptions) {
    this.#options = options;
    const path = join(options.dir, "queues.db");
    const { stored, lastId } = load(path, options.log);
    this.stored = stored;
    this.lastId = lastId;
    this.#worker = new Worker(new URL("queue-store-thread.ts", import.meta.url), { name: "queues", workerData: path });
    // An error of the thread is a bug and is not handled: what is not kept must not be promised.
    this.#worker.on("message", (reply: StoreReply) => this.#written(reply));
    this.#worker.unref();
  }

  /** Faults: `unavailable` while nothing can be written. */
  requireWriting(): void {
    if (!this.#failing && !this.#closed) return;
    throw new Fault("unavailable", "messages cannot be kept: the disk of SuperOS takes nothing");
  }

  /** Resolves when everything until now is written. Faults: `unavailable`. */
  committed(): Promise<void> {
    if (this.#next.batch.empty) return this.#under?.done.promise ?? Promise.resolve();
    this.#schedule();
    return this.#next.done.promise;
  }

  putQueue(row: QueueRow): void {
    this.#next.batch.queues.set(row.id, row);
    this.#schedule();
  }

  /** Of a queue that was put before. */
  putCounts(id: number, { sent, received, dead }: QueueCounts): void {
    this.#next.batch.counts.set(id, [id, sent, received, dead]);
    this.#schedule();
  }

  removeQueue(id: number): void {
    this.#next.batch.removedQueues.add(id);
    this.#schedule();
  }

  /** Keeps what changes in a queue. */
  changesOf(queue: number, touched: () => void): QueueChanges {
    const change = (act: (batch: QueueBatch) => void): void => {
      act(this.#next.batch);
      touched();
      this.#schedule();
    };
    return {
      added: (messages) =>
        change((batch) => {
          for (const message of messages) batch.messages.set(message.id, rowOf(queue, message));
        }),
      counted: (messages) =>
        change((batch) => {
          for (const { id, deliveries } of messages) batch.count(id, deliveries);
        }),
      removed: (messages) =>
        change((batch) => {
          for (const { id } of messages) batch.remove(id);
        }),
      died: ({ message, at, reason }) =>
        change((batch) => {
          batch.remove(message.id);
          batch.letters.set(message.id, { ...rowOf(queue, message), at, reason });
        }),
      forgotten: (letters) =>
        change((batch) => {
          for (const { message } of letters) batch.removeLetter(message.id);
        }),
    };
  }

  /** Writes what is left, and ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#worker.ref();
    await this.committed().catch((error: unknown) =>
      this.#options.log("queues were not kept", { error: String(error) }),
    );
    this.#closed = true;
    const ended = once(this.#worker, "exit");
    this.#tell({ close: true });
    await ended;
  }

  /** Once this turn is over, so that everything that happens in it is written together. */
  #schedule(): void {
    if (this.#scheduled || this.#under !== undefined || this.#failing || this.#closed) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#failing) this.#write();
    });
  }

  #write(): void {
    // While writing fails it is tried also with nothing to write: that tells when it works again.
    if (this.#under !== undefined || this.#closed || (this.#next.batch.empty && !this.#failing)) return;
    this.#under = this.#next;
    this.#next = newWriting();
    this.#batches += 1;
    this.#tell({ batch: this.#batches, writes: this.#under.batch.writes });
  }

  #written({ error }: StoreReply): void {
    const written = this.#under;
    this.#under = undefined;
    if (written === undefined) return;
    if (error === null) {
      if (this.#failing) this.#options.log("queues can be written again");
      this.#failing = false;
      written.done.resolve();
      this.#write();
      return;
    }
    if (!this.#failing) this.#options.log("queues cannot be written", { error });
    this.#failing = true;
    // What came meanwhile cannot be kept either.
    const { batch, done } = this.#next;
    this.#options.lost(new Set([...written.batch.messages.keys(), ...batch.messages.keys()]));
    this.#next = newWriting();
    batch.messages.clear();
    batch.precede(written.batch);
    this.#next.batch.precede(batch);
    const fault = new Fault("unavailable", "messages could not be kept: the disk of SuperOS takes nothing");
    written.done.reject(fault);
    done.reject(fault);
    setTimeout(() => this.#write(), retryMs);
  }

  #tell(request: StoreRequest): void {
    this.#worker.postMessage(request);
  }
}

const rowOf = (queue: number, { id, text, from, sentAt, deliveries }: Message): MessageRow => ({
  id,
  queue,
  text,
  sender: from,
  sent_at: sentAt,
  deliveries,
});

const messageOf = ({ id, text, sender, sent_at: sentAt, deliveries }: MessageRow): Message => ({
  id,
  text,
  bytes: Buffer.byteLength(text),
  from: sender,
  sentAt,
  deliveries,
});

/** What an earlier kernel wrote; a row that cannot be read is left out and told. */
function load(path: string, log: Log): { stored: StoredQueue[]; lastId: number } {
  using db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  db.exec(databaseSchema);
  const read = <S extends z.ZodType>(table: string, schema: S): z.output<S>[] => {
    const rows = db.prepare(`SELECT * FROM ${table} ORDER BY id`).all();
    const parsed = rows.map((row) => schema.safeParse({ ...row }));
    const sound = parsed.flatMap((each) => (each.success ? [each.data] : []));
    if (sound.length < rows.length)
      log("rows of queues could not be read", { table, rows: rows.length - sound.length });
    return sound;
  };
  const messages = Map.groupBy(read("messages", messageRowSchema), ({ queue }) => queue);
  const letters = Map.groupBy(read("letters", letterRowSchema), ({ queue }) => queue);
  const queues = read("queues", queueRowSchema);
  const ids = [...messages.values(), ...letters.values(), queues].map((rows) => rows.at(-1)?.id ?? 0);
  const stored = queues.map((row): StoredQueue => {
    const kept = (letters.get(row.id) ?? []).toSorted((a, b) => a.at - b.at);
    const counts: QueueCounts = { sent: row.sent, received: row.received, dead: row.dead };
    const dead = kept.map(({ at, reason, ...message }): Letter => ({ message: messageOf(message), at, reason }));
    return { row, content: { messages: (messages.get(row.id) ?? []).map(messageOf), letters: dead, counts } };
  });
  return { stored, lastId: ids.reduce((most, id) => Math.max(most, id), 0) };
}
