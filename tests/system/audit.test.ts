import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type AuditRow, auditRowSchema } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { Instance } from "../setup/instance.ts";
import {
  asJson,
  audit,
  bearer,
  createToken,
  faultOf,
  importProject,
  importRequest,
  kill,
  outcomeOf,
  processes,
  run,
  send,
  signIn,
  sleeper,
  spawn,
  spawnBody,
} from "./caller.ts";

/** The audit log: who did what on what, allowed or refused and why, in order, for good. */

let instance: Instance;
let session: number;
beforeAll(async () => {
  instance = await Instance.start();
  // The only one so far is that of the local token, in whose name `instance.api` asks.
  session = (await processes(instance, true)).find(({ kind }) => kind === "session")?.pid ?? 0;
});
afterAll(() => instance.remove());

/** The rows that `work` leaves. */
async function rowsOf(work: () => Promise<unknown>): Promise<AuditRow[]> {
  const before = (await audit(instance)).at(-1)?.seq ?? 0;
  await work();
  return (await audit(instance)).filter(({ seq }) => seq > before);
}

const owner = (): AuditRow["who"] => ({ pid: session as never, name: "owner" });
const allowed = { verdict: "allowed", code: null, missing: null } as const;

describe("one row is left by", () => {
  test("a spawn, with the pid that it got and what it runs", async () => {
    let pid = 0;
    const rows = await rowsOf(async () => {
      ({ pid } = await run(instance, { argv: ["echo", "hello", "world"] }));
    });
    expect(rows).toMatchObject([{ who: owner(), what: "spawn", ...allowed }]);
    expect(rows[0]?.on).toContain("echo hello world");
    expect(rows[0]?.on.split(" ")).toContain(String(pid));
  });

  test("a call in the name of a session that does not exist", async () => {
    const cookie = `superos_${instance.port}=${"A".repeat(43)}`;
    const rows = await rowsOf(async () => {
      const { status } = await fetch(`${instance.url}/api/v1/status`, { headers: { cookie } });
      expect(status).toBe(401);
    });
    const who = { pid: null, name: "gateway" };
    expect(rows).toMatchObject([{ who, what: "status", verdict: "refused", code: "denied", missing: null }]);
  });

  test("a refused spawn, with the capability that was missing", async () => {
    const rows = await rowsOf(() =>
      instance.post("/api/v1/processes", spawnBody({ argv: ["true"], table: ["PIDS:100000"] })),
    );
    expect(rows).toMatchObject([
      { who: owner(), what: "spawn", on: "true", verdict: "refused", code: "denied", missing: "PIDS:100000" },
    ]);
  });

  test("an import, a write and a removal of a file, and the project's removal, with the project and the path", async () => {
    let id = "";
    const rows = await rowsOf(async () => {
      ({ id } = await importProject(instance, "audited", rawArchive({ name: "a" })));
      const file = `/api/v1/projects/${id}/content?path=dir/file.txt`;
      await instance.api(file, { method: "PUT", body: "secret content" });
      await instance.api(file, { method: "DELETE" });
      await instance.api(`/api/v1/projects/${id}`, { method: "DELETE" });
    });
    expect(rows).toMatchObject([
      { who: owner(), what: "project_import", on: `${id} audited`, ...allowed },
      { who: owner(), what: "file_write", on: `${id}/dir/file.txt`, ...allowed },
      { who: owner(), what: "file_remove", on: `${id}/dir/file.txt`, ...allowed },
      { who: owner(), what: "project_remove", on: id, ...allowed },
    ]);
    expect(JSON.stringify(rows)).not.toContain("secret content");
  });

  test("a refused import and a refused write, with the fault", async () => {
    const rows = await rowsOf(async () => {
      await importRequest(instance, "bad", rawArchive({ name: "../x" }));
      await instance.api("/api/v1/projects/aaaaaaaaaa/content?path=x", { method: "PUT", body: "x" });
    });
    expect(rows).toMatchObject([
      { what: "project_import", on: "bad", verdict: "refused", code: "invalid", missing: null },
      { what: "file_write", on: "aaaaaaaaaa/x", verdict: "refused", code: "not_found", missing: null },
    ]);
  });

  test("a signal, one that came too late, and a reaping", async () => {
    const { pid } = await spawn(instance, sleeper);
    const rows = await rowsOf(async () => {
      await kill(instance, pid);
      await outcomeOf(instance, pid);
      await kill(instance, pid, "SIGTERM");
      await instance.api(`/api/v1/processes/${pid}`, { method: "DELETE" });
    });
    expect(rows).toMatchObject([
      { who: owner(), what: "signal", on: `${pid} SIGKILL`, ...allowed },
      { who: owner(), what: "signal", on: `${pid} SIGTERM`, verdict: "refused", code: "bad_state" },
      { who: owner(), what: "reap", on: String(pid), ...allowed },
    ]);
  });

  test("a token's making and removal, without its secret", async () => {
    const secrets: string[] = [];
    const rows = await rowsOf(async () => {
      const { token, secret } = await createToken(instance, "audited token");
      secrets.push(secret, secret.slice(4));
      await instance.api(`/api/v1/tokens/${token.id}`, { method: "DELETE" });
    });
    expect(rows).toMatchObject([
      { who: owner(), what: "token_create", ...allowed },
      { who: owner(), what: "token_remove", ...allowed },
    ]);
    expect(rows[0]?.on).toContain("audited token");
    expect(rows[1]?.on).toMatch(/^[a-z2-7]{10}$/);
    for (const secret of secrets) expect(JSON.stringify(rows)).not.toContain(secret);
  });

  test("a sign-in, one that was refused, and a sign-out, without what was typed", async () => {
    const wrong = "A-wrong-code-that-somebody-typed";
    const rows = await rowsOf(async () => {
      const body = JSON.stringify({ code: wrong });
      const refused = send(instance, "/api/v1/session", { method: "POST", headers: asJson, body });
      expect(await faultOf(refused)).toMatchObject({ code: "denied" });
      const { cookie, csrf } = await signIn(instance);
      await send(instance, "/api/v1/session", { method: "DELETE", headers: { cookie, "x-superos-csrf": csrf } });
      await send(instance, "/api/v1/status", { headers: bearer(`sos_${"B".repeat(43)}`) });
    });
    expect(rows).toMatchObject([
      { who: { pid: null, name: "gateway" }, what: "session_open", verdict: "refused", code: "denied" },
      { who: { pid: null, name: "gateway" }, what: "session_open", ...allowed },
      { who: { name: "owner" }, what: "session_close", ...allowed },
      { who: { pid: null, name: "gateway" }, what: "session_open", verdict: "refused", code: "denied" },
    ]);
    // The row of a sign-in names the session that its later rows are of.
    expect(rows[1]?.on).toBe(String(rows[2]?.who.pid));
    for (const secret of [wrong, instance.token, "B".repeat(43)]) expect(JSON.stringify(rows)).not.toContain(secret);
  });
});

