import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  auditVerdictSchema,
  memberViewSchema,
  pidSchema,
  processViewSchema,
  projectViewSchema,
  slotViewSchema,
  userViewSchema,
} from "../../kernel/abi/index.ts";
import { checkout, type CliOptions, type Finished, finish, Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { python } from "./program.ts";

/** What the superos command shows and changes of who may do what, against a whole instance. */

let instance: Instance;
let scratch: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "superos-capabilities-cli-"));
  mkdirSync(join(scratch, "site"));
  writeFileSync(join(scratch, "site", "index.html"), "<h1>served from a box</h1>\n");
  instance = await Instance.start();
  const imported = await instance.cli(["project", "import", join(scratch, "site")]);
  if (imported.code !== 0) throw new Error(imported.stderr);
});

afterAll(async () => {
  await instance?.remove();
  rmSync(scratch, { recursive: true, force: true });
});

const text = (ended: Finished): string => ended.stdout.toString("utf8");
const superos = (args: readonly string[], options?: CliOptions): Promise<Finished> => instance.cli(args, options);

/** The stdout of a command that must succeed. */
async function printed(...args: string[]): Promise<string> {
  const ended = await superos(args);
  expect(ended.code, `superos ${args.join(" ")}: ${ended.stderr}`).toBe(0);
  return text(ended);
}

async function json<S extends z.ZodType>(schema: S, ...args: string[]): Promise<z.output<S>> {
  return schema.parse(JSON.parse(await printed(...args, "--json")));
}

/** Starts a program of the project detached and returns its pid. */
const detached = async (...args: string[]): Promise<string> =>
  (await printed("run", "-d", "--project", "site", ...args)).trim();

const lossSchema = z.strictObject({ slots: z.array(slotViewSchema), ends: z.array(pidSchema) });
const capsOf = (pid: string) => json(z.array(slotViewSchema), "caps", pid);
const inspected = (pid: string) => json(processViewSchema, "inspect", pid);

/** The slot by which a process holds a capability. */
async function slotOf(pid: string, capability: string): Promise<string> {
  const found = (await capsOf(pid)).find((slot) => slot.capability === capability);
  if (found === undefined) throw new Error(`process ${pid} does not hold ${capability}`);
  return String(found.slot);
}

async function killed(...pids: string[]): Promise<void> {
  for (const pid of pids) await superos(["kill", pid]);
  for (const pid of pids) await superos(["wait", pid]);
}

/** Starts a process that spawns one of its own with some of its rights; returns the two pids. */
async function parentAndChild(): Promise<[string, string]> {
  const caps = ["FS_READ:/project", "PROC_SPAWN", "MEM:256Mi", "PIDS:64"].flatMap((cap) => ["--cap", cap]);
  const spawn = "sos spawn --cap FS_READ:/project --cap MEM:64Mi --cap PIDS:16 -- sleep 600; sleep 600";
  const parent = await detached(...caps, "--", "sh", "-c", spawn);
  const child = await waitFor("the process spawns a child", async () => {
    const line = (await printed("logs", parent)).trim();
    return /^\d+$/.test(line) ? line : undefined;
  });
  return [parent, child];
}

describe("superos caps", () => {
  it("lists what a process holds, where it came from, and what is left of its quotas", async () => {
    const pid = await detached(
      "--cap",
      "FS_READ:/project",
      "--cap",
      "MEM:64Mi",
      "--seal",
      "PROC_SIGNAL",
      "--",
      "sleep",
      "600",
    );
    const slots = await capsOf(pid);
    const byText = new Map(slots.map((slot) => [slot.capability, slot]));
    expect(byText.get("FS_READ:/project")).toMatchObject({ delegable: true, left: null, derived: 0 });
    expect(byText.get("MEM:64Mi")).toMatchObject({ delegable: true, left: "MEM:64Mi" });
    expect(byText.get("PROC_SIGNAL")).toMatchObject({ delegable: false });
    const shown = await printed("caps", pid);
    const from = byText.get("PROC_SIGNAL")?.from;
    expect(shown).toMatch(/^ *SLOT +CAPABILITY +FROM +DELEGABLE +LEFT +DERIVED\n/);
    expect(shown).toMatch(new RegExp(`^ *\\d+ +PROC_SIGNAL +${from?.holder}/${from?.slot} +no +- +0$`, "m"));
    await killed(pid);
  });

  it("shows where authority begins: a session derives from its project's root, whose slots derive from nothing", async () => {
    const pid = await detached("--", "sleep", "600");
    const session = (await capsOf(pid))[0]?.from?.holder;
    expect((await inspected(String(session))).kind).toBe("session");
    const root = (await capsOf(String(session))).find(({ capability }) => capability === "FS_READ:/project")?.from
      ?.holder;
    expect((await inspected(String(root))).kind).toBe("root");
    expect(await printed("caps", String(root))).toMatch(/^ *\d+ +FS_READ:\/project +root +yes /m);
    await killed(pid);
  });

  it("of a process that there is not is refused", async () => {
    const ended = await superos(["caps", "999999"]);
    expect([ended.code, ended.stderr]).toEqual([125, expect.stringMatching(/^superos: not_found: /)]);
  });
});

