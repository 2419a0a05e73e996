import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { roles } from "../../kernel/abi/index.ts";
import { openDatabase } from "./database.ts";
import { refusalOf, SampleAccounts, sampleProjects } from "./sample-accounts.ts";
import { hashSecret } from "./secret.ts";

let sample: SampleAccounts | undefined;
let folder: string | undefined;

afterEach(() => {
  sample?.dispose();
  sample = undefined;
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
});

/** A path for a file that will not be opened as accounts. */
function emptyPath(): string {
  folder = mkdtempSync(join(tmpdir(), "accounts-"));
  return join(folder, "policy.db");
}

const future = 4_000_000_000_000;

/** A file as version 1 left it: its schema to the letter, with two tokens and a code. */
function writeVersion1(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
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
    PRAGMA user_version = 1;
  `);
  const token = database.prepare("INSERT INTO token VALUES (?, 'owner', ?, ?, ?, ?)");
  token.run("aaaaaaaaaa", "ci", hashSecret("sos_ci"), 1_600_000_000_000, 1_650_000_000_000);
  token.run("bbbbbbbbbb", "local-cli", hashSecret("sos_local"), 1_500_000_000_000, null);
  database.prepare("INSERT INTO code VALUES (?, 'owner', ?)").run(hashSecret("the-code"), future);
  database.close();
}

/** Opens the file beside the accounts, as another program would. */
function look<T>(path: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

const versionOf = (path: string): unknown =>
  look(path, (database) => database.prepare("PRAGMA user_version").get()?.["user_version"]);

const schemaOf = (path: string): unknown[] =>
  look(path, (database) => database.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").all());

describe("a file of version 1", () => {
  test("is brought to version 2 with every token and code in force, and its owner an admin", () => {
    sample = new SampleAccounts(writeVersion1);
    const { accounts, path } = sample;
    expect(versionOf(path)).toBe(2);
    expect(accounts.listUsers({ by: "owner" })).toEqual([{ name: "owner", admin: true, createdAt: 1_500_000_000_000 }]);
    expect(accounts.listTokens("owner")).toEqual([
      { id: "bbbbbbbbbb", name: "local-cli", createdAt: 1_500_000_000_000, lastUsedAt: null },
      { id: "aaaaaaaaaa", name: "ci", createdAt: 1_600_000_000_000, lastUsedAt: 1_650_000_000_000 },
    ]);
    for (const [type, secret, token] of [
      ["token", "sos_ci", "aaaaaaaaaa"],
      ["code", "the-code", null],
    ] as const) {
      expect(accounts.authenticate({ type, secret })).toEqual({ user: "owner", token, admin: true });
    }
  });

  test("holds several people from then on, and its owner owns the projects that were there", () => {
    sample = new SampleAccounts(writeVersion1);
    const { first, second } = sampleProjects;
    expect(sample.accounts.rights({ user: "owner", projects: [first] }).projects).toMatchObject([{ role: "owner" }]);
    sample.add("ann");
    sample.accounts.setMember({ by: "owner", project: second, user: "ann", role: "runner" });
    sample.reopen();
    expect(sample.accounts.rights({ user: "ann", projects: [first, second] }).projects).toMatchObject([
      { project: second, role: "runner" },
    ]);
  });

  test("has the schema of a new file afterwards", () => {
    sample = new SampleAccounts(writeVersion1);
    const migrated = schemaOf(sample.path);
    const fresh = new SampleAccounts();
    try {
      const squeezed = (rows: unknown[]): string => JSON.stringify(rows).replaceAll(/(\\n|\s)+/g, " ");
      expect(squeezed(migrated)).toBe(squeezed(schemaOf(fresh.path)));
    } finally {
      fresh.dispose();
    }
  });

  test("that cannot be brought to version 2 is refused and stays as it was", () => {
    const path = emptyPath();
    writeVersion1(path);
    look(path, (database) => database.exec("CREATE TABLE member (other TEXT)"));
    const before = schemaOf(path);
    const refusal = refusalOf(() => openDatabase(path, future));
    expect(String(refusal)).toContain("member");
    expect(versionOf(path)).toBe(1);
    expect(schemaOf(path)).toEqual(before);
  });
});

describe("a file of a newer version", () => {
  test("is refused by both numbers, and not touched", () => {
    const path = emptyPath();
    look(path, (database) => database.exec("CREATE TABLE later (what TEXT); PRAGMA user_version = 3;"));
    const before = readFileSync(path);
    const refusal = refusalOf(() => openDatabase(path, future));
    expect(String(refusal)).toContain("of version 3, and this program knows version 2");
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

describe("the schema itself", () => {
  test("refuses a member who is no user, a role that is none, and the removal of a user of whom rows are left", () => {
    sample = new SampleAccounts();
    sample.add("ann");
    sample.accounts.createToken("ann", "ci");
    look(sample.path, (database) => {
      const insert = database.prepare("INSERT INTO member (project, user, role) VALUES (?, ?, ?)");
      const refusalFor = (user: string, role: string): unknown => refusalOf(() => insert.run(`of ${role}`, user, role));
      expect(refusalFor("eve", "viewer")).toBeInstanceOf(Error);
      for (const role of ["admin", "OWNER", ""]) expect(refusalFor("ann", role)).toBeInstanceOf(Error);
      for (const role of roles) expect(refusalFor("ann", role)).toBeUndefined();
      expect(refusalOf(() => database.exec("DELETE FROM user WHERE name = 'ann'"))).toBeInstanceOf(Error);
      expect(refusalOf(() => database.exec("UPDATE user SET admin = 2"))).toBeInstanceOf(Error);
    });
  });
});
