import { z } from "zod";
import { fileVersionSchema, sessionSchema, syscalls } from "../../../kernel/abi/index.ts";

/** What the HTTP interface answers, where that is not a schema of the kernel's door by itself. */
export const sessionAnswer = z.strictObject({
  user: sessionSchema.shape.user,
  table: sessionSchema.shape.table,
  csrf: z.string(),
});
export type SessionAnswer = z.infer<typeof sessionAnswer>;

export const runtimesAnswer = syscalls.runtime_list.response;
export const projectsAnswer = syscalls.project_list.response;
export const filesAnswer = syscalls.file_list.response;
export const writtenAnswer = z.strictObject({ version: fileVersionSchema });
export const stdinAnswer = syscalls.stdin.response;
export const reapedAnswer = syscalls.reap.response;
export const auditAnswer = syscalls.audit_list.response;
export const tokensAnswer = syscalls.token_list.response;
export const createdTokenAnswer = syscalls.token_create.response;
