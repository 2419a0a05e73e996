import { DatabaseSync } from "node:sqlite";
import { migrations } from "./migrations.ts";

/**
 * The file that holds policy's accounts: one SQLite database in WAL mode, hashes of secrets only.
 *
 * `user_version` names the schema. An older file is brought up to date in one transaction, wholly or not at all; a
 * file of a newer version is refused rather than misread.
 */

const busyTimeoutMs = 5000;

export function openDatabase(path: string, now: number): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    // Before anything is written, the journal mode included.
    readVersion(database);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
    inTransaction(database, () => migrate(database, now));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function readVersion(database: DatabaseSync): number {
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  if (version <= migrations.length) return version;
  throw new Error(`the accounts are of version ${version}, and this program knows version ${migrations.length}`);
}

function migrate(database: DatabaseSync, now: number): void {
  const version = readVersion(database);
  if (version === migrations.length) return;
  for (const step of migrations.slice(version)) step(database, now);
  database.exec(`PRAGMA user_version = ${migrations.length}`);
}

export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
