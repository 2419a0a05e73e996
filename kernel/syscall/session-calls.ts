import { type CapabilityTable, parseAtDoor, tableSchema } from "../abi/index.ts";
import type { PolicyLink } from "../service/policy-link.ts";
import type { Handlers } from "./handler.ts";
import { type Sessions, sessionView } from "./sessions.ts";

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
  /** What every project's root holds; no session gets more. */
  rootTable: CapabilityTable;
}

export function sessionCalls({ sessions, policy, rootTable }: SessionCallOptions): Handlers<SessionCalls> {
  return {
    session_open: async ({ request }) => {
      const { user, token, scope, table } = await policy.ask("authenticate", { credential: request.credential });
      const parsed = parseAtDoor(tableSchema, table, "the session's table");
      return sessionView(sessions.open({ user, token, scope, table: parsed }, rootTable));
    },
    session_close: async ({ session }) => {
      sessions.close(session);
      return {};
    },
    session_inspect: async ({ session }) => sessionView(session),

    token_create: async ({ request, session }) =>
      policy.ask("token_create", { user: session.user, name: request.name }),
    token_list: async ({ session }) => policy.ask("token_list", { user: session.user }),
    token_remove: async ({ request, session }) => {
      await policy.ask("token_remove", { user: session.user, id: request.id });
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
