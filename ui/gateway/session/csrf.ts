import { createHash, timingSafeEqual } from "node:crypto";

/**
 * The token that proves a request came from our own page: derived from the session's handle, which only the cookie
 * holds, so that the gateway keeps no state for it. Knowing it does not tell the handle.
 */
export const csrfOf = (handle: string): string =>
  createHash("sha256").update(`superos-csrf:${handle}`).digest("base64url");

export function isCsrfOf(handle: string, claimed: string | undefined): boolean {
  const expected = Buffer.from(csrfOf(handle));
  const given = Buffer.from(claimed ?? "");
  return given.length === expected.length && timingSafeEqual(given, expected);
}
