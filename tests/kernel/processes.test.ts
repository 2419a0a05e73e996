import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Outcome, outcomeSchema, type ProcessView, type ProjectView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import {
  faultOf,
  importProject,
  inspect,
  kill,
  outcomeOf,
  outputOf,
  processes,
  type Program,
  python,
  run,
  sleeper,
  spawn,
  restartsOf,
  statusOf,
} from "../system/caller.ts";
import { connected, eventsOf, liveClient } from "../system/live-client.ts";

/** A process from its spawn to its reaping, as its starter sees it. */

let instance: Instance;
let project: ProjectView;

beforeAll(async () => {
  instance = await Instance.start();
  const files = rawArchive(
    { name: "plain.sh", content: "#!/bin/sh\nexit 5\n", mode: 0o644 },
    { name: "runs.sh", content: "#!/bin/sh\nexit 5\n", mode: 0o755 },
    { name: "sub/", flag: "5", mode: 0o755 },
    { name: "sub/data", content: "here" },
  );
  project = await importProject(instance, "site", files);
});
afterAll(() => instance.remove());
afterEach(async () => {
  for (const { pid } of await processes(instance)) await kill(instance, pid);
});

const small = "MEM:64Mi";

/** Runs programs side by side to their ends. */
const outcomes = (programs: readonly Program[]): Promise<Outcome[]> =>
  Promise.all(programs.map(async (program) => (await run(instance, { table: [small], ...program })).outcome));

const waitPath = (pid: number, timeoutMs: number): string => `/api/v1/processes/${pid}/wait?timeoutMs=${timeoutMs}`;

async function waitOnce(pid: number, timeoutMs: number): Promise<Outcome | null> {
  const reply = await instance.api(waitPath(pid, timeoutMs));
  return z.strictObject({ outcome: outcomeSchema.nullable() }).parse(await reply.json()).outcome;
}

const reap = (pid: number): Promise<Response> => instance.api(`/api/v1/processes/${pid}`, { method: "DELETE" });

const said = (pid: number, text: string): Promise<boolean> =>
  waitFor(`process ${pid} says ${text}`, async () =>
    (await outputOf(instance, pid, false)).stdout.toString().includes(text),
  );

/** Says what it got: arguments and environment, with bytes that are not text kept apart. */
const tell = `
import json, os, sys
plain = lambda text: text.encode("utf-8", "surrogateescape").hex()
print(json.dumps([[plain(a) for a in sys.argv[1:]], {plain(k): plain(v) for k, v in os.environ.items()}]))
`;
const told = z.tuple([z.array(z.string()), z.record(z.string(), z.string())]);
const fromHex = (hex: string): string => Buffer.from(hex, "hex").toString("utf8");

async function received(
  argv: readonly string[],
  env: Record<string, string>,
): Promise<[string[], Record<string, string>]> {
  const result = await run(instance, { argv: ["/usr/bin/python3", "-c", tell, ...argv], env, table: [small] });
  if (result.outcome.kind !== "code" || result.outcome.code !== 0) throw new Error(JSON.stringify(result));
  const [args, variables] = told.parse(JSON.parse(result.stdout));
  return [
    args.map(fromHex),
    Object.fromEntries(Object.entries(variables).map(([name, value]) => [fromHex(name), fromHex(value)])),
  ];
}

