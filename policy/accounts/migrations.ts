import type { DatabaseSync } from "node:sqlite";

/**
 * The steps that bring a file of accounts from each version of its schema to the next.
 *
 * A new file takes all of them, so that a new and a migrated file have the same schema. A step is never edited once
 * it has been released: files that took it are out there. All run in the caller's transaction.
 */

/** The admin made at first start, whom nobody can remove: so there is always one who may manage the others. */
export const firstAdmin = "owner";

type Migration = (database: DatabaseSync, now: number) => void;

const toVersion1: Migration = (database) =>
  database.exec(`
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
  `);

/** Version 1 knew one person, and not since when: the oldest token is the oldest trace, else it is now. */
const toVersion2: Migration = (database, now) => {
  database.exec(`
    ALTER TABLE user ADD COLUMN admin INTEGER NOT NULL DEFAULT 0 CHECK (admin IN (0, 1));
    ALTER TABLE user ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE member (
      project TEXT NOT NULL,
      user TEXT NOT NULL REFERENCES user (name),
      role TEXT NOT NULL CHECK (role IN ('owner', 'editor', 'runner', 'viewer')),
      PRIMARY KEY (project, user)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX member_by_user ON member (user);
    CREATE INDEX code_by_user ON code (user);
  `);
  database.prepare("UPDATE user SET admin = 1 WHERE name = ?").run(firstAdmin);
  database
    .prepare("UPDATE user SET created_at = coalesce((SELECT min(created_at) FROM token WHERE user = user.name), ?)")
    .run(now);
};

/** In order: the first makes version 1 of an empty file. */
export const migrations: readonly Migration[] = [toVersion1, toVersion2];
