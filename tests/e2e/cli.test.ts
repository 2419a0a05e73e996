import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  auditRowSchema,
  processViewSchema,
  projectViewSchema,
  runtimeViewSchema,
  statusSchema,
  tokenViewSchema,
} from "../../kernel/abi/index.ts";
import { checkout, type CliOptions, type Finished, finish, Instance } from "../setup/instance.ts";
import { entriesOf } from "./archive.ts";
import { python, whenPrinted } from "./program.ts";

/** The superos command against a whole instance, as a new user meets it. */

/** The system's own Node where it is older than the one that SuperOS runs on. */
const olderNode = ["/usr/bin/node", "/usr/local/bin/node"].find(
  (path) =>
    Number(/^v(\d+)/.exec(existsSync(path) ? execFileSync(path, ["--version"], { encoding: "utf8" }) : "")?.[1]) < 24,
);

let instance: Instance;
let scratch: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "superos-cli-"));
  const site = join(scratch, "site");
  mkdirSync(join(site, "pages"), { recursive: true });
  writeFileSync(join(site, "main.py"), "print('hello from', __file__)\n");
  writeFileSync(join(site, "pages", "größe 1.txt"), "größer\n");
  writeFileSync(join(site, "tool"), "#!/bin/sh\necho tool ran\n");
  chmodSync(join(site, "tool"), 0o755);
  symlinkSync("../main.py", join(site, "pages", "link.py"));
  instance = await Instance.start();
  const imported = await instance.cli(["project", "import", site]);
  if (imported.code !== 0) throw new Error(imported.stderr);
});

afterAll(async () => {
  await instance?.remove();
  rmSync(scratch, { recursive: true, force: true });
});

const superos = (args: readonly string[], options?: CliOptions): Promise<Finished> => instance.cli(args, options);
const text = (ended: Finished): string => ended.stdout.toString("utf8");

/** The stdout of a command that must succeed. */
async function printed(...args: string[]): Promise<string> {
  const ended = await superos(args);
  expect(ended.code, `superos ${args.join(" ")}: ${ended.stderr}`).toBe(0);
  return text(ended);
}

async function json<S extends z.ZodType>(schema: S, ...args: string[]): Promise<z.output<S>> {
  return schema.parse(JSON.parse(await printed(...args, "--json")));
}

/** Starts a program detached and returns its pid. */
async function detached(...args: string[]): Promise<string> {
  return (await printed("run", "-d", ...args)).trim();
}

const inspected = (pid: string) => json(processViewSchema, "inspect", pid);

/** Waits for the program's end, so that no test leaves one behind. */
async function killed(pid: string): Promise<void> {
  await superos(["kill", pid, "-s", "KILL"]);
  await superos(["wait", pid]);
}

describe("superos status", () => {
  it("tells a person that everything is up, where, and what this host can enforce", async () => {
    const told = await printed("status");
    expect(told).toContain(instance.url);
    expect(told).toMatch(/^policy: +up \(pid \d+\)$/m);
    expect(told).toMatch(/^gateway: +up \(pid \d+\)$/m);
    expect(told).toMatch(/^engine: +up \(\S+, API 1\.\d+\)$/m);
    expect(told).toMatch(/ok +memory limit/);
  });

  it("tells a program the same as one JSON document", async () => {
    const status = await json(statusSchema, "status");
    expect(status.engine.state).toBe("up");
    expect(status.services.map(({ name, state }) => [name, state])).toEqual([
      ["policy", "up"],
      ["gateway", "up"],
      ["egress", "up"],
    ]);
  });
});

