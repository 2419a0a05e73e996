import type { DatabaseSync } from "node:sqlite";
import {
  Fault,
  type Credential,
  type MemberView,
  type QuestionRequest,
  type QuestionResponse,
  type TokenView,
  type UserView,
} from "../../kernel/abi/index.ts";
import { Credentials } from "./credentials.ts";
import { inTransaction, openDatabase } from "./database.ts";
import { Members } from "./members.ts";
import { firstAdmin } from "./migrations.ts";
import { roleTable, scratchTable, type TableSettings } from "./role-table.ts";
import { realSources, type Sources } from "./secret.ts";
import { authorize, effectiveRole, mayChangeMembers, maySeeMembers, nobody, type Standing } from "./standing.ts";
import { Users } from "./users.ts";

/**
 * Everybody's accounts, and what each question of the kernel about them is answered with.
 *
 * Whoever a change is asked in the name of must be allowed to make it, and is looked up in the same transaction as
 * the change is made. Somebody unknown holds nothing and changes nothing.
 */
export class Accounts {
  readonly #database: DatabaseSync;
  readonly #sources: Sources;
  readonly #settings: TableSettings;
  readonly #users: Users;
  readonly #members: Members;
  readonly #credentials: Credentials;

  constructor(path: string, settings: TableSettings, sources: Sources = realSources) {
    this.#database = openDatabase(path, sources.now());
    this.#sources = sources;
    this.#settings = settings;
    this.#users = new Users(this.#database);
    this.#members = new Members(this.#database);
    this.#credentials = new Credentials(this.#database, sources);
  }

  close(): void {
    this.#database.close();
  }

  authenticate(credential: Credential): QuestionResponse<"authenticate"> {
    return this.#change(() => {
      const { user, token } = this.#credentials.use(credential);
      return { user, token, admin: this.#users.get(user).admin };
    });
  }

  bootCredentials(): QuestionResponse<"boot_credentials"> {
    return this.#change(() => ({
      code: this.#credentials.createCode(firstAdmin),
      token: this.#credentials.replaceLocalToken(),
    }));
  }

  rights({ user, projects }: QuestionRequest<"rights">): QuestionResponse<"rights"> {
    const found = this.#users.find(user);
    if (found === undefined) return { scratch: [], projects: [] };
    const given = this.#members.rolesOf(user);
    return {
      scratch: scratchTable(this.#settings),
      projects: projects.flatMap((project) => {
        const role = effectiveRole({ known: true, admin: found.admin, role: given.get(project) ?? null });
        return role === null ? [] : [{ project, role, table: roleTable(role, this.#settings) }];
      }),
    };
  }

  authorize({ user, action, project }: QuestionRequest<"authorize">): QuestionResponse<"authorize"> {
    return authorize(action, this.#standing(user, project));
  }

  projectCreated({ user, project }: QuestionRequest<"project_created">): void {
    // Who was removed meanwhile owns nothing; the project is the admins'.
    this.#change(() => {
      if (this.#users.find(user) !== undefined) this.#members.set(project, user, "owner");
    });
  }

  projectRemoved({ project }: QuestionRequest<"project_removed">): void {
    this.#members.removeProject(project);
  }

  listUsers({ by }: QuestionRequest<"user_list">): UserView[] {
    this.#require(this.#standing(by, null).known, "only people with an account see who has one");
    return this.#users.list();
  }

  createUser({ by, name, admin }: QuestionRequest<"user_create">): QuestionResponse<"user_create"> {
    return this.#change(() => {
      this.#requireAdmin(by, "adds users");
      const user = this.#users.create({ name, admin }, this.#sources.now());
      return { user, code: this.#credentials.createCode(name) };
    });
  }

  createCode({ by, name }: QuestionRequest<"user_code">): QuestionResponse<"user_code"> {
    return this.#change(() => {
      this.#requireAdmin(by, "makes sign-in links");
      return { code: this.#credentials.createCode(this.#users.get(name).name) };
    });
  }

  removeUser({ by, name }: QuestionRequest<"user_remove">): void {
    this.#change(() => {
      this.#requireAdmin(by, "removes users");
      this.#users.remove(name);
    });
  }

  listMembers({ by, project }: QuestionRequest<"member_list">): MemberView[] {
    this.#require(maySeeMembers(this.#standing(by, project)), "only members of the project, and admins, see them");
    return this.#members.list(project);
  }

  setMember({ by, project, user, role }: QuestionRequest<"member_set">): void {
    this.#change(() => {
      this.#requireOwner(by, project);
      if (this.#users.get(user).admin && role !== "owner") {
        const hint = "A role of less would take nothing away.";
        throw new Fault("conflict", `${user} is an admin, and so owner of every project`, { hint });
      }
      this.#members.set(project, user, role);
    });
  }

  removeMember({ by, project, user }: QuestionRequest<"member_remove">): void {
    this.#change(() => {
      this.#requireOwner(by, project);
      this.#users.get(user);
      this.#members.remove(project, user);
    });
  }

  createToken(user: string, name: string): QuestionResponse<"token_create"> {
    return this.#change(() => {
      this.#require(this.#standing(user, null).known, "only people with an account make tokens");
      return this.#credentials.createToken(user, name);
    });
  }

  listTokens(user: string): TokenView[] {
    return this.#credentials.listTokens(user);
  }

  removeToken(user: string, id: string): void {
    this.#change(() => this.#credentials.removeToken(user, id));
  }

  #standing(user: string, project: string | null): Standing {
    const found = this.#users.find(user);
    if (found === undefined) return nobody;
    return { known: true, admin: found.admin, role: project === null ? null : this.#members.role(project, user) };
  }

  #requireAdmin(by: string, does: string): void {
    this.#require(this.#standing(by, null).admin, `only an admin ${does}`);
  }

  #requireOwner(by: string, project: string): void {
    const reason = "only an owner of the project, or an admin, changes its members";
    this.#require(mayChangeMembers(this.#standing(by, project)), reason);
  }

  #require(condition: boolean, reason: string): void {
    if (condition) return;
    throw new Fault("denied", reason, { hint: "Ask an owner of the project, or an admin: superos user ls." });
  }

  #change<T>(work: () => T): T {
    return inTransaction(this.#database, work);
  }
}
