import { z } from "zod";
import { parseAtDoor, projectRightsSchema, type Credential, type Session } from "../../../kernel/abi/index.ts";
import { clearCookie, writeCookie } from "../http/cookie.ts";
import { readJson } from "../http/read-json.ts";
import { csrfOf } from "../session/csrf.ts";
import { checkOrigin, cookieIdentity, identify } from "../session/identify.ts";
import { sendEmpty, sendJson, type Route } from "./route.ts";

/** Signing in and out. The cookie that signing in sets is the kernel's handle of the new session. */

const secret = z.string().min(1).max(256);
const signInSchema = z.union([z.strictObject({ code: secret }), z.strictObject({ token: secret })]);
const signedInSchema = z.strictObject({
  user: z.string(),
  admin: z.boolean(),
  /** What the session holds without a project. */
  table: z.array(z.string()),
  projects: z.array(projectRightsSchema),
  csrf: z.string(),
});
const doc = { path: "/session" } as const;

const credentialOf = (body: z.output<typeof signInSchema>): Credential =>
  "code" in body ? { type: "code", secret: body.code } : { type: "token", secret: body.token };

/** The handle itself never leaves but as the cookie. */
const signedIn = ({ handle, user, admin, table, projects }: Session): z.output<typeof signedInSchema> => ({
  user,
  admin,
  table,
  projects,
  csrf: csrfOf(handle),
});

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
    const session = await signInLimit.attempt(() => sessions.open(credential));
    // The browser forgets its earlier session with the cookie; what cannot be closed ends with the kernel.
    if (before?.via === "cookie")
      void client.call("session_close", {}, { session: before.handle }).catch(() => undefined);
    const secure = site.isSecure(request.headers.host);
    response.setHeader("Set-Cookie", writeCookie(site.cookieName, session.handle, { secure }));
    sendJson(response, 201, signedIn(session));
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
    const session = await sessions.run(identify(request, site), (handle) =>
      client.call("session_inspect", {}, { session: handle, signal }),
    );
    sendJson(response, 200, signedIn(session));
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