describe("superos project", () => {
  it("import prints the id alone on stdout and names the project after its folder", async () => {
    const folder = join(scratch, "My Site (2)");
    mkdirSync(folder);
    writeFileSync(join(folder, "a.txt"), "a");
    const ended = await superos(["project", "import", folder]);
    expect(text(ended)).toMatch(/^[a-z2-7]{10}\n$/);
    expect(ended.stderr).toContain("Imported My-Site-2: 1 file");
    const projects = await json(z.array(projectViewSchema), "project", "ls");
    expect(projects.map(({ name }) => name).toSorted()).toEqual(["My-Site-2", "site"]);
    expect(projects.find(({ id }) => id === text(ended).trim())).toMatchObject({
      name: "My-Site-2",
      files: 1,
      bytes: 1,
    });
    expect(await printed("project", "rm", "My-Site-2")).toContain("My-Site-2");
    expect(await printed("project", "ls")).not.toContain("My-Site-2");
  });

  it("export gives back what was imported: contents, names, links and executable bits", async () => {
    const file = join(scratch, "site.tar");
    await printed("project", "export", "site", file);
    const saved = readFileSync(file);
    const entries = await entriesOf(saved);
    const content = readFileSync(join(scratch, "site", "main.py"));
    expect(entries.get("main.py")).toEqual({ type: "file", mode: 0o644, body: content });
    expect(entries.get("pages/größe 1.txt")?.body.toString()).toBe("größer\n");
    expect(entries.get("pages/link.py")).toMatchObject({ type: "symlink", body: Buffer.from("../main.py") });
    expect(entries.get("tool")?.mode).toBe(0o755);
    const streamed = await superos(["project", "export", "site", "-"]);
    expect([...(await entriesOf(streamed.stdout)).keys()]).toEqual([...entries.keys()]);
  });

  it("import refuses a name in use and a folder that is not there, and leaves nothing", async () => {
    // Several times: the refusal comes while the upload is still under way.
    for (let time = 0; time < 10; time += 1) {
      const again = await superos(["project", "import", join(scratch, "site")]);
      expect([again.code, text(again)]).toEqual([125, ""]);
      expect(again.stderr).toMatch(/^superos: conflict: .*site.*\nhint: ./);
    }
    const nowhere = await superos(["project", "import", join(scratch, "nowhere")]);
    expect([nowhere.code, nowhere.stderr]).toEqual([125, expect.stringMatching(/^superos: not_found: .*nowhere/)]);
    expect(await json(z.array(projectViewSchema), "project", "ls")).toHaveLength(1);
  });

  it("rm of a project that runs something ends it and removes its files", async () => {
    const folder = join(scratch, "doomed");
    mkdirSync(folder);
    writeFileSync(join(folder, "a.txt"), "a");
    const id = (await printed("project", "import", folder)).trim();
    const pid = await detached("--project", "doomed", "--", "sleep", "600");
    await printed("project", "rm", id);
    expect(existsSync(join(instance.home, "projects", id))).toBe(false);
    const wait = await superos(["wait", pid]);
    expect(wait.code).not.toBe(0);
    expect((await superos(["ps"])).stdout.toString()).not.toMatch(/sleep 600/);
  });
});

