import { existsSync, readdirSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { faultSchema, type ProcessView, type ProjectView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { Instance } from "../setup/instance.ts";
import {
  accepted,
  asJson,
  bearer,
  faultOf,
  importProject,
  inspect,
  kill,
  processes,
  projects,
  restartsOf,
  run,
  send,
  type Sent,
  spawn,
  spawnBody,
} from "../system/caller.ts";
import { addPerson, setRole } from "../system/person.ts";

/**
 * Text that would like to be a command, a path, a header or a prototype, in every field of the HTTP API that takes text.
 * Tried here: 26 hostile texts in project names and ids, paths, user names, roles, token names and ids, runtimes, tables,
 * seals, process names, engine runtimes, directories, variables' names, ports, slots, offsets, signals, queries and
 * headers; and the same texts where they are the program's own: arguments and variables' values.
 */

let instance: Instance;
let project: ProjectView;
let victim: ProcessView;

beforeAll(async () => {
  instance = await Instance.start();
  project = await importProject(instance, "p", rawArchive({ name: "a", content: "one" }));
  victim = await spawn(instance, {
    argv: ["sleep", "3600"],
    project: project.id,
    table: ["MEM:64Mi", "CPU:0.2", "FS_READ:/project", "NET_BIND:localhost:8000"],
  });
  await addPerson(instance, "viewer");
  await setRole(instance, { project: project.id, user: "viewer" }, "viewer");
});
afterAll(() => instance?.remove());
/** Whatever was tried: nobody died, and what there was is there. */
async function nothingChanged(): Promise<void> {
  expect(instance.kernel.exitCode).toBe(null);
  expect(await restartsOf(instance)).toEqual({ policy: 0, gateway: 0, egress: 0 });
  expect((await inspect(instance, victim.pid)).state.phase).toBe("running");
  expect((await projects(instance)).map(({ name }) => name)).toEqual(["p"]);
  const started = (await processes(instance)).filter(({ pid }) => pid !== victim.pid);
  for (const { pid } of started) await kill(instance, pid);
  expect(started.map(({ argv }) => argv)).toEqual([]);
}
afterEach(nothingChanged);

const marker = "/tmp/superos-door-text-was-here";
/** Text that would like to be something else. */
const hostile: readonly string[] = [
  "a\0b",
  "a\nb",
  "a\r\nX-Injected: 1",
  "--",
  "--help",
  "-rf",
  `$(touch ${marker})`,
  `\`touch ${marker}\``,
  `; touch ${marker} #`,
  `'; touch ${marker}; '`,
  `"; touch ${marker}; "`,
  "${PATH}",
  "%n%s",
  "../../etc/passwd",
  "..",
  "/etc/passwd",
  "..%2f..%2fetc%2fpasswd",
  "..\\..\\etc",
  "__proto__",
  "constructor",
  "а-с-е", // Cyrillic that looks like Latin
  "a\u202eb", // written from right to left
  "ａ", // a wide letter
  "a\u0301", // a letter and its accent
  "\ud800", // half a character
  "x".repeat(70_000),
];
const shown = (text: string): string => (text.length > 60 ? `${text.length} characters` : JSON.stringify(text));

const isName = (text: string): boolean => text === "constructor";

/** Where each text goes, and which of them is only a name there. */
const fields: readonly [
  field: string,
  request: (text: string) => [string, Sent],
  plain?: ((text: string) => boolean) | undefined,
][] = [
  ["a project's name", (text) => [`/api/v1/projects?name=${encodeText(text)}`, { method: "POST", body: "" }], isName],
  ["a project's id", (text) => [`/api/v1/projects/${encodeText(text)}/files`, {}]],
  ["a file's path", (text) => [`/api/v1/projects/${project.id}/content?path=${encodeText(text)}`, {}]],
  ["a query's name", (text) => [`/api/v1/processes?${encodeText(text)}=1`, {}]],
  ["a query's value", (text) => [`/api/v1/processes?all=${encodeText(text)}`, {}]],
  ["a pid", (text) => [`/api/v1/processes/${encodeText(text)}`, {}]],
  ["a slot", (text) => [`/api/v1/processes/${victim.pid}/caps/${encodeText(text)}`, { method: "DELETE" }]],
  ["an offset", (text) => [`/api/v1/processes/${victim.pid}/output?stdout=${encodeText(text)}`, {}]],
  ["a user's name", (text) => posted("/api/v1/users", { name: text }), isName],
  ["a user's name in the address", (text) => [`/api/v1/users/${encodeText(text)}/link`, { method: "POST" }]],
  [
    "a role",
    (text) => [`/api/v1/projects/${project.id}/members/viewer`, { ...posted("", { role: text })[1], method: "PUT" }],
  ],
  ["a token's name", (text) => posted("/api/v1/tokens", { name: text }), isName],
  ["a token's id", (text) => [`/api/v1/tokens/${encodeText(text)}`, { method: "DELETE" }]],
  ["a signal", (text) => posted(`/api/v1/processes/${victim.pid}/signal`, { signal: text })],
  ["a capability to grant", (text) => posted(`/api/v1/processes/${victim.pid}/caps`, { capability: text })],
  [
    "a capability's argument",
    (text) => posted(`/api/v1/processes/${victim.pid}/caps`, { capability: `PROC_SPAWN:${text}` }),
    isName,
  ],
  ["a port", (text) => posted(`/api/v1/processes/${victim.pid}/preview`, { port: text })],
  [
    "an engine runtime",
    (text) => [`/api/v1/projects/${project.id}`, { ...posted("", { engineRuntime: text })[1], method: "PUT" }],
  ],
  ...(
    [
      ["a runtime", (text) => ({ runtime: text })],
      ["a process's project", (text) => ({ project: text })],
      ["a table's entry", (text) => ({ table: [text] })],
      ["a mount's path", (text) => ({ project: project.id, table: [`FS_READ:/project/${text}`] })],
      ["a host", (text) => ({ table: [`NET_CONNECT:${text}:80`] }), isName],
      ["a seal", (text) => ({ sealed: [text] })],
      ["a process's name", (text) => ({ name: text, table: ["NET_BIND:localhost:1"] }), isName],
      ["a process's engine runtime", (text) => ({ engineRuntime: text })],
      ["a working directory without a root", (text) => ({ cwd: text.replace(/^\/+/, "") })],
      ["a flag", (text) => ({ stdin: text })],
      ["a field's name", (text) => ({ [`x${text}`]: 1 })],
      ["a variable's name", (text) => ({ env: { [`${text}=`]: "x" } })],
    ] satisfies [string, (text: string) => Record<string, unknown>, typeof isName?][]
  ).map(([field, body, plain]): [string, (text: string) => [string, Sent], typeof isName | undefined] => [
    field,
    (text) => posted("/api/v1/processes", { ...spawnBody({ argv: ["true"] }), ...body(text) }),
    plain,
  ]),
];

const posted = (path: string, value: unknown): [string, Sent] => [
  path,
  { method: "POST", headers: asJson, body: JSON.stringify(value) },
];

/** As a client that writes bytes would: half a character is three bytes that are no UTF-8. */
function encodeText(text: string): string {
  const bytes = text === "\ud800" ? [0xed, 0xa0, 0x80] : [...Buffer.from(text)];
  return bytes.map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
}

describe("hostile text is refused with a reason, and does nothing,", () => {
  test.each(fields)("as %s", async (field, request, plain) => {
    for (const text of hostile) {
      if (plain?.(text) === true) continue;
      const [path, sent] = request(text);
      // A head that is larger than any may be is cut off while it is sent; door-flood and bad-input look at those.
      if (path.length > 64 << 10) continue;
      const reply = await send(instance, path, { ...sent, headers: { ...bearer(instance.token), ...sent.headers } });
      const what = `${field}: ${shown(text)}: ${reply.status} ${reply.body.toString().slice(0, 200)}`;
      expect(reply.status, what).toBeGreaterThanOrEqual(400);
      expect([500, 502, 503, 504], what).not.toContain(reply.status);
      expect(reply.headers["x-injected"], what).toBeUndefined();
      const { fault } = z.strictObject({ fault: faultSchema }).parse(JSON.parse(reply.body.toString()));
      expect(["invalid", "not_found", "denied", "unsupported", "conflict"], what).toContain(fault.code);
      expect(fault.message.length, what).toBeLessThan(3000);
    }
    expect(existsSync(marker)).toBe(false);
  });

  test("as a header's value", async () => {
    for (const text of hostile.filter((each) => /^[\x20-\x7e]{1,100}$/.test(each)))
      for (const name of [
        "accept",
        "content-type",
        "x-superos-csrf",
        "if-match",
        "range",
        "x-forwarded-host",
        "te",
        "expect",
      ]) {
        const reply = await send(instance, `/api/v1/projects/${project.id}/content?path=a`, {
          headers: { ...bearer(instance.token), [name]: text },
        });
        expect([200, 400, 417], `${name}: ${text}`).toContain(reply.status);
        expect(reply.headers["x-injected"]).toBeUndefined();
      }
  });

  test("and nothing was made by any of it", async () => {
    const users = z.object({ users: z.array(z.object({ name: z.string() })) });
    expect((await accepted(users, instance.api("/api/v1/users"))).users.map(({ name }) => name).toSorted()).toEqual([
      "owner",
      "viewer",
    ]);
    const tokens = z.object({ tokens: z.array(z.object({ name: z.string() })) });
    const names = (await accepted(tokens, instance.api("/api/v1/tokens"))).tokens.map(({ name }) => name);
    expect(names.filter((name) => hostile.includes(name))).toEqual([]);
    expect(existsSync(marker)).toBe(false);
    expect(readdirSync(`${instance.home}/projects`)).toEqual([project.id]);
  });
});

test("the same text as arguments and variables is the program's, byte for byte, and nothing more", async () => {
  const own = hostile.filter((text) => !text.includes("\0") && text !== "\ud800");
  const script =
    "import json, os, sys; print(json.dumps([sys.argv[1:], [os.environ.get(f'V{n}') for n in range(len(sys.argv) - 1)]]))";
  const { stdout, stderr } = await run(instance, {
    argv: ["python3", "-c", script, ...own],
    env: Object.fromEntries(own.map((text, index) => [`V${index}`, text])),
    table: ["MEM:64Mi"],
  });
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual([own, own]);
  expect(existsSync(marker)).toBe(false);
});

test.each([
  ["an argument with a NUL", { argv: ["echo", "a\0b"] }],
  ["a variable with a NUL", { env: { A: "a\0b" } }],
  ["a variable that would be a prototype", JSON.parse('{"env": {"__proto__": "x"}}') as Record<string, unknown>],
  ["a directory with a NUL", { cwd: "/tmp\0/x" }],
  ["an argument of half a character", { argv: ["echo", "\ud800"] }],
  ["a variable of half a character", { env: { A: "\udc00" } }],
  ["an argument that no system takes", { argv: ["echo", "ä".repeat(100_000)] }],
  ["a program without a name", { argv: [""] }],
])("%s is refused, and not passed on as something else", async (_what, fields_) => {
  const answer = await instance.post("/api/v1/processes", { ...spawnBody({ argv: ["true"] }), ...fields_ });
  expect(await faultOf(answer)).toMatchObject({ status: 400, code: "invalid" });
});
