import type { PolicyLink } from "../service/policy-link.ts";
import type { Handlers } from "./handler.ts";
import type { Members } from "./members.ts";
import type { Projects } from "./projects.ts";
import type { Sessions } from "./sessions.ts";

/** The syscalls about people and their roles: policy keeps them, and the kernel lets open sessions follow. */

type AccountCalls =
  "user_list" | "user_create" | "user_code" | "user_remove" | "member_list" | "member_set" | "member_remove";

export interface AccountCallOptions {
  policy: PolicyLink;
  members: Members;
  sessions: Sessions;
  projects: Projects;
  /** A user is no more: so is what belongs to users alone. */
  userRemoved: (name: string) => void;
}

export function accountCalls({
  policy,
  members,
  sessions,
  projects,
  userRemoved,
}: AccountCallOptions): Handlers<AccountCalls> {
  return {
    user_list: async ({ caller }) => policy.ask("user_list", { by: caller.user }),
    user_create: async ({ request, caller }) => policy.ask("user_create", { by: caller.user, ...request }),
    user_code: async ({ request, caller }) => policy.ask("user_code", { by: caller.user, ...request }),
    user_remove: async ({ request, caller }) => {
      await policy.ask("user_remove", { by: caller.user, ...request });
      sessions.closeByUser(request.name);
      userRemoved(request.name);
      return {};
    },

    member_list: async ({ request, caller }) => {
      projects.visible(caller, request.project);
      return policy.ask("member_list", { by: caller.user, ...request });
    },
    member_set: async ({ request, caller }) => {
      projects.visible(caller, request.project);
      await policy.ask("member_set", { by: caller.user, ...request });
      await members.refresh(request.user);
      projects.touched(request.project);
      return {};
    },
    member_remove: async ({ request, caller }) => {
      projects.visible(caller, request.project);
      await policy.ask("member_remove", { by: caller.user, ...request });
      await members.refresh(request.user);
      return {};
    },
  };
}