describe("superos run", () => {
  it("runs a project's program in the project's folder and exits as it does", async () => {
    const ended = await superos(["run", "--project", "site", "--", "python3", "main.py"]);
    expect([ended.code, text(ended), ended.stderr]).toEqual([0, "hello from /project/main.py\n", ""]);
    expect(await printed("run", "--project", "site", "--", "./tool")).toBe("tool ran\n");
    expect((await superos(["run", ...python("raise SystemExit(7)")])).code).toBe(7);
  });

  it("by default lets a program read its project and not change it", async () => {
    const id = (await json(z.array(projectViewSchema), "project", "ls")).find(({ name }) => name === "site")?.id ?? "";
    const read = await printed("run", "--project", "site", "--", "cat", "pages/größe 1.txt");
    expect(read).toBe("größer\n");
    const write = await superos(["run", "--project", id, ...python("open('/project/new', 'w')")]);
    expect([write.code, write.stderr]).toEqual([1, expect.stringContaining("Read-only file system")]);
    expect(existsSync(join(instance.home, "projects", id, "files", "new"))).toBe(false);
    const view = (await json(z.array(processViewSchema), "ps", "--all")).find(({ argv }) =>
      argv.at(-1)?.includes("/project/new"),
    );
    expect(view?.table).toContain("FS_READ:/project");
    expect(view?.table.some((each) => /^(FS_WRITE|NET|PROC)/.test(each))).toBe(false);
  });

  it("without a project gives a program no files, and a working directory of its own", async () => {
    const program = python("import os", "print(os.path.exists('/project'), os.getcwd())");
    expect(await printed("run", ...program)).toBe("False /tmp\n");
  });

  it("with --cap gives exactly what is named: writing lands in the project, quotas alone keep the default", async () => {
    const caps = ["--cap", "FS_READ:/project", "--cap", "FS_WRITE:/project"];
    await printed("run", "--project", "site", ...caps, ...python("open('made', 'w').write('by a program')"));
    expect(await printed("run", "--project", "site", "--cap", "MEM:64Mi", "--", "cat", "made")).toBe("by a program");
    await printed("run", "--project", "site", ...caps, "--", "rm", "made");
  });

  it("passes --env, a variable of one's own, --cwd and arguments on as they are", async () => {
    const program = ["import os, sys", "print([os.environ['A'], os.environ['OWN'], os.getcwd(), *sys.argv[1:]])"].join(
      "\n",
    );
    const args = [
      "run",
      "--env",
      "A=x y=z\n$(id)",
      "--env",
      "OWN",
      "--cwd",
      "/usr/lib",
      "--",
      "python3",
      "-c",
      program,
    ];
    const ended = await superos([...args, "--", "-d", "", "it's"], { env: { OWN: "mine" } });
    expect(text(ended)).toBe(`['A x y=z\\n$(id)', 'mine', '/usr/lib', '--', '-d', '', "it's"]\n`.replace("A ", ""));
  });

  it("exits 124 when --timeout is over, and says so", async () => {
    const ended = await superos(["run", "--timeout", "1", "--", "sleep", "600"]);
    expect([ended.code, ended.stderr]).toEqual([
      124,
      expect.stringMatching(/^superos: process \d+: timed out after 1 s\n$/),
    ]);
  });

  it("exits 137 when memory ran out, and says so", async () => {
    const ended = await superos(["run", "--cap", "MEM:64Mi", ...python("x = bytearray(512 << 20)")]);
    expect([ended.code, ended.stderr]).toEqual([137, expect.stringMatching(/^superos: process \d+: out of memory\n$/)]);
  });

  it("exits 128+n when the program dies by a signal of its own, without a word", async () => {
    const ended = await superos(["run", ...python("import os", "os.kill(os.getpid(), 11)")]);
    expect([ended.code, ended.stderr]).toEqual([139, ""]);
  });

  it("exits 127 for a program that is not there and 126 for one that may not be executed", async () => {
    expect((await superos(["run", "--", "no-such-program"])).code).toBe(127);
    expect((await superos(["run", "--", "/etc/passwd"])).code).toBe(126);
  });

  it("exits 125 with the fault's code and a hint when SuperOS refuses", async () => {
    const refusals: [string[], RegExp][] = [
      [["--cap", "ML_CONTEXT:logs", "--", "true"], /^superos: unsupported: .*ML_CONTEXT/],
      [["--cap", "NET_CONNECT:10.0.0.1:80", "--", "true"], /^superos: denied: .*NET_CONNECT:10\.0\.0\.1:80/],
      [["--cap", "MEM:1000Gi", "--", "true"], /^superos: denied: .*MEM:1000Gi/],
      [["--project", "nope", "--", "true"], /^superos: not_found: no project "nope"/],
      [["--runtime", "cobol", "--", "true"], /^superos: not_found: .*cobol/],
      [["--cwd", "/nope", "--", "true"], /^superos: not_found: .*\/nope/],
    ];
    for (const [args, message] of refusals) {
      const ended = await superos(["run", ...args]);
      expect([ended.code, text(ended)], args.join(" ")).toEqual([125, ""]);
      expect(ended.stderr).toMatch(message);
      expect(ended.stderr).toMatch(/^hint: ./m);
    }
  });

  it("exits 2 for a wrong use, before anything runs, and points at its help", async () => {
    for (const args of [
      ["run"],
      ["run", "--cap", "NONSENSE", "--", "true"],
      ["run", "--frobnicate"],
      ["kill", "x"],
      ["nope"],
    ]) {
      const ended = await superos(args);
      expect([ended.code, text(ended)], args.join(" ")).toEqual([2, ""]);
      expect(ended.stderr).toMatch(/--help|The kinds are|pid is/);
    }
  });

  it("passes stdin, stdout and stderr through byte for byte", async () => {
    const input = randomBytes(3 << 20);
    const raw: Buffer[] = [];
    const ended = await superos(["run", "--", "sh", "-c", "tee /dev/stderr"], {
      input,
      started: (child) => child.stderr?.on("data", (part: Buffer) => raw.push(part)),
    });
    expect(ended.code).toBe(0);
    expect(ended.stdout.equals(input)).toBe(true);
    expect(Buffer.concat(raw).equals(input)).toBe(true);
  });

  it("does not fail over input that the program does not take", async () => {
    const input = Buffer.alloc(8 << 20, "line\n");
    for (let time = 0; time < 5; time += 1) {
      const ended = await superos(["run", "--", "head", "-c", "5"], { input });
      expect([ended.code, text(ended), ended.stderr]).toEqual([0, "line\n", ""]);
    }
  });

  it("ends with its program though its own stdin stays open", async () => {
    const ended = await superos(["run", "--", "echo", "done"], { started: () => undefined });
    expect([ended.code, text(ended)]).toEqual([0, "done\n"]);
  });

  it("hands Ctrl-C on: the program's own handler decides the exit code", async () => {
    const program = python(
      "import time, sys",
      "try:",
      "  print('ready', flush=True)",
      "  time.sleep(600)",
      "except KeyboardInterrupt:",
      "  print('interrupted', flush=True)",
      "  sys.exit(5)",
    );
    const ended = await superos(["run", ...program], {
      started: (child) => void whenPrinted(child, "ready").then(() => child.kill("SIGINT")),
    });
    expect([ended.code, text(ended), ended.stderr]).toEqual([5, "ready\ninterrupted\n", ""]);
  });

  it("kills a program that ignores Ctrl-C on the second one", async () => {
    const program = python(
      "import signal, time",
      "def ignore(*_):",
      "  time.sleep(0.5)",
      "  print('ignored', flush=True)",
      "signal.signal(signal.SIGINT, ignore)",
      "print('ready', flush=True)",
      "while True: time.sleep(1)",
    );
    const ended = await superos(["run", ...program], {
      started: (child) => {
        void whenPrinted(child, "ready").then(() => child.kill("SIGINT"));
        void whenPrinted(child, "ignored").then(() => child.kill("SIGINT"));
      },
    });
    expect([ended.code, ended.stderr]).toEqual([137, expect.stringMatching(/killed by process \d+ with SIGKILL/)]);
  });

  it("hands SIGTERM on, and exits as the program it ended", async () => {
    const ended = await superos(["run", ...python("import time", "print('ready', flush=True)", "time.sleep(600)")], {
      started: (child) => void whenPrinted(child, "ready").then(() => child.kill("SIGTERM")),
    });
    expect(ended.code).toBe(143);
  });

  it("kills the program and exits 141 when the reader of its output goes away", async () => {
    const env = { ...process.env, SUPEROS_HOME: instance.home };
    const args = [join(checkout, "ui", "cli", "superos.mjs"), "run", "--", "yes", "reader-has-gone"];
    const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "ignore"] });
    child.stdout.once("data", () => child.stdout.destroy());
    const [code] = z.tuple([z.number().nullable(), z.unknown()]).parse(await once(child, "exit"));
    expect(code).toBe(141);
    const views = await json(z.array(processViewSchema), "ps", "--all");
    const pid = String(views.find(({ argv }) => argv.includes("reader-has-gone"))?.pid);
    expect((await superos(["wait", pid])).code).toBe(137);
  });

  it("with -d prints the pid alone and leaves the program running", async () => {
    const ended = await superos(["run", "-d", "--", "sleep", "600"]);
    expect([ended.code, ended.stderr]).toEqual([0, ""]);
    expect(text(ended)).toMatch(/^\d+\n$/);
    const pid = text(ended).trim();
    expect((await inspected(pid)).state.phase).toBe("running");
    await killed(pid);
  });
});

