import { flushCompileCache } from "node:module";
import { z } from "zod";

/**
 * Gives up root for good: supplementary groups, group, user, in this order.
 *
 * It either ends as exactly the named user without a way back, or throws; a service that catches this and goes on
 * would serve people with root's rights. Modules must be loaded before: their files may be root's alone.
 */

const id = z
  .string()
  .regex(/^[1-9]\d{0,9}$/, "must be a positive number")
  .transform(Number);

/** The part of a service's environment that says as whom to run; both or neither. */
export const privilegesSchema = z
  .object({ SUPEROS_UID: id.optional(), SUPEROS_GID: id.optional() })
  .refine((env) => (env.SUPEROS_UID === undefined) === (env.SUPEROS_GID === undefined), {
    message: "SUPEROS_UID and SUPEROS_GID are set together",
  });

export function dropPrivileges(env: z.output<typeof privilegesSchema>): void {
  const { SUPEROS_UID: uid, SUPEROS_GID: gid } = env;
  if (uid === undefined || gid === undefined) return;
  // What was compiled is for the next start, and that user may not write it.
  flushCompileCache();
  const { setgroups, setgid, setuid, getuid, geteuid, getgid, getegid } = process;
  if (!setgroups || !setgid || !setuid || !getuid || !geteuid || !getgid || !getegid) {
    throw new Error("this system cannot change the user of a process");
  }
  setgroups([]);
  setgid(gid);
  setuid(uid);
  if (getuid() !== uid || geteuid() !== uid || getgid() !== gid || getegid() !== gid) {
    throw new Error("the privileges were not dropped");
  }
  if (canBecomeRoot(setuid)) throw new Error("the privileges could be taken back");
}

function canBecomeRoot(setuid: (id: number) => void): boolean {
  try {
    setuid(0);
    return true;
  } catch {
    return false;
  }
}
