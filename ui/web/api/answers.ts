import { z } from "zod";
import {
  fileVersionSchema,
  portSchema,
  runtimeNameSchema,
  sessionSchema,
  syscalls,
  userViewSchema,
} from "../../../kernel/abi/index.ts";

/** What the HTTP interface answers, where that is not a schema of the kernel's door by itself. */
export const sessionAnswer = z.strictObject({
  user: sessionSchema.shape.user,
  admin: sessionSchema.shape.admin,
  table: sessionSchema.shape.table,
  projects: sessionSchema.shape.projects,
  csrf: z.string(),
});
export type SessionAnswer = z.infer<typeof sessionAnswer>;

/** An address that a page may open or show: never a script. */
const webAddress = z.url({ protocol: /^https?$/ });

export const runtimesAnswer = syscalls.runtime_list.response;
export const projectsAnswer = syscalls.project_list.response;
export const filesAnswer = syscalls.file_list.response;
export const writtenAnswer = z.strictObject({ version: fileVersionSchema });
const stepAnswer = z.strictObject({ argv: z.array(z.string()), cwd: z.string(), table: z.array(z.string()) });
/** What has to be built before a file is run, if anything, and what is then started. */
export const planAnswer = z.strictObject({
  runtime: runtimeNameSchema,
  file: z.string(),
  build: stepAnswer.nullable(),
  run: stepAnswer,
});
export const waitAnswer = syscalls.wait.response;
export const stdinAnswer = syscalls.stdin.response;
export const reapedAnswer = syscalls.reap.response;
export const capsAnswer = syscalls.caps.response;
export const grantedAnswer = syscalls.grant.response;
export const revokedAnswer = syscalls.revoke.response;
export type Revoked = z.infer<typeof revokedAnswer>;
/** The address carries a ticket that works once. */
export const previewAnswer = z.strictObject({ url: webAddress, port: portSchema });
export const threadsAnswer = syscalls.threads.response;
export const queuesAnswer = syscalls.queue_list.response;
export const queueAnswer = syscalls.queue_create.response;
export const deadLettersAnswer = syscalls.queue_dead.response;
export const segmentsAnswer = syscalls.segment_list.response;
export const segmentAnswer = syscalls.segment_create.response;
export const auditAnswer = syscalls.audit_list.response;
export const auditVerdictAnswer = syscalls.audit_verify.response;
export const membersAnswer = syscalls.member_list.response;
export const usersAnswer = syscalls.user_list.response;
export const createdUserAnswer = z.strictObject({ user: userViewSchema, signInUrl: webAddress });
export const signInLinkAnswer = z.strictObject({ signInUrl: webAddress });
export const tokensAnswer = syscalls.token_list.response;
export const createdTokenAnswer = syscalls.token_create.response;
