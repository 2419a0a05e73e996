import { z } from "zod";
import { type Role, userViewSchema } from "../../kernel/abi/index.ts";
import type { Instance } from "../setup/instance.ts";
import { accepted, type Api, asJson, sessionView } from "./caller.ts";

/** People of an instance beside its first admin: each asks with a token of their own. */

export class Person implements Api {
  readonly name: string;
  readonly tokenId: string;
  readonly secret: string;
  readonly #url: string;

  constructor(url: string, own: { name: string; tokenId: string; secret: string }) {
    this.#url = url;
    this.name = own.name;
    this.tokenId = own.tokenId;
    this.secret = own.secret;
  }

  api(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${this.secret}`, ...Object.fromEntries(new Headers(init.headers)) };
    return fetch(`${this.#url}${path}`, { ...init, headers });
  }

  post(path: string, body: unknown): Promise<Response> {
    return this.api(path, { method: "POST", body: JSON.stringify(body), headers: asJson });
  }
}

const madeToken = z.strictObject({ token: z.object({ id: z.string() }), secret: z.string() });

/** Adds a user, signs in by the address that this gives, and makes a token with that session, which stays open. */
export async function addPerson(instance: Instance, name: string, admin = false): Promise<Person> {
  const made = z.strictObject({ user: userViewSchema, signInUrl: z.string() });
  const { signInUrl } = await accepted(made, instance.post("/api/v1/users", { name, admin }));
  const code = signInUrl.slice(signInUrl.indexOf("#code=") + "#code=".length);
  const { secret, token } = await accepted(
    madeToken,
    (await signedIn(instance, { code })).post("/api/v1/tokens", { name }),
  );
  return new Person(instance.url, { name, secret, tokenId: token.id });
}

/** A session as a browser has it: it lives until it signs out, or what it hangs on goes. */
export async function signedIn(
  instance: Instance,
  credential: { code: string } | { token: string },
): Promise<Api & { signOut: () => Promise<Response> }> {
  const body = JSON.stringify(credential);
  const response = await fetch(`${instance.url}/api/v1/session`, { method: "POST", body, headers: asJson });
  const cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
  const { csrf } = await accepted(sessionView.extend({ csrf: z.string() }), Promise.resolve(response));
  const api: Api["api"] = (path, init) => {
    const own = { cookie, "x-superos-csrf": csrf, ...Object.fromEntries(new Headers(init?.headers)) };
    return fetch(`${instance.url}${path}`, { ...init, headers: own });
  };
  return {
    api,
    post: (path, value) => api(path, { method: "POST", body: JSON.stringify(value), headers: asJson }),
    signOut: () => api("/api/v1/session", { method: "DELETE" }),
  };
}

export const setRole = (by: Api, at: { project: string; user: string }, role: Role): Promise<Response> =>
  by.api(`/api/v1/projects/${at.project}/members/${at.user}`, {
    method: "PUT",
    body: JSON.stringify({ role }),
    headers: asJson,
  });

export const removeMember = (by: Api, at: { project: string; user: string }): Promise<Response> =>
  by.api(`/api/v1/projects/${at.project}/members/${at.user}`, { method: "DELETE" });
