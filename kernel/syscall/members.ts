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

  constructor(parts: { policy: PolicyLink; sessions: Sessions; projects: Projects }) {
    this.#policy = parts.policy;
    this.#sessions = parts.sessions;
    this.#projects = parts.projects;
  }

  async rightsOf(user: string): Promise<Rights> {
    return this.#policy.ask("rights", { user, projects: this.#projects.ids() });
  }

  /** Asks anew for one user, or for all who have sessions. */
  async refresh(only?: string): Promise<void> {
    for (const user of only === undefined ? this.#sessions.users() : [only]) {
      try {
        await this.#sessions.apply(user, await this.rightsOf(user));
      } catch (error) {
        this.#sessions.closeByUser(user);
        throw error;
      }
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
