import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Fault, questions, type QuestionName } from "../kernel/abi/index.ts";
import { refusalOf, SampleAccounts, sampleProjects } from "./accounts/sample-accounts.ts";
import { answer } from "./answer.ts";

let sample: SampleAccounts;

beforeEach(() => {
  sample = new SampleAccounts();
});

afterEach(() => sample.dispose());

const ask = (name: QuestionName, request: unknown): unknown => answer({ accounts: sample.accounts }, name, request);

const hostileNames = [
  "",
  "'; DROP TABLE user; --",
  "ann' OR '1'='1",
  'ann"',
  "ann;",
  "ann--; x",
  "ann\0",
  "ann\n",
  " ann",
  "Ann",
  "аnn",
  "%",
  "a*",
  "../ann",
  "-ann",
  "1ann",
  "a".repeat(33),
];

describe("policy's answers", () => {
  test("fit the schema of each question's answer", () => {
    const { first } = sampleProjects;
    const { token } = sample.accounts.createToken("owner", "ci");
    const { code } = sample.accounts.bootCredentials();
    const machine = {
      memoryBytes: 1024,
      committedBytes: 0,
      pooledBytes: 0,
      availableBytes: 1024,
      running: 0,
      waiting: 0,
    };
    const spawn = {
      session: 1,
      user: "owner",
      project: first,
      runtime: "shell",
      image: null,
      class: "foreground",
      memoryBytes: 1,
    };
    const memory = { totalBytes: 1024, committedBytes: 0, availableBytes: 1024 };
    const asked: [QuestionName, unknown][] = [
      ["boot_credentials", {}],
      ["authenticate", { credential: { type: "code", secret: code } }],
      ["project_created", { user: "owner", project: first }],
      ["rights", { user: "owner", projects: [first] }],
      ["authorize", { user: "owner", action: "audit_read", project: null }],
      ["authorize", { user: "eve", action: "project_import", project: null }],
      ["user_create", { by: "owner", name: "ann", admin: false }],
      ["user_list", { by: "ann" }],
      ["user_code", { by: "owner", name: "ann" }],
      ["member_set", { by: "owner", project: first, user: "ann", role: "viewer" }],
      ["member_list", { by: "ann", project: first }],
      ["member_remove", { by: "owner", project: first, user: "ann" }],
      ["user_remove", { by: "owner", name: "ann" }],
      ["project_removed", { project: first }],
      ["admit", { ...spawn, machine }],
      ["schedule", { at: 1000, sinceMs: 0, cores: 2, idleMs: 0, memory, processes: [], pool: [] }],
      ["token_create", { user: "owner", name: "other" }],
      ["token_list", { user: "owner" }],
      ["token_remove", { user: "owner", id: token.id }],
    ];
    for (const [name, request] of asked) {
      const result = questions[name].response.safeParse(ask(name, request));
      expect(result.error, name).toBeUndefined();
    }
    expect(new Set(asked.map(([name]) => name)).size).toBe(Object.keys(questions).length);
  });

  test.each(hostileNames)("the name %j is refused at the door, wherever a person is named", (name) => {
    const project = sampleProjects.first;
    const requests: [QuestionName, unknown][] = [
      ["user_create", { by: "owner", name, admin: true }],
      ["user_code", { by: "owner", name }],
      ["user_remove", { by: "owner", name }],
      ["member_set", { by: "owner", project, user: name, role: "owner" }],
      ["member_remove", { by: "owner", project, user: name }],
    ];
    for (const [question, request] of requests) {
      const refusal = refusalOf(() => ask(question, request));
      expect(refusal).toBeInstanceOf(Fault);
      expect(refusal).toMatchObject({ code: "invalid" });
    }
    expect(ask("user_list", { by: "owner" })).toMatchObject({ users: [{ name: "owner" }] });
  });

  test.each(hostileNames)("somebody who says to be %j is nobody", (by) => {
    expect(refusalOf(() => ask("user_create", { by, name: "eve", admin: true }))).toMatchObject({ code: "denied" });
    expect(ask("rights", { user: by, projects: [sampleProjects.first] })).toEqual({ scratch: [], projects: [] });
    expect(ask("authorize", { user: by, action: "project_import", project: null })).toMatchObject({ allow: false });
  });

  test("a request with a field too many or too few is refused", () => {
    expect(refusalOf(() => ask("user_list", {}))).toMatchObject({ code: "invalid" });
    expect(refusalOf(() => ask("user_list", { by: "owner", admin: true }))).toMatchObject({ code: "invalid" });
    expect(refusalOf(() => ask("user_create", { by: "owner", name: "ann" }))).toMatchObject({ code: "invalid" });
  });
});