describe("superos grant", () => {
  it("hands a capability to a running process, sealed or not, and prints the slot", async () => {
    const pid = await detached("--", "sleep", "600");
    const plain = (await printed("grant", pid, "PROC_SIGNAL")).trim();
    const sealed = await json(slotViewSchema, "grant", pid, "PROC_SPAWN", "--seal");
    expect(await slotOf(pid, "PROC_SIGNAL")).toBe(plain);
    expect(sealed).toMatchObject({ capability: "PROC_SPAWN", delegable: false });
    await killed(pid);
  });

  it("refuses what one does not hold, naming it, and what a running container cannot be given", async () => {
    const pid = await detached("--", "sleep", "600");
    const denied = await superos(["grant", pid, "IMAGE:debian"]);
    expect([denied.code, text(denied)]).toEqual([125, ""]);
    expect(denied.stderr).toMatch(/^superos: denied: [^]*IMAGE:debian[^]*\nhint: ./);
    for (const capability of ["FS_WRITE:/project", "MEM:1Gi"]) {
      const unsupported = await superos(["grant", pid, capability]);
      expect([unsupported.code, unsupported.stderr]).toEqual([125, expect.stringMatching(/^superos: unsupported: /)]);
    }
    await killed(pid);
  });
});

describe("superos revoke", () => {
  it("says what goes and which processes end, across processes, and then it is so", async () => {
    const [parent, child] = await parentAndChild();
    const slot = await slotOf(parent, "FS_READ:/project");
    const before = await capsOf(child);

    const plan = await json(lossSchema, "revoke", parent, slot, "--dry-run");
    expect(plan.slots.map(({ holder }) => String(holder)).toSorted()).toEqual([parent, child].toSorted());
    expect(plan.ends.map(String).toSorted()).toEqual([parent, child].toSorted());
    const told = await printed("revoke", parent, slot, "--dry-run");
    expect(told).toMatch(/^Takes 2 slots:\n/);
    expect(told).toContain("Ends 2 processes");
    expect(told).toMatch(new RegExp(`^  ${child}  sleep 600$`, "m"));
    expect(await capsOf(child)).toEqual(before);

    const done = await printed("revoke", parent, slot);
    expect(done).toBe(`${told}Revoked 2 slots, ended 2 processes.\n`);
    for (const pid of [parent, child]) {
      const ended = await superos(["wait", pid]);
      expect([ended.code, text(ended)]).toEqual([137, "lost FS_READ:/project\n"]);
    }
  });

  it("of a right that ends nobody leaves the process running without it", async () => {
    const pid = await detached("--cap", "FS_READ:/project", "--cap", "PROC_SPAWN", "--", "sleep", "600");
    const taken = await json(lossSchema, "revoke", pid, await slotOf(pid, "PROC_SPAWN"));
    expect(taken).toMatchObject({ slots: [{ capability: "PROC_SPAWN" }], ends: [] });
    expect((await inspected(pid)).state.phase).toBe("running");
    expect((await capsOf(pid)).map(({ capability }) => capability)).not.toContain("PROC_SPAWN");
    await killed(pid);
  });

  it("and grant are seen in inspect and tree, which show what a process holds now", async () => {
    const pid = await detached("--cap", "FS_READ:/project", "--cap", "PROC_SPAWN", "--", "sleep", "600");
    await printed("grant", pid, "PROC_SIGNAL");
    await printed("revoke", pid, await slotOf(pid, "PROC_SPAWN"));
    const { table } = await inspected(pid);
    expect([table.includes("PROC_SIGNAL"), table.includes("PROC_SPAWN")]).toEqual([true, false]);
    await killed(pid);
  });

  it("asks at a terminal: no takes nothing and exits 1, yes takes it", async () => {
    const pid = await detached("--cap", "FS_READ:/project", "--cap", "PROC_SPAWN", "--", "sleep", "600");
    const slot = await slotOf(pid, "PROC_SPAWN");
    const command = `'${process.execPath}' '${join(checkout, "ui", "cli", "superos.mjs")}' revoke ${pid} ${slot}`;
    const env = { SUPEROS_HOME: instance.home };
    const atTerminal = (input: string) => finish("script", ["-qec", command, "/dev/null"], { input, env });
    const no = await atTerminal("n\n");
    expect([no.code, text(no)]).toEqual([1, expect.stringContaining("Nothing was revoked.")]);
    expect(await slotOf(pid, "PROC_SPAWN")).toBe(slot);
    const yes = await atTerminal("y\n");
    expect([yes.code, text(yes)]).toEqual([0, expect.stringContaining("Revoked 1 slot, ended 0 processes.")]);
    expect((await capsOf(pid)).map(({ capability }) => capability)).not.toContain("PROC_SPAWN");
    await killed(pid);
  });

  it("of a slot that the process does not hold is refused", async () => {
    const pid = await detached("--", "sleep", "600");
    const ended = await superos(["revoke", pid, "999999"]);
    await killed(pid);
    expect([ended.code, ended.stderr]).toEqual([125, expect.stringMatching(/^superos: not_found: /)]);
  });
});

