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
    const replies = { "POST /processes": { pid: 12, state: { phase: "running" } } };
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

  it("-d says on stderr why the process waits, and leaves the pid alone on stdout", async () => {
    const state = { phase: "ready", since: 1, reason: "no room for\u001b[2J 2Gi" };
    const ran = await superos(["run", "-d", "--bg", "--", "true"], {
      replies: { "POST /processes": { pid: 12, state } },
    });
    expect([ran.code, ran.stdout]).toEqual([0, "12\n"]);
    expect(ran.stderr).toBe("superos: process 12 has not started yet: no room for\\e[2J 2Gi\n");
    expect(ran.asked[0]?.body).toMatchObject({ class: "background" });
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

describe("superos run --build-cap", () => {
  it("goes into the plan of a file, and is refused where a program is named", async () => {
    const site = { id: "abcdefgh23", name: "site", root: 2, createdAt: 1, files: 0, bytes: 0, engineRuntime: null };
    const ran = await superos(["run", "--project", "site", "--build-cap", "MEM:1Gi", "main.c"], {
      replies: { "GET /projects": { projects: [site] } },
    });
    expect(ran.asked.find(({ route }) => route.endsWith("/plan"))?.body).toEqual({
      file: "main.c",
      runtime: null,
      buildTable: ["MEM:1Gi"],
    });
    const program = await superos(["run", "--build-cap", "MEM:1Gi", "--", "true"]);
    expect([program.code, program.asked]).toEqual([2, []]);
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

describe("superos nice", () => {
  it("sends the class, in full or in two letters", async () => {
    const replies = { "PUT /processes/12/class": null };
    for (const [typed, sent] of [
      ["bg", "background"],
      ["foreground", "foreground"],
    ] as const) {
      const ran = await superos(["nice", "12", typed], { replies });
      expect([ran.code, ran.stdout, ran.asked[0]?.body]).toEqual([0, "", { class: sent }]);
    }
    expect((await superos(["nice", "12", "idle"])).code).toBe(2);
  });
});

describe("superos threads", () => {
  it("lists them, and a name that a program chose acts on no terminal", async () => {
    const thread = { tid: 9, process: 7, name: "wor\u001b[2Jker", state: "S", cpuMs: 1200 };
    const replies = { "GET /processes/12/threads": { threads: [thread] } };
    expect((await superos(["threads", "12"], { replies })).stdout.split("\n")[1]).toBe(
      String.raw`  9        7  S      1.2s  wor\e[2Jker`,
    );
    expect(JSON.parse((await superos(["threads", "12", "--json"], { replies })).stdout)).toEqual([thread]);
  });
});

describe("superos stats and inspect", () => {
  const usage = { cpuMs: 40, memoryBytes: 64 << 20, memoryPeakBytes: 96 << 20, workingSetBytes: 32 << 20, at: 9 };
  const more = { pageFaults: 10, majorFaults: 1, oomKills: 0, throttled: 2, throttledMs: 30 };
  const view = {
    pid: 12,
    parent: 7,
    kind: "container",
    name: "python3",
    project: null,
    runtime: "python",
    image: null,
    argv: ["python3"],
    cwd: null,
    table: ["MEM:256Mi"],
    state: { phase: "running", startedAt: 1 },
    createdAt: 1,
    startedBy: null,
    user: "anna",
    endpoint: null,
    class: "background",
    tty: null,
    container: null,
    usage: { ...usage, ...more },
    output: { stdoutBytes: 0, stderrBytes: 0 },
  };
  const slot = {
    slot: 4,
    holder: 12,
    capability: "MEM:256Mi",
    from: null,
    delegable: true,
    left: "MEM:128Mi",
    derived: 1,
  };
  const replies = {
    "GET /processes/12": view,
    "GET /processes?all=false": { processes: [view, { ...view, pid: 13, usage: null }] },
    "GET /processes/12/caps": { slots: [slot] },
  };

  it("show the limit that is left to the container, not what it once had", async () => {
    const stats = await superos(["stats"], { replies });
    expect(stats.stdout.split("\n").slice(1)).toEqual([
      " 12  40ms       30ms  64 MiB  128 MiB   50%  96 MiB  32 MiB      10      1    0  python3",
      "",
    ]);
    expect((await superos(["inspect", "12"], { replies })).stdout).toContain("64 MiB of 128 MiB\n");
    const json = JSON.parse((await superos(["stats", "12", "--json"], { replies })).stdout);
    expect(json).toEqual([{ pid: 12, memoryLimitBytes: 128 << 20, ...usage, ...more }]);
  });

  it("say of one that has used nothing what it is", async () => {
    const waiting = { ...view, usage: null, state: { phase: "ready", since: 1 } };
    const ran = await superos(["stats", "12"], { replies: { ...replies, "GET /processes/12": waiting } });
    expect([ran.code, ran.stderr]).toEqual([0, "superos: process 12 has used nothing: it is ready\n"]);
  });
});

describe("superos pipeline", () => {
  const started = [
    { pid: 12, state: { phase: "running" } },
    { pid: 13, state: { phase: "running" } },
  ];
  const replies = { "POST /pipelines": { processes: started } };

  it("-d prints the pids in the order of the pipe", async () => {
    const ran = await superos(["pipeline", "-d", "cat a.txt", "sort -u"], { replies });
    expect([ran.code, ran.stdout]).toEqual([0, "12\n13\n"]);
    expect(ran.asked[0]?.body).toMatchObject({ stages: [{ argv: ["cat", "a.txt"] }, { argv: ["sort", "-u"] }] });
  });

  it("refuses one stage, a shell's words, and a file that is not there", async () => {
    for (const more of [["cat a.txt"], ["cat a.txt", "sort | uniq"], ["a", "b", "--file", "x.json"]]) {
      const ran = await superos(["pipeline", ...more], { replies });
      expect([ran.code, ran.asked]).toEqual([2, []]);
    }
    expect((await superos(["pipeline", "--file", "/no/such.json"], { replies })).code).toBe(125);
  });
});

describe("superos status", () => {
  it("says how many containers stand ready, and how often a spawn found one", async () => {
    const status = {
      instance: "i",
      version: "1",
      generation: 1,
      startedAt: 1,
      engine: { state: "up", version: "20", apiVersion: "1.41" },
      services: [],
      processes: { running: 1, total: 2 },
      pool: { ready: 3, shapes: 2, hits: 9, misses: 1 },
      machine: { cores: 2, memoryBytes: 1 << 30 },
      controls: [],
    };
    const ran = await superos(["status"], { replies: { "GET /status": status } });
    expect(ran.stdout).toContain("3 embryos of 2 shapes; 9 hits, 1 miss (90% of the spawns)\n");
  });
});