describe("processes", () => {
  it("ps lists what runs; --all also what has ended and the kernel's own entries; --json what the abi says", async () => {
    const pid = await detached("--project", "site", "--", "sleep", "601");
    const row = (await printed("ps")).split("\n").find((line) => line.includes("sleep 601"));
    expect(row).toMatch(new RegExp(`^ *${pid} +site +python +fg +running `));
    expect((await json(z.array(processViewSchema), "ps")).map((view) => String(view.pid))).toEqual([pid]);
    await killed(pid);
    expect(await printed("ps")).not.toContain("sleep 601");
    expect(await printed("ps", "--all")).toMatch(/sleep 601/);
    const all = await json(z.array(processViewSchema), "ps", "--all");
    expect(new Set(all.map(({ kind }) => kind))).toEqual(
      new Set(["kernel", "service", "session", "root", "container"]),
    );
    const known = new Set(all.map((view) => view.pid));
    const orphans = all.filter((view) => (view.parent === null ? view.kind !== "kernel" : !known.has(view.parent)));
    expect(orphans).toEqual([]);
  });

  it("inspect shows a process's state, outcome and capabilities", async () => {
    const pid = await detached("--project", "site", "--cap", "MEM:64Mi", ...python("raise SystemExit(3)"));
    await superos(["wait", pid]);
    const view = await inspected(pid);
    expect(view).toMatchObject({ kind: "container", project: { name: "site" }, cwd: "/project", container: null });
    expect(view.state).toMatchObject({ phase: "exited", outcome: { kind: "code", code: 3 } });
    expect(view.table).toEqual(expect.arrayContaining(["FS_READ:/project", "MEM:64Mi"]));
    const told = await printed("inspect", pid);
    expect(told).toMatch(/^outcome: +exited with code 3$/m);
    expect(told).toMatch(/^capabilities: +FS_READ:\/project$/m);
  });

  it("logs gives stdout and stderr apart, as often as it is asked", async () => {
    const pid = await detached("--", "sh", "-c", "echo out; echo err >&2; exit 4");
    await superos(["wait", pid]);
    for (let time = 0; time < 2; time += 1) {
      const logs = await superos(["logs", pid]);
      expect([logs.code, text(logs), logs.stderr]).toEqual([0, "out\n", "err\n"]);
    }
  });

  it("logs stops at what is there; logs -f goes on and ends with the process", async () => {
    const program = python(
      "import signal",
      "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])",
      "print('first', flush=True)",
      "signal.sigwait([signal.SIGTERM])",
      "print('last')",
    );
    const pid = await detached(...program);
    const follow = superos(["logs", pid, "-f"], {
      started: (child) => {
        child.stdin?.end();
        void whenPrinted(child, "first").then(async () => {
          const now = await superos(["logs", pid]);
          expect(text(now)).toBe("first\n");
          return superos(["kill", pid, "-s", "TERM"]);
        });
      },
    });
    expect(text(await follow)).toBe("first\nlast\n");
  });

  it("kill -s TERM is for the program to handle; wait tells how it ended and exits so", async () => {
    const program = python(
      "import signal, sys",
      "signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))",
      "print('ready', flush=True)",
      "signal.pause()",
    );
    const pid = await detached(...program);
    const follow = superos(["logs", pid, "-f"], {
      started: (child) => void whenPrinted(child, "ready").then(() => superos(["kill", "-s", "TERM", pid])),
    });
    const wait = await superos(["wait", pid]);
    expect([wait.code, text(wait)]).toEqual([9, "exited with code 9\n"]);
    await follow;
  });

  it("kill ends a process that handles no signal, and -s takes a signal by any of its names", async () => {
    for (const options of [[], ["-s", "KILL"], ["-s", "sigkill"], ["--signal", "9"]]) {
      const pid = await detached("--", "sh", "-c", "trap '' INT TERM; sleep 600");
      const kill = await superos(["kill", ...options, pid]);
      expect([kill.code, kill.stderr], options.join(" ")).toEqual([0, ""]);
      const wait = await superos(["wait", pid]);
      expect([wait.code, text(wait)]).toEqual([137, expect.stringMatching(/^killed by process \d+ with SIGKILL\n$/)]);
    }
  });

  it("kill -s TERM ends a program without a handler by that signal", async () => {
    const pid = await detached("--", "sleep", "600");
    await printed("kill", "-s", "TERM", pid);
    expect((await superos(["wait", pid])).code).toBe(143);
  });

  it("a pid that is not there is not_found, and an ended process is not killed again", async () => {
    const nobody = await superos(["kill", "999999"]);
    expect([nobody.code, nobody.stderr]).toEqual([125, expect.stringMatching(/^superos: not_found: .*999999/)]);
    const pid = await detached("--", "true");
    await superos(["wait", pid]);
    const again = await superos(["kill", pid]);
    expect([again.code, again.stderr]).toEqual([125, expect.stringMatching(/^superos: bad_state: /)]);
  });

  it("a hostile argument or name cannot write escape sequences onto the terminal", async () => {
    const pid = await detached("--", "sleep", "600", "\u001b[2J\u0007\u202Eevil");
    for (const args of [["ps"], ["inspect", pid], ["ps", "--all"]]) {
      // oxlint-disable-next-line no-control-regex -- that is what is looked for
      expect(await printed(...args), args.join(" ")).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
    await killed(pid);
  });
});

describe("superos audit", () => {
  it("records who was allowed and who was refused, with the capability that was missing", async () => {
    await superos(["run", "--cap", "MEM:999Gi", "--", "true"]);
    const rows = await json(z.array(auditRowSchema), "audit");
    const refused = rows.find((row) => row.missing === "MEM:999Gi");
    expect(refused).toMatchObject({ what: "run", verdict: "refused", code: "denied" });
    expect(rows.some((row) => row.what === "project_import" && row.verdict === "allowed")).toBe(true);
    expect(rows.map((row) => row.seq)).toEqual(rows.map((row) => row.seq).toSorted((a, b) => a - b));
    expect(await printed("audit")).toMatch(/refused .*run +denied: MEM:999Gi/);
  });
});

describe("superos token", () => {
  it("makes a token that works from anywhere by SUPEROS_URL and SUPEROS_TOKEN, and no more once removed", async () => {
    const made = await superos(["token", "create", "--name", "ci"]);
    const secret = text(made).trim();
    expect(secret).toMatch(/^\S{20,}$/);
    expect(made.stderr).not.toContain(secret);
    const env = { SUPEROS_URL: instance.url, SUPEROS_TOKEN: secret, SUPEROS_HOME: join(scratch, "nowhere") };
    const run = await superos(["run", "--", "echo", "from ci"], { env });
    expect([run.code, text(run)], run.stderr).toEqual([0, "from ci\n"]);
    const tokens = await json(z.array(tokenViewSchema), "token", "ls");
    expect(tokens.find(({ name }) => name === "ci")?.lastUsedAt).not.toBeNull();
    expect(await printed("token", "ls")).not.toContain(secret);
    const twice = await superos(["token", "create", "--name", "ci"]);
    expect([twice.code, twice.stderr]).toEqual([125, expect.stringMatching(/^superos: conflict: /)]);
    await printed("token", "rm", "ci");
    const after = await superos(["ps"], { env });
    expect([after.code, after.stderr]).toEqual([125, expect.stringMatching(/^superos: denied: [^]*hint: ./)]);
    expect(after.stderr).not.toContain(secret);
  });
});

describe("superos runtimes", () => {
  it("lists the runtimes with the quotas that a process gets when it names none", async () => {
    const runtimes = await json(z.array(runtimeViewSchema), "runtimes");
    expect(runtimes.find(({ name }) => name === "python")?.quotas).toContain("MEM:512Mi");
    expect(await printed("runtimes")).toMatch(/^python +Python 3 /m);
  });
});

describe("a new user", () => {
  it("is told how to start SuperOS where none runs, with exit code 125", async () => {
    const nowhere = { SUPEROS_HOME: join(scratch, "nowhere") };
    const started = await superos(["status"], { env: nowhere });
    expect([started.code, text(started)]).toEqual([125, ""]);
    expect(started.stderr).toMatch(
      /^superos: unavailable: SuperOS is not running here \(no .*\)\nhint: Start it with: npm start/,
    );
    const gone = { SUPEROS_URL: "http://127.0.0.1:1", SUPEROS_TOKEN: "x" };
    const refused = await superos(["run", "--", "true"], { env: gone });
    expect([refused.code, refused.stderr]).toEqual([
      125,
      expect.stringMatching(/^superos: unavailable: .*127\.0\.0\.1:1[^]*hint: ./),
    ]);
  });

  it("finds an example in the help of every command, without a server", async () => {
    const env = { SUPEROS_HOME: join(scratch, "nowhere") };
    const top = text(await superos(["--help"], { env }));
    const groups = [
      "project import",
      "project ls",
      "project export",
      "project rm",
      "token create",
      "token ls",
      "token rm",
    ];
    const flat = ["status", "run", "ps", "inspect", "logs", "kill", "wait", "audit", "runtimes", "project", "token"];
    for (const name of flat) expect(top).toMatch(new RegExp(`^  ${name}\\b`, "m"));
    for (const name of [...flat, ...groups]) {
      const help = await superos([...name.split(" "), "--help"], { env });
      expect([help.code, help.stderr], name).toEqual([0, ""]);
      expect(text(help), name).toMatch(
        new RegExp(`^Examples?:\\n {2}\\S.*superos ${name}\\b|^Examples?:\\n {2}superos ${name}\\b`, "m"),
      );
    }
  });

  it.skipIf(olderNode === undefined)(
    "can call the command from an older Node, which hands over to a newer",
    async () => {
      const env = { SUPEROS_HOME: instance.home };
      const script = join(checkout, "ui", "cli", "superos.mjs");
      const ended = await finish(olderNode ?? "", [script, "run", ...python("raise SystemExit(6)")], { env });
      expect([ended.code, ended.stderr]).toEqual([6, ""]);
    },
  );
});