interface Nested {
  pid: number;
  kind: string;
  children: Nested[];
}

const nestedSchema: z.ZodType<Nested> = processViewSchema.extend({
  get children() {
    return z.array(nestedSchema);
  },
});

describe("superos tree", () => {
  it("shows children below their parents, tied ones below their session, and what has ended only with --all", async () => {
    const [parent, child] = await parentAndChild();
    const tied = await detached("--tied", "--", "sleep", "600");
    const over = await detached("--", "true");
    await superos(["wait", over]);

    const shown = text(await superos(["tree", "site"], { env: { LC_ALL: "C.UTF-8" } }));
    expect(shown).toMatch(/^\d+ project site +running /m);
    const sleeps = "running +owner +sleep 600 +FS_READ:/project ";
    expect(shown).toMatch(new RegExp(`^[├└]─ ${parent} +running +owner +sh -c .*\\n[│ ]  └─ ${child} +${sleeps}`, "m"));
    expect(shown).toMatch(new RegExp(`^\\d+ session +running +owner .*\\n[├└]─ ${tied} +${sleeps}`, "m"));
    expect(shown).not.toMatch(new RegExp(`─ ${over} `));
    const all = text(await superos(["tree", "site", "--all"], { env: { LC_ALL: "C" } }));
    expect(all).toMatch(new RegExp(`[|\`]- ${over} +exited with code 0 `));

    const [site] = await json(z.array(nestedSchema), "tree", "site");
    const below = site?.children.find(({ pid }) => String(pid) === parent);
    expect([site?.kind, below?.children.map(({ pid }) => String(pid))]).toEqual(["root", [child]]);
    await killed(parent, tied);
  });
});

describe("superos run", () => {
  it("--tied ends the program with the session, and what is not tied goes on", async () => {
    const secret = (await printed("token", "create", "--name", "tie")).trim();
    const env = { SUPEROS_URL: instance.url, SUPEROS_TOKEN: secret };
    const run = async (...more: string[]): Promise<string> =>
      text(await superos(["run", "-d", "--project", "site", ...more, "--", "sleep", "600"], { env })).trim();
    const [tied, free] = [await run("--tied"), await run()];
    await printed("token", "rm", "tie");
    expect((await superos(["wait", tied])).code).toBe(137);
    expect((await inspected(free)).state.phase).toBe("running");
    await killed(free);
  });

  it("--engine-runtime that the engine does not have is refused, for a process or for the project", async () => {
    const refused = await superos(["run", "--engine-runtime", "no-such-runtime", "--", "true"]);
    expect([refused.code, refused.stderr]).toEqual([
      125,
      expect.stringMatching(/^superos: unsupported: .*no-such-runtime/),
    ]);
    const set = await superos(["project", "set", "site", "--engine-runtime", "no-such-runtime"]);
    expect([set.code, set.stderr]).toEqual([125, expect.stringMatching(/^superos: unsupported: .*no-such-runtime/)]);
    const engineRuntime = async () => (await json(z.array(projectViewSchema), "project", "ls"))[0]?.engineRuntime;
    expect(await engineRuntime()).toBeNull();
    await printed("project", "set", "site", "--engine-runtime", "runc");
    expect(await engineRuntime()).toBe("runc");
    expect(await printed("run", "--project", "site", "--engine-runtime", "runc", "--", "echo", "ran")).toBe("ran\n");
    await printed("project", "set", "site", "--engine-runtime", "none");
    expect(await engineRuntime()).toBeNull();
    expect((await superos(["run", "--project", "site", "--", "true"])).code).toBe(0);
  });
});

