import { z } from "zod";
import { parseAtDoor, type Credential } from "../../../kernel/abi/index.ts";
import { clearCookie, writeCookie } from "../http/cookie.ts";
import { readJson } from "../http/read-json.ts";
import { csrfOf } from "../session/csrf.ts";
import { checkOrigin, cookieIdentity, identify } from "../session/identify.ts";
import { sendEmpty, sendJson, type Route } from "./route.ts";

/** Signing in and out. The cookie that signing in sets is the kernel's handle of the new session. */

const secret = z.string().min(1).max(256);
const signInSchema = z.union([z.strictObject({ code: secret }), z.strictObject({ token: secret })]);
const signedInSchema = z.strictObject({ user: z.string(), table: z.array(z.string()), csrf: z.string() });
const doc = { path: "/session" } as const;

const credentialOf = (body: z.output<typeof signInSchema>): Credential =>
  "code" in body ? { type: "code", secret: body.code } : { type: "token", secret: body.token };

const signIn: Route = {
  ...doc,
  method: "post",
  operationId: "signIn",
  summary: "Signs in with a one-time code or an API token, and sets the session's cookie.",
  open: true,
  body: { json: signInSchema },
  status: 201,
  reply: { json: signedInSchema },
  serve: async ({ client, sessions, signInLimit, site }, { request, response }) => {
    checkOrigin(request, site);
    const credential = credentialOf(parseAtDoor(signInSchema, await readJson(request), "body"));
    const before = cookieIdentity(request, site);
    const { handle, user, table } = await signInLimit.attempt(() => sessions.open(credential));
    // The browser forgets its earlier session with the cookie; what cannot be closed ends with the kernel.
    if (before?.via === "cookie")
      void client.call("session_close", {}, { session: before.handle }).catch(() => undefined);
    const secure = site.isSecure(request.headers.host);
    response.setHeader("Set-Cookie", writeCookie(site.cookieName, handle, { secure }));
    sendJson(response, 201, { user, table, csrf: csrfOf(handle) });
  },
};

const inspectSession: Route = {
  ...doc,
  method: "get",
  operationId: "getSession",
  summary: "Who is signed in, and the CSRF token that requests with the cookie carry.",
  status: 200,
  reply: { json: signedInSchema },
  serve: async ({ client, sessions, site }, { request, response, signal }) => {
    const { handle, user, table } = await sessions.run(identify(request, site), (session) =>
      client.call("session_inspect", {}, { session, signal }),
    );
    sendJson(response, 200, { user, table, csrf: csrfOf(handle) });
  },
};

const signOut: Route = {
  ...doc,
  method: "delete",
  operationId: "signOut",
  summary: "Ends the session; what it started lives on.",
  status: 204,
  serve: async ({ sessions, site }, { request, response }) => {
    await sessions.close(identify(request, site));
    response.setHeader("Set-Cookie", clearCookie(site.cookieName));
    sendEmpty(response);
  },
};

export const sessionRoutes: readonly Route[] = [signIn, inspectSession, signOut];
