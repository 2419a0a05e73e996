import { DatabaseSync } from "node:sqlite";

/**
 * The file that holds policy's accounts: one SQLite database in WAL mode, hashes of secrets only.
 *
 * `user_version` names the schema; a file of a newer version is refused rather than misread.
 */

const schemaVersion = 1;

const schema = `
  CREATE TABLE user (name TEXT PRIMARY KEY) STRICT;
  CREATE TABLE token (
    id TEXT PRIMARY KEY,
    user TEXT NOT NULL REFERENCES user (name),
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    UNIQUE (user, name)
  ) STRICT;
  CREATE TABLE code (
    hash BLOB PRIMARY KEY,
    user TEXT NOT NULL REFERENCES user (name),
    expires_at INTEGER NOT NULL
  ) STRICT;
  INSERT INTO user (name) VALUES ('owner');
  PRAGMA user_version = ${schemaVersion};
`;

export function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  if (version === 0) inTransaction(database, () => database.exec(schema));
  else if (version !== schemaVersion) {
    database.close();
    throw new Error(`the accounts are of version ${version}, and this program knows version ${schemaVersion}`);
  }
  return database;
}

export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