describe("what a program is given", () => {
  const awkward = [
    "",
    " ",
    "\n",
    "a\n\nb\n",
    "\\",
    "\\n",
    "'",
    '"',
    "a b  c",
    "\t",
    "\r\n",
    "*",
    "~",
    "#",
    ";",
    "&&",
    "|",
  ];
  const shellLike = ["$(id)", "`id`", "$HOME", "${IFS}", "-n", "--", "--help", "-", "=", "NAME=value", "%s"];
  const texts = [
    ...awkward,
    ...shellLike,
    "😁🤖\u0081",
    "e\u0301",
    "\u0001\u007f",
    Array.from({ length: 0x7ff }, (_, index) => String.fromCodePoint(index + 1)).join(""),
    "x".repeat(100_000),
  ];

  test("is its arguments, byte for byte and in order", async () => {
    const [args] = await received(texts, {});
    expect(args).toEqual(texts);
  });

  test("is its environment, byte for byte", async () => {
    const env = Object.fromEntries(texts.map((text, index) => [`TEXT_${index}`, text]));
    const [, variables] = await received([], env);
    expect(variables).toMatchObject(env);
  });

  test("is also variables that mean something to a shell", async () => {
    const ofShells = {
      IFS: "x",
      PATH: "/nowhere",
      HOME: "",
      PWD: "/etc",
      ENV: "/etc/passwd",
      PS4: "$(id)",
      OPTIND: "x",
    };
    const ofTheGate = { count: "99", text: "1", lines: "-1", more: "m", newline: "", LINENO: "z", _: "u", UID: "0" };
    const env = { ...ofShells, ...ofTheGate };
    const [, variables] = await received([], env);
    expect(variables).toMatchObject(env);
  });

  test("is nothing of the server's own environment, and of its own only its pid", async () => {
    const [, variables] = await received([], { MINE: "1" });
    const names = Object.keys(variables).filter((name) => /SUPEROS|DOCKER|TOKEN|NODE|VITEST/.test(name));
    expect(names).toEqual(["SUPEROS_PID"]);
    expect(variables["SUPEROS_PID"]).toMatch(/^[1-9]\d*$/);
    expect(variables["MINE"]).toBe("1");
  });

  test("is its directory: the project where it may read it, else /tmp, or the one that was named", async () => {
    const cwdOf = async (program: Partial<Program>): Promise<string> =>
      (await run(instance, { argv: ["/bin/pwd"], table: [small], ...program })).stdout.trim();
    const reads = { project: project.id, table: [small, "FS_READ:/project"] };
    expect(await Promise.all([cwdOf({}), cwdOf({ project: project.id }), cwdOf(reads)])).toEqual([
      "/tmp",
      "/tmp",
      "/project",
    ]);
    expect(await cwdOf({ ...reads, cwd: "/project/sub" })).toBe("/project/sub");
  });

  test("is refused where the directory is not there, and leaves no container", async () => {
    const body = { runtime: "python", project: null, argv: ["true"], table: [small], cwd: "/not/there" };
    const fault = await faultOf(instance.post("/api/v1/processes", body));
    expect(fault).toMatchObject({ code: "not_found", status: 404 });
    expect(fault.message).toContain("/not/there");
    await waitFor("no container", async () => (await instance.containers()).length === 0);
  });
});

