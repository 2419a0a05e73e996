import type { IncomingMessage } from "node:http";
import { Fault, handleSchema } from "../../../kernel/abi/index.ts";
import { readCookie } from "../http/cookie.ts";
import type { Site } from "../http/site.ts";
import { isCsrfOf } from "./csrf.ts";
import { notSignedIn, type Identity } from "./sessions.ts";

/**
 * Who a request claims to be, and whether it may claim it from where it comes.
 *
 * A bearer token is never sent by a browser by itself, so it needs no more. A cookie is, so whatever changes state
 * must carry the session's CSRF token and must not come from a page of another origin.
 */

const secretText = /^sos_[A-Za-z0-9_-]{43}$/;

export function tokenIdentity(secret: string): Identity {
  if (!secretText.test(secret)) throw notSignedIn();
  return { via: "token", secret };
}

export function cookieIdentity(request: IncomingMessage, site: Site): Identity | undefined {
  const handle = handleSchema.safeParse(readCookie(request.headers.cookie, site.cookieName));
  return handle.success ? { via: "cookie", handle: handle.data } : undefined;
}

/** Refuses what a page of another origin sent. Requests of programs name no origin. */
export function checkOrigin(request: IncomingMessage, site: Site): void {
  const { host, origin } = request.headers;
  const elsewhere =
    origin === undefined ? request.headers["sec-fetch-site"] === "cross-site" : !site.isOwnOrigin(host, origin);
  if (elsewhere) throw new Fault("denied", "the request comes from another site");
}

export function identify(request: IncomingMessage, site: Site): Identity {
  const { authorization } = request.headers;
  if (authorization !== undefined) return tokenIdentity(/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? "");
  const identity = cookieIdentity(request, site);
  if (identity === undefined || identity.via !== "cookie") throw notSignedIn();
  if (request.method !== "GET") {
    checkOrigin(request, site);
    const csrf = request.headers["x-superos-csrf"];
    if (!isCsrfOf(identity.handle, typeof csrf === "string" ? csrf : undefined)) {
      throw new Fault("denied", "the header x-superos-csrf is missing or wrong", {
        hint: "Send the csrf that GET /api/v1/session returns.",
      });
    }
  }
  return identity;
}
