import type { IncomingMessage } from "node:http";
import { z } from "zod";
import type { Site } from "../http/site.ts";
import { cookieIdentity, tokenIdentity } from "../session/identify.ts";
import { notSignedIn, type Identity } from "../session/sessions.ts";

/**
 * Who opens a live connection, and whether they may from where they are.
 *
 * Browsers name the origin of every WebSocket, and of same-origin polling say that it is one. A cookie counts only
 * from our own pages; a token is never sent by a browser by itself.
 */

export function isAllowedHandshake(request: IncomingMessage, site: Site): boolean {
  const { host, origin } = request.headers;
  return site.isOwnHost(host) && (origin === undefined || site.isOwnOrigin(host, origin));
}

const tokenAuthSchema = z.object({ token: z.string().max(256) });

export function connectionIdentity(auth: unknown, request: IncomingMessage, site: Site): Identity {
  const token = tokenAuthSchema.safeParse(auth);
  if (token.success) return tokenIdentity(token.data.token);
  const { host, origin } = request.headers;
  const fromOwnPage =
    origin === undefined ? request.headers["sec-fetch-site"] === "same-origin" : site.isOwnOrigin(host, origin);
  const identity = fromOwnPage ? cookieIdentity(request, site) : undefined;
  if (identity === undefined) throw notSignedIn();
  return identity;
}
