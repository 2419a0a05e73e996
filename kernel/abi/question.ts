import { z } from "zod";
import { faultCodes } from "./fault.ts";
import { millisSchema, pidSchema, projectIdSchema } from "./ids.ts";
import { credentialSchema, tokenIdSchema, tokenNameSchema, tokenViewSchema } from "./syscall.ts";

/**
 * What the kernel asks policy. Policy answers yes, no, or less; whatever it answers, the kernel checks that nobody
 * gets more than the requester holds. While no policy is connected a question is the fault `unavailable`.
 */
export const questions = {
  /** Is this credential good, and whose is it? `scope` names the projects whose roots the session derives from. */
  authenticate: {
    request: z.strictObject({ credential: credentialSchema }),
    response: z.strictObject({
      user: z.string(),
      /** The token that the session hangs on; removing it ends the session. `null` for a browser sign-in. */
      token: tokenIdSchema.nullable(),
      scope: z.union([z.literal("all"), z.array(projectIdSchema)]),
      table: z.array(z.string()),
    }),
  },
  /** May this run now? Asked after the kernel has found the request within the requester's own table. */
  admit: {
    request: z.strictObject({
      session: pidSchema,
      user: z.string(),
      project: projectIdSchema.nullable(),
      runtime: z.string(),
      memoryBytes: z.number().nonnegative(),
      machine: z.strictObject({
        memoryBytes: z.number().nonnegative(),
        committedBytes: z.number().nonnegative(),
        running: z.number().int().nonnegative(),
      }),
    }),
    response: z.discriminatedUnion("admit", [
      z.strictObject({ admit: z.literal(true) }),
      z.strictObject({ admit: z.literal(false), code: z.enum(["denied", "exhausted"]), reason: z.string() }),
    ]),
  },
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
