import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { Fault, userViewSchema, type UserView } from "../../kernel/abi/index.ts";
import { firstAdmin } from "./migrations.ts";

/**
 * The people who have an account, and which of them are admins.
 *
 * The first admin is always there, so there is always an admin. Nothing here decides who may call it.
 */

const userLimit = 1000;

/** The audit log names the server's own parts so; nobody may be mistaken for one. */
const reservedNames: readonly string[] = ["kernel", "policy", "gateway", "egress"];

const columns = "name, admin, created_at AS createdAt";
const rowSchema = z
  .object({ name: z.string(), admin: z.literal([0, 1]), createdAt: z.number() })
  .transform((row): UserView => userViewSchema.parse({ ...row, admin: row.admin === 1 }));
const countRowSchema = z.object({ count: z.number() });

export class Users {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  find(name: string): UserView | undefined {
    const row = this.#database.prepare(`SELECT ${columns} FROM user WHERE name = ?`).get(name);
    return row === undefined ? undefined : rowSchema.parse(row);
  }

  /** Faults: `not_found`. */
  get(name: string): UserView {
    const user = this.find(name);
    if (user !== undefined) return user;
    throw new Fault("not_found", `no user ${JSON.stringify(name)}`, { hint: "List who exists: superos user ls." });
  }

  list(): UserView[] {
    const rows = this.#database.prepare(`SELECT ${columns} FROM user ORDER BY name`).all();
    return rows.map((row) => rowSchema.parse(row));
  }

  create(user: { name: string; admin: boolean }, now: number): UserView {
    if (this.find(user.name) !== undefined || reservedNames.includes(user.name)) {
      throw new Fault("conflict", `the name ${user.name} is taken`, { hint: "Choose another name." });
    }
    const row = this.#database.prepare("SELECT count(*) AS count FROM user").get();
    if (countRowSchema.parse(row).count >= userLimit) {
      throw new Fault("exhausted", `there are ${userLimit} users already`, { hint: "Remove users who left." });
    }
    this.#database
      .prepare("INSERT INTO user (name, admin, created_at) VALUES (?, ?, ?)")
      .run(user.name, user.admin ? 1 : 0, now);
    return this.get(user.name);
  }

  /** In the caller's transaction, as it takes all that refers to the person. Faults: `not_found`, `denied`. */
  remove(name: string): void {
    this.get(name);
    if (name === firstAdmin) {
      const hint = "It is the admin of the first start, who keeps the server from being without one.";
      throw new Fault("denied", `the user ${firstAdmin} cannot be removed`, { hint });
    }
    for (const table of ["token", "code", "member"] as const) {
      this.#database.prepare(`DELETE FROM ${table} WHERE user = ?`).run(name);
    }
    this.#database.prepare("DELETE FROM user WHERE name = ?").run(name);
  }
}
