import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { Fault, memberViewSchema, roleSchema, type MemberView, type Role } from "../../kernel/abi/index.ts";

/**
 * Who has which role in which project, as it was given.
 *
 * That an admin is owner everywhere is not written here. A project may be without any member: admins remain. Which
 * projects exist is the kernel's to know, and nothing here decides who may call it.
 */

const roleRowSchema = z.object({ role: roleSchema });
const projectRowSchema = z.object({ project: z.string(), role: roleSchema });

export class Members {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  role(project: string, user: string): Role | null {
    const row = this.#database.prepare("SELECT role FROM member WHERE project = ? AND user = ?").get(project, user);
    return row === undefined ? null : roleRowSchema.parse(row).role;
  }

  rolesOf(user: string): ReadonlyMap<string, Role> {
    const rows = this.#database.prepare("SELECT project, role FROM member WHERE user = ?").all(user);
    return new Map(rows.map((row) => projectRowSchema.parse(row)).map(({ project, role }) => [project, role]));
  }

  list(project: string): MemberView[] {
    const rows = this.#database.prepare("SELECT user, role FROM member WHERE project = ? ORDER BY user").all(project);
    return rows.map((row) => memberViewSchema.parse({ ...row }));
  }

  set(project: string, user: string, role: Role): void {
    this.#database
      .prepare(
        "INSERT INTO member (project, user, role) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET role = excluded.role",
      )
      .run(project, user, role);
  }

  /** Faults: `not_found`. */
  remove(project: string, user: string): void {
    const { changes } = this.#database.prepare("DELETE FROM member WHERE project = ? AND user = ?").run(project, user);
    if (Number(changes) > 0) return;
    const hint = "List who is: superos member ls.";
    throw new Fault("not_found", `${JSON.stringify(user)} is no member of this project`, { hint });
  }

  removeProject(project: string): void {
    this.#database.prepare("DELETE FROM member WHERE project = ?").run(project);
  }
}