test("no row is left by looking", async () => {
  const { pid } = await run(instance, { argv: ["true"] });
  const rows = await rowsOf(async () => {
    for (const path of [
      "/status",
      "/runtimes",
      "/projects",
      "/processes?all=true",
      `/processes/${pid}`,
      `/processes/${pid}/output`,
      "/audit",
      "/tokens",
      "/session",
    ]) {
      expect((await instance.api(`/api/v1${path}`)).status).toBe(200);
    }
  });
  expect(rows).toEqual([]);
});

test("a row never breaks its line, whatever was run", async () => {
  const hostile = "\u001b[2J\n2026 owner spawn allowed\r\0".replace("\0", "");
  const rows = await rowsOf(() => run(instance, { argv: ["echo", hostile, "x".repeat(5000)] }));
  expect(rows).toHaveLength(1);
  expect(rows[0]?.on.length).toBeLessThanOrEqual(512);
  const shown = await instance.cli(["audit"]);
  expect(shown.code).toBe(0);
  expect(shown.stdout.includes("\u001b[2J")).toBe(false);
  expect(
    shown.stdout
      .toString()
      .split("\n")
      .filter((line) => line.startsWith("2026 owner")),
  ).toEqual([]);
});

test("rows are numbered without a hole, in the order of time, and are read page by page in both directions", async () => {
  const all = await audit(instance);
  expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
  expect(all.map(({ at }) => at)).toEqual(all.map(({ at }) => at).toSorted((a, b) => a - b));
  const page = z.strictObject({ rows: z.array(auditRowSchema) });
  const read = async (query: string): Promise<AuditRow[]> =>
    page.parse(await (await instance.api(`/api/v1/audit?limit=3&${query}`)).json()).rows;
  const forwards: AuditRow[] = [];
  const backwards: AuditRow[] = [];
  for (let count = 0; count < Math.ceil(all.length / 3); count += 1) {
    forwards.push(...(await read(`after=${forwards.at(-1)?.seq ?? 0}`)));
    backwards.unshift(...(await read(`before=${backwards[0]?.seq ?? all.length + 1}`)));
  }
  expect(forwards).toEqual(all);
  expect(backwards).toEqual(all);
  expect(await read(`after=${all.length}`)).toEqual([]);
  expect(await read("before=1")).toEqual([]);
});

test("the log outlives the kernel, also one that is killed, and goes on with the next number", async () => {
  await run(instance, { argv: ["echo", "before the end"] });
  const before = await audit(instance);
  const ended = new Promise((resolve) => instance.kernel.once("exit", resolve));
  instance.kernel.kill("SIGKILL");
  await ended;
  instance = await Instance.start({ home: instance.home });
  await run(instance, { argv: ["echo", "after it"] });
  const after = await audit(instance);
  expect(after.slice(0, before.length)).toEqual(before);
  expect(after.map(({ seq }) => seq)).toEqual(after.map((_, index) => index + 1));
  expect(after.at(-1)?.on).toContain("echo after it");
});
