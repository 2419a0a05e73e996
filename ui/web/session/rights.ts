import type { CapabilityKind, ProjectId, Role } from "../../../kernel/abi/index.ts";
import type { Person } from "./session-store.ts";

/**
 * What a person may do in a project, as policy named it for their session. Pure.
 *
 * It decides what the page offers and with which reason it does not. It grants nothing: the kernel checks each
 * request by itself, so that a page that is out of date is refused and not obeyed.
 */
export interface Rights {
  /** `null` without a project, and for somebody who is no member of it. */
  role: Role | null;
  /** May set roles and remove the project. */
  manages: boolean;
  holds: (kind: CapabilityKind) => boolean;
  /** Why what needs the kind cannot be done, or nothing if it can. */
  lack: (kind: CapabilityKind) => string | undefined;
}

const kindOf = (capability: string): string => capability.split(":", 1)[0] ?? "";

export function rightsIn(person: Person, project: ProjectId | null): Rights {
  const entry = person.projects.find((one) => one.project === project);
  const kinds = new Set((project === null ? person.table : (entry?.table ?? [])).map(kindOf));
  const role = entry?.role ?? null;
  const reason = (kind: CapabilityKind): string => {
    if (project === null) return `Your session does not hold ${kind} outside of projects.`;
    if (role === null) return "You are not a member of this project.";
    return `Your role here is ${role}, which does not hold ${kind}.`;
  };
  return {
    role,
    manages: project !== null && (person.admin || role === "owner"),
    holds: (kind) => kinds.has(kind),
    lack: (kind) => (kinds.has(kind) ? undefined : reason(kind)),
  };
}
