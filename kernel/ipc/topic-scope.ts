import type { ProjectId } from "../abi/index.ts";

/**
 * Whose a channel is: a project's, or, outside of any, a user's.
 *
 * Names of channels mean something only within a scope, and nothing that happens in one is seen in another.
 */
export type Scope = `project:${string}` | `user:${string}`;

export const scopeOf = ({ project, user }: { project: ProjectId | null; user: string | null }): Scope =>
  project === null ? `user:${user ?? ""}` : `project:${project}`;
