import { z } from "zod";
import {
  channelNameSchema,
  Fault,
  projectIdSchema,
  projectPathSchema,
  runtimeNameSchema,
  tokenIdSchema,
  userNameSchema,
} from "../../../kernel/abi/index.ts";

/** Parts that many routes share: path parameters, and query parameters, which are text and become what they say. */

export const wholeNumber = z
  .string()
  .regex(/^\d{1,16}$/, "must be a whole number")
  .transform(Number);

export const numberOr = (fallback: number) => wholeNumber.default(fallback);

export const flag = z
  .enum(["true", "false"])
  .default("false")
  .transform((text) => text === "true");

/** A path stays the text that it is: it is checked here and read by the kernel. */
const projectPath = z
  .string()
  .max(4096)
  .refine((text) => projectPathSchema.safeParse(text).success, {
    message: "a project path is relative and has no empty, '.' or '..' part",
  });

export const pidParams = z.strictObject({ pid: wholeNumber });
export const slotParams = z.strictObject({ pid: wholeNumber, slot: wholeNumber });
export const runtimeParams = z.strictObject({ name: runtimeNameSchema });
export const projectParams = z.strictObject({ id: projectIdSchema });
export const memberParams = z.strictObject({ id: projectIdSchema, user: userNameSchema });
export const userParams = z.strictObject({ user: userNameSchema });
export const tokenParams = z.strictObject({ id: tokenIdSchema });
export const channelParams = z.strictObject({ name: channelNameSchema });
export const topicParams = z.strictObject({ topic: channelNameSchema });
export const pathQuery = z.strictObject({ path: projectPath });
export const folderQuery = z.strictObject({ path: projectPath.default("") });

/** Whose channel it is: the project's, or without one the user's own; of a list without one, all that the user sees. */
export const ofProject = z.strictObject({ project: projectIdSchema.optional() });

/** Names with commas between them. */
export const nameList = z
  .string()
  .max(64 * 64)
  .transform((text) => text.split(","))
  .pipe(z.array(channelNameSchema).min(1).max(64));

export const preconditions = z.object({ "if-match": z.string().optional(), "if-none-match": z.string().optional() });

/** The file's version that a write depends on: `null` for a new file, `undefined` for any. */
export function expectedVersion(headers: z.output<typeof preconditions>): string | null | undefined {
  const match = headers["if-match"];
  const noneMatch = headers["if-none-match"];
  if (match === undefined && noneMatch === undefined) return undefined;
  if (match === undefined && noneMatch?.trim() === "*") return null;
  const version = noneMatch === undefined ? /^\s*"([0-9a-z-]{1,64})"\s*$/.exec(match ?? "")?.[1] : undefined;
  if (version !== undefined) return version;
  throw new Fault("invalid", "the precondition is not understood", {
    hint: 'Send If-Match: "VERSION" with the ETag of the content, or If-None-Match: * for a new file.',
  });
}
