import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import type { QueueWrites, StoreReply, StoreRequest } from "./queue-rows.ts";

/**
 * The thread that writes queues to their database, started by queue-store.ts.
 *
 * A batch is one transaction. What it answers is written, in so far as it survives the end of the kernel's process; it is
 * here and not in the kernel's own thread, since now and then SQLite waits for the disk.
 */

function open(path: string): { write: (writes: QueueWrites) => void; close: () => void } {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const rollback = db.prepare("ROLLBACK");
  const putQueue = db.prepare("INSERT OR REPLACE INTO queues VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const putCounts = db.prepare("UPDATE queues SET sent = ?, received = ?, dead = ? WHERE id = ?");
  const putMessage = db.prepare("INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?, ?)");
  const putLetter = db.prepare("INSERT OR REPLACE INTO letters VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const count = db.prepare("UPDATE messages SET deliveries = ? WHERE id = ?");
  const remove = db.prepare("DELETE FROM messages WHERE id = ?");
  const removeLetter = db.prepare("DELETE FROM letters WHERE id = ?");
  const removeQueue = ["DELETE FROM queues WHERE id = ?", "DELETE FROM messages WHERE queue = ?"]
    .concat("DELETE FROM letters WHERE queue = ?")
    .map((sql) => db.prepare(sql));

  const apply = (writes: QueueWrites): void => {
    for (const row of writes.queues ?? []) {
      const { id, scope, name, limits, created_by: by, created_at: at, sent, received, dead } = row;
      putQueue.run(id, scope, name, JSON.stringify(limits), by, at, sent, received, dead);
    }
    for (const [id, sent, received, dead] of writes.counts ?? []) putCounts.run(sent, received, dead, id);
    for (const { id, queue, text, sender, sent_at: at, deliveries } of writes.messages ?? [])
      putMessage.run(id, queue, text, sender, at, deliveries);
    for (const [id, deliveries] of writes.deliveries ?? []) count.run(deliveries, id);
    for (const id of writes.removed ?? []) remove.run(id);
    for (const { id, queue, text, sender, sent_at: sentAt, deliveries, at, reason } of writes.letters ?? [])
      putLetter.run(id, queue, text, sender, sentAt, deliveries, at, reason);
    for (const id of writes.removedLetters ?? []) removeLetter.run(id);
    for (const id of writes.removedQueues ?? []) for (const statement of removeQueue) statement.run(id);
  };
  return {
    write: (writes) => {
      begin.run();
      try {
        apply(writes);
        commit.run();
      } catch (error) {
        if (db.isTransaction) rollback.run();
        throw error;
      }
    },
    close: () => db.close(),
  };
}

function main(): void {
  const port = parentPort;
  const path: unknown = workerData;
  if (port === null || typeof path !== "string") throw new Error("this is not a program");
  const database = open(path);
  const answer = (batch: number, writes: QueueWrites): StoreReply => {
    try {
      database.write(writes);
      return { batch, error: null };
    } catch (error) {
      return { batch, error: String(error) };
    }
  };
  port.on("message", (request: StoreRequest) => {
    if ("batch" in request) return port.postMessage(answer(request.batch, request.writes));
    database.close();
    port.close();
  });
}

main();
