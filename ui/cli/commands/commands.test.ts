import { describe, expect, it } from "vitest";
import { superos } from "../stand-in.ts";
import { isUtf8 } from "./tree.ts";

const head = "ab".repeat(32);

describe("superos audit verify", () => {
  const answer = (verdict: unknown) => ({ replies: { "GET /audit/verify": verdict } });

  it("exits 0 for a whole log and prints its head, to be kept elsewhere", async () => {
    const verdict = { ok: true, rows: 12, head, firstBad: null };
    const ran = await superos(["audit", "verify"], answer(verdict));
    expect([ran.code, ran.stdout]).toEqual([0, `The audit log is whole: 12 rows, head ${head}\n`]);
    const json = await superos(["audit", "verify", "--json"], answer(verdict));
    expect(JSON.parse(json.stdout)).toEqual(verdict);
  });

  it("exits 1 for a broken one and says where", async () => {
    const ran = await superos(["audit", "verify"], answer({ ok: false, rows: 12, head, firstBad: 7 }));
    expect([ran.code, ran.stdout]).toEqual([
      1,
      "The audit log is broken at row 7: a row was altered, removed or put in there.\n",
    ]);
    const json = await superos(["audit", "verify", "--json"], answer({ ok: false, rows: 12, head, firstBad: 7 }));
    expect([json.code, JSON.parse(json.stdout)]).toMatchObject([1, { firstBad: 7 }]);
  });

  it("leaves superos audit as it is, and refuses a word that is no command", async () => {
    const replies = { "GET /audit?after=0&limit=1000": { rows: [] } };
    expect((await superos(["audit", "--json"], { replies })).stdout).toBe("[]\n");
    expect((await superos(["audit", "verfy"], { replies })).code).toBe(2);
  });
});

describe("superos open", () => {
  const url = "http://p12-8080.localhost:7070/.superos/enter?ticket=T";
  const replies = { "POST /processes/12/preview": { url, port: 8080 } };

  it("prints the address alone, for the port that is named or the process's own", async () => {
    const own = await superos(["open", "12"], { replies });
    expect([own.code, own.stdout, own.stderr, own.asked[0]?.body]).toEqual([0, `${url}\n`, "", { port: null }]);
    const named = await superos(["open", "12", "8080", "--json"], { replies });
    expect([JSON.parse(named.stdout), named.asked[0]?.body]).toEqual([{ url, port: 8080 }, { port: 8080 }]);
  });

  it("refuses what is no port, and hands a browser nothing but a web address", async () => {
    expect((await superos(["open", "12", "70000"])).code).toBe(2);
    const odd = { "POST /processes/12/preview": { url: "file:///etc/passwd", port: 8080 } };
    const ran = await superos(["open", "12", "--browser"], { replies: odd });
    expect([ran.code, ran.stderr]).toEqual([125, expect.stringContaining("no web address")]);
  });
});

describe("superos run", () => {
  it("sends the sealed capabilities, the name, the tie and the engine runtime", async () => {
    const replies = { "POST /processes": { pid: 12 } };
    const more = ["--seal", "MEM:1Gi", "--seal", "PROC_SIGNAL", "--name", "db", "--tied", "--engine-runtime", "runsc"];
    const ran = await superos(["run", "-d", "--cap", "CPU:1", ...more, "--", "true"], { replies });
    expect([ran.code, ran.stdout]).toEqual([0, "12\n"]);
    expect(ran.asked[0]?.body).toMatchObject({
      table: ["CPU:1"],
      sealed: ["MEM:1Gi", "PROC_SIGNAL"],
      name: "db",
      tied: true,
      engineRuntime: "runsc",
    });
  });

  it("refuses a name or an engine runtime that cannot be one before anything is sent", async () => {
    for (const more of [
      ["--name", "a.b"],
      ["--engine-runtime", "-x y"],
      ["--seal", "ROOT"],
    ]) {
      const ran = await superos(["run", ...more, "--", "true"]);
      expect([ran.code, ran.asked]).toEqual([2, []]);
    }
  });
});

describe("superos tree", () => {
  it("draws lines beyond ASCII only where the locale has them", () => {
    expect(isUtf8({ LANG: "de_DE.UTF-8" })).toBe(true);
    expect(isUtf8({ LC_ALL: "C", LANG: "de_DE.UTF-8" })).toBe(false);
    expect(isUtf8({ LC_ALL: "", LC_CTYPE: "C.utf8" })).toBe(true);
    expect(isUtf8({})).toBe(false);
  });

  it("of a project that there is not is refused", async () => {
    const ran = await superos(["tree", "nope"], { replies: { "GET /projects": { projects: [] } } });
    expect([ran.code, ran.stderr]).toEqual([125, expect.stringContaining('no project "nope"')]);
  });
});
