import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { ProjectView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { faultOf, importProject, kill, outputOf, processes, run, spawnBody } from "../system/caller.ts";
import { type Attempt, ask, filesOf, said, script, small, start, titled, type Words, words, writes } from "./box.ts";
import { HostWatch } from "./host-watch.ts";

/**
 * Links, sockets, FIFOs and directories that a sandbox plants in its project, for the kernel, the engine or another
 * process to trip over; also exchanged for one another as fast as the machine can while they look.
 */

const mount = "NET_BIND:localhost:8080";
const every = `
def every(*acts):
    answers = {tried(act) for act in acts}
    return answers.pop() if len(answers) == 1 else ",".join(sorted(answers))
`;

const inDirectory: readonly Attempt[] = [
  ["a file made beside the process's sockets", 'write("/run/superos/planted")', ["EROFS", "EACCES"]],
  [
    "a link with the name of a socket that is not there",
    'os.symlink("/var/run/docker.sock", "/run/superos/egress.sock")',
    ["EROFS", "EACCES"],
  ],
  ["a socket of its own there", 'socket.socket(1).bind("/run/superos/to-db.sock")', ["EROFS", "EACCES"]],
  [
    "the kernel's socket removed or renamed",
    'every(lambda: os.unlink("/run/superos/kernel.sock"), lambda: os.rename("/run/superos/kernel.sock", "/run/superos/k"))',
    ["EROFS", "EACCES", "EBUSY"],
  ],
  [
    "the kernel's socket given another mode, owner, time or attribute",
    'every(lambda: os.chmod("/run/superos/kernel.sock", 0), lambda: os.chown("/run/superos/kernel.sock", os.getuid(), -1), lambda: os.utime("/run/superos/kernel.sock"), lambda: os.setxattr("/run/superos/kernel.sock", "user.x", b"x"))',
    ["EROFS", "EPERM", "EACCES"],
  ],
  [
    "the process's directory made writable, or exchanged",
    'every(lambda: os.chmod("/run/superos", 0o777), lambda: call((316, 276), -100, b"/run/superos", -100, b"/tmp", 2))',
    ["EROFS", "EPERM", "EXDEV", "EBUSY", "EACCES"],
  ],
  [
    "a hard link to the kernel's socket in the project",
    'os.link("/run/superos/kernel.sock", "/project/kernel.sock")',
    ["EXDEV", "EPERM"],
  ],
  [
    "a hard link to a file of the image, also by a descriptor",
    'every(lambda: os.link("/etc/passwd", "/project/passwd"), lambda: call((265, 37), os.open("/etc/passwd", os.O_RDONLY), b"", -100, b"/project/passwd", 0x1000), lambda: os.link("/proc/self/fd/%d" % os.open("/etc/passwd", os.O_RDONLY), "/project/passwd", follow_symlinks=True))',
    ["EXDEV", "EPERM", "ENOENT"],
  ],
  [
    "the mounted project itself renamed or removed",
    'every(lambda: os.rename("/project", "/project2"), lambda: os.rmdir("/project"))',
    ["EROFS", "EBUSY", "EACCES"],
  ],
].map(([title, act, expected]) => ({ title, act, expect: expected }) as Attempt);

let instance: Instance;
let watch: HostWatch;
let project: ProjectView;
let files: string;
let answers: Words;

beforeAll(async () => {
  instance = await Instance.start();
  watch = await HostWatch.begin(instance);
  project = await importProject(instance, "site", rawArchive({ name: "main.py", content: "x = 1\n" }));
  files = filesOf(instance, project);
  const text = every + script(inDirectory);
  answers = await ask(instance, words, { script: text, project: project.id, table: [...writes, mount] });
});
afterAll(() => instance.remove());
afterEach(async () => {
  for (const { pid, project: of } of await processes(instance)) if (of?.id === project.id) await kill(instance, pid);
});

test.each(titled(inDirectory))("%s: refused", (title, refusals) => {
  const ends = (answers[title] ?? "not tried").split(",");
  expect(ends.filter((end) => !refusals.includes(end))).toEqual([]);
});

/** What a program printed, or the code with which its spawn was refused. */
async function resultOf(body: Record<string, unknown>): Promise<string> {
  const reply = await instance.post("/api/v1/processes", body);
  if (!reply.ok) return `refused: ${(await faultOf(reply)).code}`;
  const { pid } = z.object({ pid: z.number() }).parse(await reply.json());
  return (await outputOf(instance, pid)).stdout.toString();
}

/** Does something in the project, as a sandbox that may write there. */
const plant = (text: string): Promise<Words> =>
  ask(instance, words, { script: `${text}\nanswer = {}`, project: project.id, table: writes });

const outside = (): readonly [string, string][] => [
  ["/", "/"],
  ["/etc", "/etc"],
  ["the engine's socket", "/var/run/docker.sock"],
  ["another project", filesOf(instance, watch.other)],
  ["another project, by parents", `../../${watch.other.id}/files`],
  ["the instance's own files", `${instance.home}/instance.json`],
];

describe("a part of a project that is a planted link", () => {
  test.each(["FS_READ", "FS_WRITE"])("is not mounted by %s, wherever it leads", async (kind) => {
    for (const [what, target] of outside()) {
      await plant(`
if os.path.lexists("/project/sub"): os.unlink("/project/sub")
os.symlink(${JSON.stringify(target)}, "/project/sub")`);
      const table =
        kind === "FS_READ" ? [small, "FS_READ:/project/sub"] : [small, "FS_READ:/project", "FS_WRITE:/project/sub"];
      const body = spawnBody({ argv: ["true"], project: project.id, table });
      const fault = await faultOf(instance.post("/api/v1/processes", body));
      expect([what, fault.code]).toEqual([what, "invalid"]);
    }
  });

  test("is no way on to what lies behind it", async () => {
    await plant(`
os.path.lexists("/project/way") or os.symlink("/", "/project/way")
os.path.lexists("/project/dots") or os.symlink("../../..", "/project/dots")`);
    for (const path of ["way/etc", "dots/run", "way", "dots"]) {
      const body = spawnBody({ argv: ["true"], project: project.id, table: [small, `FS_READ:/project/${path}`] });
      const { code } = await faultOf(instance.post("/api/v1/processes", body));
      expect([path, code]).toEqual([path, "invalid"]);
    }
  });

  test("is not what a program can be started in from outside: it leads about in its own box", async () => {
    await plant(`os.path.lexists("/project/home") or os.symlink("/etc", "/project/home")`);
    const { stdout } = await run(instance, {
      argv: ["sh", "-c", "pwd -P; cat superos-host 2>&1 | wc -l; stat -c %d ."],
      cwd: "/project/home",
      project: project.id,
      table: writes,
    });
    expect(stdout.split("\n")[0]).toBe("/etc");
    expect(Number(stdout.split("\n")[2])).not.toBe(lstatSync("/etc").dev);
  });
});

describe("what the kernel reads and writes for people in a project where things were planted", () => {
  test("is never behind a link: reading, listing, writing and removing are refused or touch the link alone", async () => {
    await plant(`
for name, target in json.loads(${JSON.stringify(JSON.stringify(outside().map(([, target], index) => [`l${index}`, target])))}):
    os.path.lexists("/project/" + name) or os.symlink(target, "/project/" + name)`);
    const at = (part: string, path: string): string =>
      `/api/v1/projects/${project.id}/${part}?path=${encodeURIComponent(path)}`;
    for (const [index, [what]] of outside().entries()) {
      const asked = {
        read: await instance.api(at("content", `l${index}`)),
        "read below": await instance.api(at("content", `l${index}/secret`)),
        "read passwd": await instance.api(at("content", `l${index}/passwd`)),
        list: await instance.api(at("files", `l${index}`)),
        "write below": await instance.api(at("content", `l${index}/planted`), { method: "PUT", body: "x" }),
        write: await instance.api(at("content", `l${index}`), { method: "PUT", body: "x" }),
        "remove below": await instance.api(at("content", `l${index}/secret`), { method: "DELETE" }),
      };
      for (const [how, reply] of Object.entries(asked)) {
        const { code } = await faultOf(reply);
        expect([what, how, code]).toEqual([what, how, "invalid"]);
      }
      const removed = await instance.api(at("content", `l${index}`), { method: "DELETE" });
      expect([what, removed.status]).toEqual([what, 204]);
    }
  });

  test("does not hang on FIFOs, sockets and devices that pretend to be files", async () => {
    await plant(`
os.path.lexists("/project/fifo") or os.mkfifo("/project/fifo")
os.path.lexists("/project/docker.sock") or socket.socket(1).bind("/project/docker.sock")`);
    for (const name of ["fifo", "docker.sock"]) {
      const fault = await faultOf(instance.api(`/api/v1/projects/${project.id}/content?path=${name}`));
      expect([name, fault.code]).toEqual([name, "invalid"]);
    }
    const exported = await instance.api(`/api/v1/projects/${project.id}/archive`);
    const text = Buffer.from(await exported.arrayBuffer()).toString("latin1");
    expect(text).not.toContain("not for you");
    expect(text).not.toContain("root:x:0:0");
  });

  test("a socket or FIFO of the project that is mounted is the sandbox's own, and holds up nobody", async () => {
    await plant(`
os.path.lexists("/project/fifo") or os.mkfifo("/project/fifo")
os.path.lexists("/project/docker.sock") or socket.socket(1).bind("/project/docker.sock")`);
    const ends: string[] = [];
    for (const name of ["fifo", "docker.sock"]) {
      const argv = ["stat", "-c", "%F", `/project/${name}`];
      const table = [small, `FS_READ:/project/${name}`];
      ends.push(await resultOf(spawnBody({ argv, cwd: "/tmp", project: project.id, table })));
    }
    expect(ends.filter((end) => !/^(fifo|socket)\n$|^refused: (invalid|unsupported)$/.test(end))).toEqual([]);
    await watch.ticks();
  });
});

describe("a part of a project that is exchanged while it is mounted", () => {
  const tries = 8;
  const seen = z.object({ names: z.array(z.string()), marker: z.string() });

  /** Exchanges two names without end, in one system call each time, and says how often. */
  const exchanging = (a: string, b: string): string => `
print("ready", flush=True)
a, b = ${JSON.stringify(a)}.encode(), ${JSON.stringify(b)}.encode()
n = 0
end = time.time()
while True:
    call((316, 276), -100, a, -100, b, 2)
    n += 1
    if n % 2000 == 0: print("exchanged", n, flush=True)`;

  const show = `import json, os
names = sorted(os.listdir("."))
print(json.dumps(dict(names=names, marker=open("marker").read() if "marker" in names else "none")))
try: open("written", "w").close()
except OSError: pass`;

  interface Race {
    prepare: string;
    swap: [string, string];
    table: readonly string[];
    argv: readonly string[];
    cwd: string;
    times?: number;
  }

  /** What each of several spawns shows while two names are exchanged. */
  async function race({ prepare, swap, table, argv, cwd, times = tries }: Race): Promise<string[]> {
    await plant(prepare);
    const script = exchanging(...swap);
    const attacker = await start(instance, { script, project: project.id, table: [...writes, "CPU:1"] });
    const exchanges = async (): Promise<number> => (await said(instance, attacker)).split("exchanged").length - 1;
    await waitFor("they are exchanged", async () => (await exchanges()) > 0);
    const ends: string[] = [];
    for (let count = 0; count < times; count += 1) {
      ends.push(await resultOf(spawnBody({ argv: [...argv], cwd, project: project.id, table })));
    }
    const so = await exchanges();
    await waitFor("they still are", async () => (await exchanges()) > so);
    await kill(instance, attacker);
    return ends;
  }

  /** The marker of the directory that each spawn saw. */
  const markers = async (what: Omit<Race, "argv">): Promise<string[]> =>
    (await race({ ...what, argv: ["python3", "-c", show] })).map((end) =>
      end.startsWith("{") ? seen.parse(JSON.parse(end)).marker : end,
    );

  const fresh = `
import shutil
for name in os.listdir("/project"):
    path = "/project/" + name
    shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
os.makedirs("/project/a/sub"); os.mkdir("/project/sub")
write("/project/sub/marker", "right"); write("/project/a/sub/marker", "right")
`;
  const swap: [string, string] = ["/project/sub", "/project/evil"];
  const cwd = "/project/sub";
  const refusal = /^refused: (conflict|invalid|not_found|internal|unavailable)$/;

  test.each([
    ["the root", () => "/"],
    ["/etc", () => "/etc"],
    ["another project", () => filesOf(instance, watch.other)],
    ["another project by parents", () => `../../${watch.other.id}/files`],
  ])("for a link to %s shows the right directory or nothing, by FS_READ", async (_, target) => {
    const prepare = `${fresh}os.symlink(${JSON.stringify(target())}, "/project/evil")`;
    const ends = await markers({ prepare, swap, table: [small, "FS_READ:/project/sub"], cwd });
    expect(ends).toHaveLength(tries);
    expect(ends.filter((end) => end !== "right" && !refusal.test(end))).toEqual([]);
  });

  test("for a link to another project writes nothing there, by FS_WRITE", async () => {
    const prepare = `${fresh}os.symlink(${JSON.stringify(filesOf(instance, watch.other))}, "/project/evil")`;
    const table = [small, "FS_READ:/project/sub", "FS_WRITE:/project/sub"];
    const ends = await markers({ prepare, swap, table, cwd });
    expect(ends.filter((end) => end !== "right" && !refusal.test(end))).toEqual([]);
    expect(readdirSync(filesOf(instance, watch.other))).toEqual(["secret"]);
  });

  test("for another directory of the same project shows the one that was checked or nothing", async () => {
    const prepare = `${fresh}os.mkdir("/project/evil"); write("/project/evil/marker", "wrong")`;
    const ends = await markers({ prepare, swap, table: [small, "FS_READ:/project/sub"], cwd });
    // Either may be the one by that name when the right is checked.
    expect(ends.filter((end) => end !== "right" && end !== "wrong" && !refusal.test(end))).toEqual([]);
  });

  test("a component before it, for a link to another project, shows the right directory or nothing", async () => {
    const prepare = `${fresh}os.symlink(${JSON.stringify(filesOf(instance, watch.other))}, "/project/evil")`;
    const table = [small, "FS_READ:/project/a/sub"];
    const ends = await markers({ prepare, swap: ["/project/a", "/project/evil"], table, cwd: "/project/a/sub" });
    expect(ends.filter((end) => end !== "right" && !refusal.test(end))).toEqual([]);
  });

  test("where it is mounted into the project itself, for a link to a directory of the box, covers nothing of the box", async () => {
    const prepare = `${fresh}os.symlink("/usr/local/bin", "/project/evil")`;
    const table = [small, "FS_READ:/project", "FS_WRITE:/project/sub"];
    const look = "test -x /usr/local/bin/sos && echo whole; grep -c ' /usr/local/bin ' /proc/self/mountinfo";
    const ends = await race({ prepare, swap, table, argv: ["sh", "-c", look], cwd: "/tmp", times: 3 * tries });
    expect(ends.filter((end) => end !== "whole\n0\n" && !refusal.test(end))).toEqual([]);
  });

  test("is mounted as ever once nobody exchanges it", async () => {
    await plant(fresh);
    const { stdout } = await run(instance, {
      argv: ["python3", "-c", show],
      cwd: "/project/sub",
      project: project.id,
      table: [small, "FS_READ:/project/sub"],
    });
    expect(seen.parse(JSON.parse(stdout))).toEqual({ names: ["marker"], marker: "right" });
  });
});

describe("what may be written of a project", () => {
  test("is the granted part: not its parent, not what a link in it leads to, not the part's own name", async () => {
    await plant(`
os.makedirs("/project/out", exist_ok=True); write("/project/main.py", "x = 1\\n")
os.path.lexists("/project/out/up") or os.symlink("../main.py", "/project/out/up")`);
    const text = `answer = dict(parent=tried(lambda: write("/project/out/../main.py", "owned")), link=tried(lambda: write("/project/out/up", "owned")),
  sibling=tried(lambda: write("/project/new")), name=tried(lambda: os.rename("/project/out", "/project/out2")), gone=tried(lambda: os.rmdir("/project/out")),
  link2=tried(lambda: os.link("/project/main.py", "/project/out/main.py")), out=tried(lambda: os.rename("/project/main.py", "/project/out/m")), own=tried(lambda: write("/project/out/new")))`;
    const { own, ...got } = await ask(instance, words, {
      script: text,
      project: project.id,
      table: [small, "FS_READ:/project", "FS_WRITE:/project/out"],
    });
    expect(own).toBe("ok");
    expect(Object.entries(got).filter(([, end]) => !["EROFS", "EXDEV", "EBUSY"].includes(end))).toEqual([]);
    expect(readFileSync(join(files, "main.py"), "utf8")).toBe("x = 1\n");
  });

  test("is not seen at all beyond the part that may be read", async () => {
    await plant(`os.makedirs("/project/part", exist_ok=True); write("/project/part/in"); write("/project/outside")`);
    const text = `answer = dict(listed=",".join(os.listdir("/project")), up=",".join(os.listdir("/project/part/..")), outside=tried(lambda: read("/project/outside")),
  inside=",".join(os.listdir("/project/part")), made=tried(lambda: write("/project/x")))`;
    const got = await ask(instance, words, {
      script: text,
      project: project.id,
      table: [small, "FS_READ:/project/part"],
    });
    expect(got).toMatchObject({ listed: "part", up: "part", outside: "ENOENT", inside: "in" });
    expect(["EROFS", "EACCES"]).toContain(got["made"]);
  });
});

test("a project full of planted links is removed without touching what they lead to", async () => {
  const doomed = await importProject(instance, "doomed", rawArchive({ name: "main.py", content: "" }));
  await ask(instance, words, {
    script: `
for number, target in enumerate(${JSON.stringify(outside().map(([, target]) => target))}):
    os.symlink(target, "/project/l%d" % number)
    os.makedirs("/project/d/%d" % number); os.symlink(target, "/project/d/%d/l" % number); os.chmod("/project/d/%d" % number, 0)
answer = {}`,
    project: doomed.id,
    table: writes,
  });
  const secret = join(filesOf(instance, watch.other), "secret");
  expect((await instance.api(`/api/v1/projects/${doomed.id}`, { method: "DELETE" })).status).toBe(204);
  expect(readdirSync(join(instance.home, "projects"))).not.toContain(doomed.id);
  expect(readFileSync(secret, "utf8")).toBe("not for you");
});

test("all of it changed nothing on the host, and everybody else goes on", async () => {
  expect(await watch.changes()).toEqual([]);
});
