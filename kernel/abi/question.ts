import { z } from "zod";
import { memberViewSchema, projectRightsSchema, roleSchema, userNameSchema, userViewSchema } from "./account.ts";
import { faultCodes } from "./fault.ts";
import { millisSchema, pidSchema, projectIdSchema } from "./ids.ts";
import { processClassSchema, scheduleRequestSchema, scheduleResponseSchema } from "./schedule.ts";
import { credentialSchema, tokenIdSchema, tokenNameSchema, tokenViewSchema } from "./system.ts";

/**
 * What the kernel asks policy. Policy answers yes, no, or less; whatever it answers, the kernel checks that nobody
 * gets more than the requester holds. While no policy is connected a question is the fault `unavailable`.
 */
export const questions = {
  /** Is this credential good, and whose is it? */
  authenticate: {
    request: z.strictObject({ credential: credentialSchema }),
    response: z.strictObject({
      user: z.string(),
      /** The token that the session hangs on; removing it ends the session. `null` for a browser sign-in. */
      token: tokenIdSchema.nullable(),
      admin: z.boolean(),
    }),
  },
  /** What may this user hold in these projects, and (`scratch`) in no project? A project without an entry stays unseen. */
  rights: {
    request: z.strictObject({ user: z.string(), projects: z.array(projectIdSchema) }),
    response: z.strictObject({ scratch: z.array(z.string()), projects: z.array(projectRightsSchema) }),
  },
  /** May this user do what no capability stands for? */
  authorize: {
    request: z.strictObject({
      user: z.string(),
      action: z.enum(["project_import", "project_remove", "project_change", "audit_read"]),
      project: projectIdSchema.nullable(),
    }),
    response: z.discriminatedUnion("allow", [
      z.strictObject({ allow: z.literal(true) }),
      z.strictObject({ allow: z.literal(false), reason: z.string() }),
    ]),
  },
  /** A project was made by this user, or is gone. */
  project_created: {
    request: z.strictObject({ user: z.string(), project: projectIdSchema }),
    response: z.strictObject({}),
  },
  project_removed: {
    request: z.strictObject({ project: projectIdSchema }),
    response: z.strictObject({}),
  },
  /** The accounts, asked in the name of `by`: policy refuses with `denied` who may not. */
  user_list: {
    request: z.strictObject({ by: z.string() }),
    response: z.strictObject({ users: z.array(userViewSchema) }),
  },
  user_create: {
    request: z.strictObject({ by: z.string(), name: userNameSchema, admin: z.boolean() }),
    response: z.strictObject({ user: userViewSchema, code: z.string() }),
  },
  /** A new one-time sign-in code. */
  user_code: {
    request: z.strictObject({ by: z.string(), name: userNameSchema }),
    response: z.strictObject({ code: z.string() }),
  },
  user_remove: {
    request: z.strictObject({ by: z.string(), name: userNameSchema }),
    response: z.strictObject({}),
  },
  member_list: {
    request: z.strictObject({ by: z.string(), project: projectIdSchema }),
    response: z.strictObject({ members: z.array(memberViewSchema) }),
  },
  member_set: {
    request: z.strictObject({ by: z.string(), project: projectIdSchema, user: userNameSchema, role: roleSchema }),
    response: z.strictObject({}),
  },
  member_remove: {
    request: z.strictObject({ by: z.string(), project: projectIdSchema, user: userNameSchema }),
    response: z.strictObject({}),
  },
  /**
   * May this run, and now? Asked after the kernel has found the request within the requester's own table. With
   * `start: false` it waits until a schedule starts it; `reason` says for what.
   */
  admit: {
    request: z.strictObject({
      session: pidSchema,
      user: z.string(),
      project: projectIdSchema.nullable(),
      runtime: z.string().nullable(),
      /** Another image, in the place of a runtime. */
      image: z.string().nullable(),
      class: processClassSchema,
      memoryBytes: z.number().nonnegative(),
      machine: z.strictObject({
        memoryBytes: z.number().nonnegative(),
        committedBytes: z.number().nonnegative(),
        /** Of that, what embryos hold that nobody uses yet. */
        pooledBytes: z.number().nonnegative(),
        /** What Linux has left (MemAvailable). */
        availableBytes: z.number().nonnegative(),
        running: z.number().int().nonnegative(),
        waiting: z.number().int().nonnegative(),
      }),
    }),
    response: z.discriminatedUnion("admit", [
      z.discriminatedUnion("start", [
        z.strictObject({ admit: z.literal(true), start: z.literal(true) }),
        z.strictObject({ admit: z.literal(true), start: z.literal(false), reason: z.string() }),
      ]),
      z.strictObject({ admit: z.literal(false), code: z.enum(["denied", "exhausted"]), reason: z.string() }),
    ]),
  },
  /** What is to run now? Pure: the answer follows from the snapshot alone. */
  schedule: { request: scheduleRequestSchema, response: scheduleResponseSchema },
  /** A one-time sign-in code for the person who started the server, and a token for the CLI beside it. */
  boot_credentials: {
    request: z.strictObject({}),
    response: z.strictObject({ code: z.string(), token: z.string() }),
  },
  token_create: {
    request: z.strictObject({ user: z.string(), name: tokenNameSchema }),
    response: z.strictObject({ token: tokenViewSchema, secret: z.string() }),
  },
  token_list: {
    request: z.strictObject({ user: z.string() }),
    response: z.strictObject({ tokens: z.array(tokenViewSchema) }),
  },
  token_remove: {
    request: z.strictObject({ user: z.string(), id: tokenIdSchema }),
    response: z.strictObject({}),
  },
} as const satisfies Record<string, { request: z.ZodType; response: z.ZodType }>;

export type QuestionName = keyof typeof questions;
export type QuestionRequest<N extends QuestionName> = z.output<(typeof questions)[N]["request"]>;
export type QuestionResponse<N extends QuestionName> = z.output<(typeof questions)[N]["response"]>;

/** A question on the wire, one a line. */
export const questionLineSchema = z.strictObject({
  id: z.number().int().positive(),
  name: z.enum(Object.keys(questions) as [QuestionName, ...QuestionName[]]),
  at: millisSchema,
  request: z.unknown(),
});

export const answerFaultSchema = z.strictObject({
  code: z.enum(faultCodes),
  message: z.string(),
  hint: z.string().optional(),
});
