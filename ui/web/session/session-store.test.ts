import { expect, test } from "vitest";
import { ApiClient } from "../api/api-client.ts";
import { SessionStore } from "./session-store.ts";
import type { Memory } from "./session-store.ts";

type Answer = { status: number; body: unknown };
const session: Answer = {
  status: 200,
  body: { user: "owner", admin: true, table: ["PROC_SPAWN"], projects: [], csrf: "c" },
};
const refused: Answer = { status: 403, body: { fault: { code: "denied", message: "no", hint: "" } } };
const unknown: Answer = { status: 401, body: { fault: { code: "denied", message: "sign in", hint: "" } } };

/** A store whose server answers from a list, and whose browser may remember a sign-in. */
function store(answers: Answer[], remembers = false) {
  const asked: string[] = [];
  let remembered = remembers ? "yes" : null;
  const memory: Memory = {
    getItem: () => remembered,
    setItem: (_name, value) => (remembered = value),
    removeItem: () => (remembered = null),
  };
  const api = new ApiClient((url, init) => {
    asked.push(`${init?.method ?? "GET"} ${typeof url === "string" ? url : "elsewhere"}`);
    const { status, body } = answers.shift() ?? unknown;
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
  return { asked, sessions: new SessionStore(api, memory), api, remembered: () => remembered };
}

test("a newcomer's browser asks the server nothing before there is something to sign in with", async () => {
  const { sessions, asked } = store([]);
  await sessions.resume();
  expect(sessions.state()).toEqual({ phase: "signed_out", why: "new" });
  expect(asked).toEqual([]);
});

test("a browser that signed in before resumes its session", async () => {
  const { sessions } = store([session], true);
  await sessions.resume();
  expect(sessions.state()).toMatchObject({ phase: "signed_in", user: "owner" });
});

test("a session that has ended is told as such, and is forgotten", async () => {
  const { sessions, remembered } = store([unknown], true);
  await sessions.resume();
  expect(sessions.state()).toMatchObject({ phase: "signed_out", why: "ended" });
  expect(remembered()).toBeNull();
});

test("a refused code says so, unless somebody is signed in already", async () => {
  const fresh = store([refused]);
  await fresh.sessions.signIn({ code: "used" });
  expect(fresh.sessions.state()).toMatchObject({ phase: "signed_out", why: "code_refused" });
  const known = store([refused, session], true);
  await known.sessions.signIn({ code: "used" });
  expect(known.sessions.state()).toMatchObject({ phase: "signed_in" });
});

test("a refusal for want of a session signs out, whoever asked", async () => {
  const { sessions, api } = store([session, unknown]);
  await sessions.signIn({ token: "t" });
  await expect(api.empty("/tokens", {})).rejects.toMatchObject({ code: "denied" });
  expect(sessions.state()).toEqual({ phase: "signed_out", why: "ended" });
});
