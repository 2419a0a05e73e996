import {
  parseAtDoor,
  questions,
  type QuestionName,
  type QuestionRequest,
  type QuestionResponse,
} from "../kernel/abi/index.ts";
import type { Accounts } from "./accounts/accounts.ts";
import { admit } from "./admission/admit.ts";
import { schedule } from "./scheduling/schedule.ts";

/** Which part of policy answers which question of the kernel. */

export interface Policy {
  accounts: Accounts;
}

type Answers = {
  [N in QuestionName]: (policy: Policy, request: QuestionRequest<N>) => QuestionResponse<N>;
};

const done = {};

const answers: Answers = {
  authenticate: ({ accounts }, { credential }) => accounts.authenticate(credential),
  rights: ({ accounts }, request) => accounts.rights(request),
  authorize: ({ accounts }, request) => accounts.authorize(request),
  project_created: ({ accounts }, request) => {
    accounts.projectCreated(request);
    return done;
  },
  project_removed: ({ accounts }, request) => {
    accounts.projectRemoved(request);
    return done;
  },
  user_list: ({ accounts }, request) => ({ users: accounts.listUsers(request) }),
  user_create: ({ accounts }, request) => accounts.createUser(request),
  user_code: ({ accounts }, request) => accounts.createCode(request),
  user_remove: ({ accounts }, request) => {
    accounts.removeUser(request);
    return done;
  },
  member_list: ({ accounts }, request) => ({ members: accounts.listMembers(request) }),
  member_set: ({ accounts }, request) => {
    accounts.setMember(request);
    return done;
  },
  member_remove: ({ accounts }, request) => {
    accounts.removeMember(request);
    return done;
  },
  admit: (_policy, request) => admit(request),
  schedule: (_policy, request) => schedule(request),
  boot_credentials: ({ accounts }) => accounts.bootCredentials(),
  token_create: ({ accounts }, { user, name }) => accounts.createToken(user, name),
  token_list: ({ accounts }, { user }) => ({ tokens: accounts.listTokens(user) }),
  token_remove: ({ accounts }, { user, id }) => {
    accounts.removeToken(user, id);
    return done;
  },
};

export function answer<N extends QuestionName>(policy: Policy, name: N, request: unknown): QuestionResponse<N> {
  const parsed = parseAtDoor(questions[name].request, request, name);
  return answers[name](policy, parsed as QuestionRequest<N>);
}