describe("superos open", () => {
  it("prints an address at which a browser sees what the process serves", async () => {
    const caps = ["--cap", "FS_READ:/project", "--cap", "NET_BIND:localhost:8080"];
    const serve = [
      "import http.server",
      "http.server.test(http.server.SimpleHTTPRequestHandler, port=8080, bind='127.0.0.1')",
    ];
    const pid = await detached(...caps, "--name", "web", ...python(...serve));
    expect((await inspected(pid)).endpoint).toBe("web");
    const page = await waitFor("the page is served", async () => {
      const address = (await printed("open", pid)).trim();
      const ended = await finish("curl", ["-sL", "-b", "", address]);
      return text(ended).includes("served from a box") && text(ended);
    });
    expect(page).toBe("<h1>served from a box</h1>\n");
    await killed(pid);
    expect((await superos(["open", pid])).code).toBe(125);
  });

  it("is refused for a process that holds no NET_BIND", async () => {
    const pid = await detached("--", "sleep", "600");
    const ended = await superos(["open", pid, "8080"]);
    expect([ended.code, ended.stderr]).toEqual([125, expect.stringMatching(/^superos: bad_state: .*NET_BIND/)]);
    await killed(pid);
  });
});

describe("superos user and member", () => {
  /** Signs in by the link, as a browser does, and makes a token for programs. */
  async function tokenBy(link: string): Promise<string> {
    const code = new URL(link).hash.replace("#code=", "");
    const signedIn = await fetch(`${instance.url}/api/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code }),
    });
    const { csrf } = z.object({ csrf: z.string() }).parse(await signedIn.json());
    const cookie = signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const made = await fetch(`${instance.url}/api/v1/tokens`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-superos-csrf": csrf, cookie },
      body: JSON.stringify({ name: "cli" }),
    });
    return z.object({ secret: z.string() }).parse(await made.json()).secret;
  }

  it("a new person sees nothing, as viewer reads, as runner runs, and once removed is out", async () => {
    const link = (await printed("user", "add", "anna")).trim();
    expect(link).toMatch(/^http\S+\/signin#code=\S+$/);
    const env = { SUPEROS_URL: instance.url, SUPEROS_TOKEN: await tokenBy(link) };
    const asAnna = (...args: string[]): Promise<Finished> => superos(args, { env });
    const users = await json(z.array(userViewSchema), "user", "ls");
    expect(users.map(({ name, admin }) => [name, admin])).toEqual(
      expect.arrayContaining([
        ["owner", true],
        ["anna", false],
      ]),
    );

    expect(text(await asAnna("project", "ls", "--json"))).toBe("[]\n");
    await printed("member", "set", "site", "anna", "viewer");
    expect(await json(z.array(memberViewSchema), "member", "ls", "site")).toContainEqual({
      user: "anna",
      role: "viewer",
    });
    expect(JSON.parse(text(await asAnna("project", "ls", "--json")))).toHaveLength(1);
    const run = ["run", "--project", "site", "--", "cat", "index.html"];
    const denied = await asAnna(...run);
    expect([denied.code, denied.stderr]).toEqual([125, expect.stringMatching(/^superos: denied: [^]*PROC_SPAWN/)]);

    await printed("member", "set", "site", "anna", "runner");
    expect(text(await asAnna(...run))).toBe("<h1>served from a box</h1>\n");
    const caps = ["--cap", "FS_READ:/project", "--cap", "FS_WRITE:/project"];
    const write = await asAnna("run", "--project", "site", ...caps, "--", "true");
    expect([write.code, write.stderr]).toEqual([
      125,
      expect.stringMatching(/^superos: denied: [^]*FS_WRITE:\/project/),
    ]);
    expect((await asAnna("member", "set", "site", "anna", "owner")).stderr).toMatch(/^superos: denied: /);
    expect((await asAnna("user", "add", "berta")).stderr).toMatch(/^superos: denied: /);

    await printed("member", "rm", "site", "anna");
    expect(text(await asAnna("project", "ls", "--json"))).toBe("[]\n");
    expect((await printed("user", "link", "anna")).trim()).not.toBe(link);
    await printed("user", "rm", "anna");
    expect((await asAnna("ps")).code).toBe(125);
    expect(await printed("user", "ls")).not.toContain("anna");
  });
});

it("superos audit verify finds the log whole, and tells its head", async () => {
  const verdict = await json(auditVerdictSchema, "audit", "verify");
  expect(verdict).toMatchObject({ ok: true, firstBad: null });
  expect(verdict.rows).toBeGreaterThan(0);
  expect(await printed("audit", "verify")).toMatch(/^The audit log is whole: \d+ rows, head \S+\n$/);
});
