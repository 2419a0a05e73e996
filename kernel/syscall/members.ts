import { Fault, type ProjectId, type QuestionRequest } from "../abi/index.ts";
import type { PolicyLink } from "../service/policy-link.ts";
import type { SessionRecord } from "./principal.ts";
import type { Projects } from "./projects.ts";
import type { Rights, Sessions } from "./sessions.ts";

/**
 * What users may do, asked of policy again whenever it may have changed.
 *
 * Sessions follow at once. Where policy cannot say what a user may do now, the user's sessions end: rights that may be
 * gone are not kept.
 */
export class Members {
  readonly #policy: PolicyLink;
  readonly #sessions: Sessions;
  readonly #projects: Projects;
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(parts: { policy: PolicyLink; sessions: Sessions; projects: Projects }) {
    this.#policy = parts.policy;
    this.#sessions = parts.sessions;
    this.#projects = parts.projects;
  }

  async #rightsOf(user: string): Promise<Rights> {
    return this.#policy.ask("rights", { user, projects: this.#projects.ids() });
  }

  /** Opens a session with the rights that its user has now. */
  async open(who: Pick<SessionRecord, "user" | "admin" | "token">): Promise<SessionRecord> {
    return this.#inTurn(who.user, async () => this.#sessions.open(who, await this.#rightsOf(who.user)));
  }

  /** Asks anew for one user, or for all who have sessions. */
  async refresh(only?: string): Promise<void> {
    const users = only === undefined ? [...this.#sessions.users()] : [only];
    await Promise.all(users.map((user) => this.#inTurn(user, () => this.#refresh(user))));
  }

  async #refresh(user: string): Promise<void> {
    try {
      await this.#sessions.apply(user, await this.#rightsOf(user));
    } catch (error) {
      this.#sessions.closeByUser(user);
      throw error;
    }
  }

  /** One question about a user after the other, so that an older answer never replaces a newer one. */
  async #inTurn<T>(user: string, ask: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(user) ?? Promise.resolve();
    const own = before.then(ask, ask);
    this.#turns.set(user, own);
    try {
      return await own;
    } finally {
      if (this.#turns.get(user) === own) this.#turns.delete(user);
    }
  }

  /** Whether a user may do what no capability stands for. Faults: `denied` with policy's reason. */
  async authorize(
    session: SessionRecord,
    action: QuestionRequest<"authorize">["action"],
    project: ProjectId | null,
  ): Promise<void> {
    const verdict = await this.#policy.ask("authorize", { user: session.user, action, project });
    if (!verdict.allow) throw new Fault("denied", verdict.reason);
  }
}
