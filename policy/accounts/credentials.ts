import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import {
  Fault,
  tokenViewSchema,
  type Credential,
  type QuestionResponse,
  type TokenView,
} from "../../kernel/abi/index.ts";
import { firstAdmin } from "./migrations.ts";
import { hashSecret, makeCode, makeTokenId, makeTokenSecret, type Sources } from "./secret.ts";

/**
 * What people sign in with: API tokens, and one-time sign-in codes.
 *
 * A code works once and for a day, and only the newest few of a person's; a token works until it is removed. No
 * secret is stored or can be read back. What changes more than one row runs in the caller's transaction.
 */

/** The token of the command line beside the server: made anew at each start, by the kernel's wish alone. */
export const localTokenName = "local-cli";

const codeLifeMs = 24 * 3_600_000;
const codeLimit = 16;
const tokenLimit = 1000;

const tokenColumns = "id, name, created_at AS createdAt, last_used_at AS lastUsedAt";
const idRowSchema = z.object({ id: z.string(), user: z.string() });
const userRowSchema = z.object({ user: z.string() });
const nameRowSchema = z.object({ name: z.string() });
const countRowSchema = z.object({ count: z.number() });

export class Credentials {
  readonly #database: DatabaseSync;
  readonly #sources: Sources;

  constructor(database: DatabaseSync, sources: Sources) {
    this.#database = database;
    this.#sources = sources;
  }

  /** Whose it is, and which token. A refusal never tells whether the secret was wrong, used or expired. */
  use(credential: Credential): { user: string; token: string | null } {
    const found = credential.type === "code" ? this.#useCode(credential.secret) : this.#useToken(credential.secret);
    if (found !== undefined) return found;
    const hint = "Sign in with a fresh link, of an admin or from the server's log, or with an API token that exists.";
    throw new Fault("denied", "the sign-in is not valid (any more)", { hint });
  }

  createCode(user: string): string {
    const now = this.#sources.now();
    const code = makeCode(this.#sources);
    this.#database.prepare("DELETE FROM code WHERE expires_at <= ?").run(now);
    this.#database
      .prepare("INSERT INTO code (hash, user, expires_at) VALUES (?, ?, ?)")
      .run(hashSecret(code), user, now + codeLifeMs);
    const newest = "SELECT rowid FROM code WHERE user = ? ORDER BY expires_at DESC, rowid DESC LIMIT ?";
    this.#database.prepare(`DELETE FROM code WHERE user = ? AND rowid NOT IN (${newest})`).run(user, user, codeLimit);
    return code;
  }

  replaceLocalToken(): string {
    this.#database.prepare("DELETE FROM token WHERE user = ? AND name = ?").run(firstAdmin, localTokenName);
    return this.#insertToken(firstAdmin, localTokenName).secret;
  }

  createToken(user: string, name: string): QuestionResponse<"token_create"> {
    const taken = this.#database.prepare("SELECT name FROM token WHERE user = ? AND name = ?").get(user, name);
    if (taken !== undefined || name === localTokenName) {
      const hint = "Choose another name, or remove that token first.";
      throw new Fault("conflict", `a token named ${JSON.stringify(name)} exists already`, { hint });
    }
    const row = this.#database.prepare("SELECT count(*) AS count FROM token WHERE user = ?").get(user);
    if (countRowSchema.parse(row).count >= tokenLimit) {
      throw new Fault("exhausted", `there are ${tokenLimit} tokens already`, { hint: "Remove tokens not in use." });
    }
    return this.#insertToken(user, name);
  }

  listTokens(user: string): TokenView[] {
    const rows = this.#database
      .prepare(`SELECT ${tokenColumns} FROM token WHERE user = ? ORDER BY created_at, id`)
      .all(user);
    return rows.map((row) => tokenViewSchema.parse({ ...row }));
  }

  removeToken(user: string, id: string): void {
    const row = this.#database.prepare("SELECT name FROM token WHERE user = ? AND id = ?").get(user, id);
    if (row === undefined)
      throw new Fault("not_found", `no token ${id}`, { hint: "List what exists: GET /api/v1/tokens." });
    if (nameRowSchema.parse(row).name === localTokenName) {
      const hint = "It is the server's own, for the command line beside it, and is replaced at each start.";
      throw new Fault("denied", `the token ${localTokenName} cannot be removed`, { hint });
    }
    this.#database.prepare("DELETE FROM token WHERE id = ?").run(id);
  }

  /** Deleting is what makes a code one-time: of two that come at once, one finds the row. */
  #useCode(secret: string): { user: string; token: null } | undefined {
    const row = this.#database
      .prepare("DELETE FROM code WHERE hash = ? AND expires_at > ? RETURNING user")
      .get(hashSecret(secret), this.#sources.now());
    return row === undefined ? undefined : { user: userRowSchema.parse(row).user, token: null };
  }

  #useToken(secret: string): { user: string; token: string } | undefined {
    const row = this.#database
      .prepare("UPDATE token SET last_used_at = ? WHERE hash = ? RETURNING id, user")
      .get(this.#sources.now(), hashSecret(secret));
    if (row === undefined) return undefined;
    const { id, user } = idRowSchema.parse(row);
    return { user, token: id };
  }

  #insertToken(user: string, name: string): QuestionResponse<"token_create"> {
    const secret = makeTokenSecret(this.#sources);
    const row = this.#database
      .prepare(`INSERT INTO token (id, user, name, hash, created_at) VALUES (?, ?, ?, ?, ?) RETURNING ${tokenColumns}`)
      .get(makeTokenId(this.#sources), user, name, hashSecret(secret), this.#sources.now());
    return { token: tokenViewSchema.parse({ ...row }), secret };
  }
}