describe("the outcome of a process", () => {
  test("is its own exit code", async () => {
    const codes = [0, 7, 255];
    expect(await outcomes(codes.map((code) => ({ argv: ["sh", "-c", `exit ${code}`] })))).toEqual(
      codes.map((code) => ({ kind: "code", code })),
    );
  });

  test("is 127 for a program that is not there, and the program's stderr says so", async () => {
    const result = await run(instance, { argv: ["no-such-program"], table: [small] });
    expect(result.outcome).toEqual({ kind: "code", code: 127 });
    expect(result.stderr).toContain("no-such-program");
  });

  test("is 126 for a project's file without the right to run, and the program's own with it", async () => {
    const table = [small, "FS_READ:/project"];
    const programs = ["./plain.sh", "./runs.sh"].map((file) => ({ argv: [file], project: project.id, table }));
    expect(await outcomes(programs)).toEqual([
      { kind: "code", code: 126 },
      { kind: "code", code: 5 },
    ]);
  });

  test("is the signal that it died of", async () => {
    const die = (signal: string): Program => ({
      argv: python(`import os, signal; os.kill(os.getpid(), signal.${signal})`),
    });
    expect(await outcomes([die("SIGSEGV"), die("SIGABRT")])).toEqual([
      { kind: "signal", signal: "SIGSEGV" },
      { kind: "signal", signal: "SIGABRT" },
    ]);
  });

  test("is out of memory beyond its MEM, and not for what stays within it", async () => {
    const touch = (mebibytes: number): string[] => python(`x = bytearray(b"x" * (${mebibytes} << 20)); print(len(x))`);
    expect(
      await outcomes([
        { argv: touch(256), table: ["MEM:48Mi"] },
        { argv: touch(16), table: ["MEM:64Mi"] },
      ]),
    ).toEqual([{ kind: "oom" }, { kind: "code", code: 0 }]);
  });

  test("is a timeout beyond its TIME, also for a program that ignores every signal", async () => {
    const stubborn = python(
      "import signal, time\nfor n in range(1, 32):\n  n in (9, 19) or signal.signal(n, signal.SIG_IGN)\ntime.sleep(3600)",
    );
    expect(
      await outcomes([
        { argv: ["sleep", "3600"], table: [small, "TIME:1500ms"] },
        { argv: stubborn, table: [small, "TIME:2s"] },
      ]),
    ).toEqual([
      { kind: "timeout", limitMs: 1500 },
      { kind: "timeout", limitMs: 2000 },
    ]);
  });

  test("is killed, and by whom, when somebody kills it", async () => {
    const { pid, startedBy } = await spawn(instance, sleeper);
    expect((await kill(instance, pid)).status).toBe(204);
    expect(await outcomeOf(instance, pid)).toEqual({ kind: "killed", by: startedBy, signal: "SIGKILL" });
  });

  test("is killed for a signal that it does not handle, and its own for one that it handles", async () => {
    const handles = python(
      "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(3))\nprint('ready')\ntime.sleep(3600)",
    );
    const [unhandled, handled] = await Promise.all([
      spawn(instance, { argv: python("import time\nprint('ready')\ntime.sleep(3600)"), table: [small] }),
      spawn(instance, { argv: handles, table: [small] }),
    ]);
    await Promise.all([said(unhandled.pid, "ready"), said(handled.pid, "ready")]);
    await Promise.all([kill(instance, unhandled.pid, "SIGTERM"), kill(instance, handled.pid, "TERM")]);
    expect(await outcomeOf(instance, unhandled.pid)).toEqual({
      kind: "killed",
      by: unhandled.startedBy,
      signal: "SIGTERM",
    });
    expect(await outcomeOf(instance, handled.pid)).toEqual({ kind: "code", code: 3 });
  });

  test("is recorded once, however many kill it at the same time", async () => {
    const live = liveClient(instance, { token: instance.token });
    const events = eventsOf(live);
    try {
      expect(await connected(live)).toBe("connected");
      const { pid, startedBy } = await spawn(instance, sleeper);
      const replies = await Promise.all(Array.from({ length: 5 }, () => kill(instance, pid)));
      expect(replies.filter(({ status }) => status !== 204 && status !== 409)).toEqual([]);
      expect(await outcomeOf(instance, pid)).toEqual({ kind: "killed", by: startedBy, signal: "SIGKILL" });
      expect(await faultOf(kill(instance, pid))).toMatchObject({ code: "bad_state", status: 409 });
      await spawn(instance, sleeper);
      const ends = (): number =>
        events.filter(({ type, ...event }) => type === "process" && isExited(event, pid)).length;
      await waitFor("the end is told", () => ends() > 0);
      const last = await spawn(instance, sleeper);
      await waitFor("later events have come", () =>
        events.some((event) => event.type === "process" && event.process.pid === last.pid),
      );
      expect(ends()).toBe(1);
      const listed = (await processes(instance, true)).filter((candidate) => candidate.pid === pid);
      expect(listed.map(({ state }) => state.phase)).toEqual(["exited"]);
    } finally {
      live.disconnect();
    }
  });
});

function isExited(event: object, pid: number): boolean {
  const process = "process" in event ? (event.process as ProcessView) : undefined;
  return process?.pid === pid && process.state.phase === "exited";
}

