import type { QuestionRequest, QuestionResponse, Role } from "../../kernel/abi/index.ts";

/**
 * Who may do what no capability stands for, decided from a person's standing alone.
 *
 * An admin is owner of every project. Somebody unknown, or without a role, may do nothing. Pure.
 */

/** A person as seen from one project, or from none. */
export interface Standing {
  known: boolean;
  admin: boolean;
  /** The role that the person was given in the project. */
  role: Role | null;
}

export const nobody: Standing = { known: false, admin: false, role: null };

type Action = QuestionRequest<"authorize">["action"];
type Verdict = QuestionResponse<"authorize">;

/** The role that holds: the one that was given, and for an admin `owner`. */
export const effectiveRole = ({ admin, role }: Standing): Role | null => (admin ? "owner" : role);

export const maySeeMembers = (standing: Standing): boolean => effectiveRole(standing) !== null;

export const mayChangeMembers = (standing: Standing): boolean => effectiveRole(standing) === "owner";

const allowIf = (condition: boolean, reason: string): Verdict =>
  condition ? { allow: true } : { allow: false, reason };

export function authorize(action: Action, standing: Standing): Verdict {
  switch (action) {
    case "project_import":
      return allowIf(standing.known, "only people with an account import projects");
    case "project_remove":
      return allowIf(effectiveRole(standing) === "owner", "only an owner of the project, or an admin, removes it");
    case "project_change":
      return allowIf(effectiveRole(standing) === "owner", "only an owner of the project, or an admin, changes it");
    case "audit_read":
      return allowIf(standing.admin, "only an admin reads the audit log");
    default:
      return action satisfies never;
  }
}
