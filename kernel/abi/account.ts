import { z } from "zod";
import { millisSchema, projectIdSchema } from "./ids.ts";

/** People, their roles and their credentials, as policy keeps them and every door shows them. */

/** What a person may do in a project, most first. */
export const roles = ["owner", "editor", "runner", "viewer"] as const;
export const roleSchema = z.enum(roles);
export type Role = z.infer<typeof roleSchema>;

export const userNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9._-]{0,31}$/, "a user's name is 1 to 32 of a-z, 0-9, dot, dash and underscore, letter first");

export const userViewSchema = z.strictObject({
  name: userNameSchema,
  /** May manage users, and is owner of every project. */
  admin: z.boolean(),
  createdAt: millisSchema,
});
export type UserView = z.infer<typeof userViewSchema>;

export const memberViewSchema = z.strictObject({ user: userNameSchema, role: roleSchema });
export type MemberView = z.infer<typeof memberViewSchema>;

/** A project that a session sees, with its user's role there and the capabilities that policy named for it. */
export const projectRightsSchema = z.strictObject({
  project: projectIdSchema,
  role: roleSchema,
  table: z.array(z.string()),
});
export type ProjectRights = z.infer<typeof projectRightsSchema>;