describe("a signal", () => {
  test("to a project's root ends all of its processes and nothing else", async () => {
    const other = await importProject(instance, "other", rawArchive({ name: "a", content: "a" }));
    const start = (of: string | null): Promise<ProcessView> =>
      spawn(instance, { ...sleeper, project: of as ProjectView["id"] | null });
    const own = await Promise.all([start(project.id), start(project.id), start(project.id)]);
    const others = await Promise.all([start(other.id), start(null)]);

    expect((await kill(instance, project.root)).status).toBe(204);
    const by = own[0]?.startedBy;
    for (const { pid } of own)
      expect(await outcomeOf(instance, pid)).toEqual({ kind: "killed", by, signal: "SIGKILL" });
    // One that took an embryo has the embryo's pid.
    const pidsOf = (views: readonly ProcessView[]): number[] => views.map(({ pid }) => pid).toSorted((a, b) => a - b);
    expect(pidsOf(await processes(instance))).toEqual(pidsOf(others));
    expect((await inspect(instance, project.root)).state.phase).toBe("running");
    const again = await run(instance, { argv: ["true"], project: project.id, table: [small] });
    expect(again.outcome).toEqual({ kind: "code", code: 0 });
  });

  test("that does not end a process leaves it running", async () => {
    const counts =
      "import signal, time\nsignal.signal(signal.SIGUSR1, lambda *_: print('got it'))\nprint('ready')\nwhile True: time.sleep(1)";
    const { pid } = await spawn(instance, { argv: python(counts), table: [small] });
    await said(pid, "ready");
    expect((await kill(instance, pid, "SIGUSR1")).status).toBe(204);
    await said(pid, "got it");
    expect((await inspect(instance, pid)).state.phase).toBe("running");
  });

  test("is refused for what is not there, what has ended, and what is not a program", async () => {
    const { pid } = await run(instance, { argv: ["true"], table: [small] });
    expect(await faultOf(kill(instance, 999_999_999))).toMatchObject({ code: "not_found" });
    expect(await faultOf(kill(instance, pid, "SIGTERM"))).toMatchObject({ code: "bad_state" });
    expect(await faultOf(kill(instance, project.root, "SIGTERM"))).toMatchObject({ code: "bad_state" });
    for (const { pid: node } of (await processes(instance, true)).filter(
      ({ kind }) => kind === "kernel" || kind === "service",
    )) {
      expect(await faultOf(kill(instance, node))).toMatchObject({ code: "bad_state" });
    }
    expect(await restartsOf(instance)).toEqual({ policy: 0, gateway: 0, egress: 0 });
  });

  test("that cannot be passed into a container is refused, not swallowed", async () => {
    const { pid } = await spawn(instance, sleeper);
    expect(await faultOf(kill(instance, pid, "SIGSTOP"))).toMatchObject({ code: "unsupported", status: 501 });
    expect((await inspect(instance, pid)).state.phase).toBe("running");
  });
});

describe("waiting", () => {
  test("gives every waiter the same outcome, those that came before the end and those that came after", async () => {
    const { pid } = await spawn(instance, { argv: ["sh", "-c", "read line; exit 9"], table: [small], stdin: true });
    const waiters = [waitOnce(pid, 60_000), waitOnce(pid, 60_000)];
    const path = `/api/v1/processes/${pid}/stdin?end=true`;
    expect(await waitOnce(pid, 0)).toBeNull();
    await instance.api(path, { method: "POST", body: "go\n", headers: { "content-type": "application/octet-stream" } });
    const nine = { kind: "code", code: 9 };
    expect(await Promise.all(waiters)).toEqual([nine, nine]);
    expect(await waitOnce(pid, 0)).toEqual(nine);
  });

  test("gives null when the time is over first, and the process lives on", async () => {
    const { pid } = await spawn(instance, sleeper);
    expect(await waitOnce(pid, 100)).toBeNull();
    expect((await inspect(instance, pid)).state.phase).toBe("running");
  });

  test("for what never ends is refused", async () => {
    expect(await faultOf(instance.api(waitPath(project.root, 1000)))).toMatchObject({ code: "bad_state" });
  });
});

describe("reaping", () => {
  test("tells the outcome once and forgets the process with its output", async () => {
    const { pid } = await run(instance, { argv: ["sh", "-c", "echo x; exit 4"], table: [small] });
    const first = await reap(pid);
    expect([first.status, await first.json()]).toEqual([200, { outcome: { kind: "code", code: 4 } }]);
    expect(await faultOf(reap(pid))).toMatchObject({ code: "not_found", status: 404 });
    expect(await faultOf(instance.api(`/api/v1/processes/${pid}`))).toMatchObject({ code: "not_found" });
    expect(await faultOf(instance.api(`/api/v1/processes/${pid}/output`))).toMatchObject({ code: "not_found" });
    expect((await processes(instance, true)).map((entry) => entry.pid)).not.toContain(pid);
  });

  test("by many at once succeeds for one", async () => {
    const { pid } = await run(instance, { argv: ["true"], table: [small] });
    const statuses = (await Promise.all([reap(pid), reap(pid), reap(pid)])).map(({ status }) => status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 404, 404]);
  });

  test("is refused while the process lives", async () => {
    const { pid } = await spawn(instance, sleeper);
    expect(await faultOf(reap(pid))).toMatchObject({ code: "bad_state", status: 409 });
    expect((await inspect(instance, pid)).state.phase).toBe("running");
  });
});

