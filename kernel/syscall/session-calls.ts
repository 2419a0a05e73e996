import type { PolicyLink } from "../service/policy-link.ts";
import type { Handlers } from "./handler.ts";
import type { Members } from "./members.ts";
import type { Sessions } from "./sessions.ts";

/** The syscalls about sessions and tokens: policy knows who is who, the kernel keeps what that is worth. */

type SessionCalls =
  | "session_open"
  | "session_close"
  | "session_inspect"
  | "token_create"
  | "token_list"
  | "token_remove"
  | "policy_attend"
  | "policy_answer";

export interface SessionCallOptions {
  sessions: Sessions;
  policy: PolicyLink;
  members: Members;
}

export function sessionCalls({ sessions, policy, members }: SessionCallOptions): Handlers<SessionCalls> {
  return {
    session_open: async ({ request }) => {
      const { user, token, admin } = await policy.ask("authenticate", { credential: request.credential });
      return sessions.view(await members.open({ user, token, admin }));
    },
    session_close: async ({ caller }) => {
      sessions.close(caller);
      return {};
    },
    session_inspect: async ({ caller }) => sessions.view(caller),

    token_create: async ({ request, caller }) => policy.ask("token_create", { user: caller.user, name: request.name }),
    token_list: async ({ caller }) => policy.ask("token_list", { user: caller.user }),
    token_remove: async ({ request, caller }) => {
      await policy.ask("token_remove", { user: caller.user, id: request.id });
      sessions.closeByToken(request.id);
      return {};
    },

    policy_attend: async () => ({ stream: policy.attend() }),
    policy_answer: async ({ request }) => {
      policy.answer(request.id, request.answer, request.fault);
      return {};
    },
  };
}