describe("what is shown of a process", () => {
  test("is who it is, where it belongs, and all that it holds, quotas by default included", async () => {
    const argv = ["sleep", "3600"];
    const view = await spawn(instance, { argv, project: project.id, table: ["FS_READ:/project", "MEM:64Mi"] });
    const shown = await inspect(instance, view.pid);
    expect(shown).toMatchObject({
      pid: view.pid,
      parent: project.root,
      kind: "container",
      name: "sleep",
      runtime: "python",
      argv,
      cwd: "/project",
      project: { id: project.id, name: "site" },
      table: ["FS_READ:/project", "MEM:64Mi", "CPU:1", "PIDS:128", "TIME:1d", "OUT:64Mi"],
      state: { phase: "running" },
    });
    expect(await instance.containers()).toContain(shown.container);
    expect(shown.startedBy).toBe(view.startedBy);

    const startedAt = shown.state.phase === "running" ? shown.state.startedAt : 0;
    expect(startedAt).toBeGreaterThanOrEqual(shown.createdAt);
    await kill(instance, view.pid);
    await outcomeOf(instance, view.pid);
    const ended = await inspect(instance, view.pid);
    expect(ended).toMatchObject({ container: null, state: { phase: "exited", startedAt } });
    expect(ended.state.phase === "exited" && ended.state.endedAt >= startedAt).toBe(true);
  });

  test("is CPU time that grows and memory that is held, while it is busy", async () => {
    const busy = "held = bytearray(b'x' * (40 << 20))\nwhile True: pass";
    const { pid } = await spawn(instance, { argv: python(busy), table: ["MEM:128Mi", "CPU:0.5"] });
    const usage = async (): Promise<NonNullable<ProcessView["usage"]> | undefined> =>
      (await inspect(instance, pid)).usage ?? undefined;
    const first = await waitFor("figures", async () => {
      const now = await usage();
      return now !== undefined && now.memoryBytes > 40 << 20 ? now : undefined;
    });
    expect(first.memoryBytes).toBeLessThanOrEqual(128 << 20);
    expect(first.memoryPeakBytes).toBeGreaterThanOrEqual(first.memoryBytes);
    const later = await waitFor("later figures", async () => {
      const now = await usage();
      return now !== undefined && now.at > first.at ? now : undefined;
    });
    expect(later.cpuMs).toBeGreaterThan(first.cpuMs);
  });

  test("is those that run, and with all also the ended ones, the roots and the services", async () => {
    const ended = await run(instance, { argv: ["true"], table: [small] });
    const running = await spawn(instance, sleeper);
    const { processes: before } = await statusOf(instance);
    expect((await processes(instance)).map(({ pid }) => pid)).toEqual([running.pid]);
    expect(before.running).toBe(1);
    const all = await processes(instance, true);
    expect(all.map(({ pid }) => pid)).toEqual(expect.arrayContaining([1, ended.pid, running.pid, project.root]));
    expect(new Set(all.map(({ kind }) => kind))).toEqual(
      new Set(["kernel", "service", "session", "root", "container"]),
    );
    const known = new Set(all.map(({ pid }) => pid));
    expect(all.filter(({ parent }) => parent === null).map(({ kind }) => kind)).toEqual(["kernel"]);
    expect(all.filter(({ parent }) => parent !== null && !known.has(parent))).toEqual([]);
  });
});

describe("many at once", () => {
  test("twenty spawns each get their own end and output, and leave no container", async () => {
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    const results = await Promise.all(
      numbers.map((number) =>
        run(instance, {
          argv: ["sh", "-c", `echo ${number}; echo e${number} >&2; exit ${number}`],
          table: ["MEM:16Mi", "CPU:0.5"],
        }),
      ),
    );
    expect(results.map(({ outcome, stdout, stderr }) => [outcome, stdout, stderr])).toEqual(
      numbers.map((code) => [{ kind: "code", code }, `${code}\n`, `e${code}\n`]),
    );
    expect(new Set(results.map(({ pid }) => pid)).size).toBe(20);
    await waitFor("no container is left", async () => (await instance.containers()).length === 0);
  });
});
