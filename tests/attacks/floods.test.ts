import { statfsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProjectView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { importProject, inspect, kill, outcomeOf, outputOf, python, run, spawn, statusOf } from "../system/caller.ts";
import { ask, prelude, said, small, start, words, writes } from "./box.ts";
import { HostWatch, tasksOf } from "./host-watch.ts";

/**
 * Programs that take all they can get: processes, memory, descriptors, inodes, space, output, what the host counts for
 * each user. Each ends at its own limit while a neighbour ticks. What fills a project's files is `disk.test.ts`'s.
 */

let instance: Instance;
let watch: HostWatch;
let project: ProjectView;

beforeAll(async () => {
  instance = await Instance.start();
  project = await importProject(instance, "site", rawArchive({ name: "main.py", content: "" }));
  watch = await HostWatch.begin(instance);
});
afterAll(() => instance.remove());

/** Starts a flood, sees the others go on, and ends it. */
async function floods(script: string, table: readonly string[] = [small, "PIDS:64", "CPU:1"]): Promise<string> {
  const pid = await start(instance, { script, table, project: project.id });
  await watch.ticks();
  expect(await run(instance, { argv: ["echo", "x"], table: [small] })).toMatchObject({ stdout: "x\n" });
  const output = await said(instance, pid);
  if ((await inspect(instance, pid)).state.phase !== "exited") await kill(instance, pid);
  await outcomeOf(instance, pid);
  return output;
}

describe("processes without end", () => {
  test("a fork bomb whose every process leaves its session and heeds no signal stops at PIDS and dies with its box", async () => {
    const script = `
print("bomb", flush=True)
for each in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}: signal.signal(each, signal.SIG_IGN)
while True:
    try:
        if os.fork() == 0: os.setsid()
    except OSError: time.sleep(0.05)`;
    const pid = await start(instance, { script, table: [small, "PIDS:40", "CPU:1"], project: project.id });
    await waitFor("the bomb to come to its limit", async () => (await tasksOf(instance, pid)) > 30);
    await watch.ticks();
    expect(await tasksOf(instance, pid)).toBeLessThanOrEqual(40);
    await kill(instance, pid);
    expect(await outcomeOf(instance, pid)).toMatchObject({ kind: "killed", signal: "SIGKILL" });
  });

  test("zombies that nobody waits for count like the living", async () => {
    const out = await floods(`
n = 0
try:
    while n < 10000:
        if os.fork() == 0: os._exit(0)
        n += 1
except OSError as error: print(name_of(error), n, flush=True)
time.sleep(3600)`);
    const [end, count] = out.trim().split(" ");
    expect(end).toBe("EAGAIN");
    expect(Number(count)).toBeLessThan(64);
  });

  test("orphans that leave their session are taken over by the box's init, and end with it", async () => {
    const out = await floods(`
n = 0
try:
    while n < 10000:
        child = os.fork()
        if child == 0:
            os.setsid()
            if os.fork() == 0:
                signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
                while True: time.sleep(1000)
            os._exit(0)
        os.waitpid(child, 0)
        n += 1
except OSError as error: print(name_of(error), flush=True)
time.sleep(3600)`);
    expect(out.trim()).toBe("EAGAIN");
  });

  test("threads count like processes", async () => {
    const out = await floods(`
threading.stack_size(1 << 16)
try:
    for n in range(10000): threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
except RuntimeError: print("no more", n, flush=True)
time.sleep(3600)`);
    expect(out).toMatch(/^no more \d\d?\n$/);
  });
});

describe("memory without end", () => {
  const ends: readonly [string, string][] = [
    ["of its own", "block = [bytearray(1 << 20) for _ in range(4096)]"],
    ["locked", "m = mmap.mmap(-1, 1 << 30); libc.mlockall(3)\nfor at in range(0, 1 << 30, 4096): m[at] = 1"],
    ["of files without a name", "f = os.memfd_create('x')\nwhile True: os.write(f, bytes(1 << 20))"],
    [
      "of System V shared memory",
      "segments = [libc.shmget(0, 16 << 20, 0o1600) for _ in range(64)]\nlibc.shmat.restype = ctypes.c_void_p\nfor each in segments: ctypes.memset(libc.shmat(each, None, 0), 1, 16 << 20)",
    ],
    [
      "of many processes together",
      "for _ in range(30):\n    if os.fork() == 0: break\nblock = []\nwhile True: block.append(bytearray(1 << 20)); time.sleep(0.001)",
    ],
  ];
  test.each(ends)("%s ends the program and nobody else", async (_, text) => {
    const script = `${prelude}\nopen("/proc/self/oom_score_adj", "w").write("1000")\n${text}\nprint("has it all")`;
    const { pid } = await spawn(instance, {
      argv: python(script),
      table: [small, "PIDS:64", "TIME:60s"],
      project: project.id,
    });
    const outcome = await outcomeOf(instance, pid);
    const { stderr } = await outputOf(instance, pid);
    // The program may be told instead of killed: it then says so itself.
    const end = outcome.kind === "code" ? stderr.toString() : outcome.kind;
    expect(end).toMatch(/^(oom|signal)$|MemoryError|Cannot allocate memory/);
    expect(await said(instance, pid)).not.toContain("has it all");
    await watch.ticks();
  });

  test("in what the host's kernel keeps for a program: pipes, sockets, files without a name, stays within MEM", async () => {
    const used = await floods(
      `
resource.setrlimit(resource.RLIMIT_NOFILE, (16384, 16384))
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
def fill(make):
    kept = []
    try:
        while True: kept.append(make())
    except (OSError, MemoryError) as error: return kept, name_of(error) if isinstance(error, OSError) else "MemoryError"
def pipe():
    read, write = os.pipe(); os.set_blocking(write, False)
    try:
        while True: os.write(write, bytes(65536))
    except BlockingIOError: return read, write
def pair():
    a, b = socket.socketpair(); a.setblocking(False)
    try:
        while True: a.send(bytes(65536))
    except BlockingIOError: return a, b
def child(make):
    if os.fork() == 0: fill(make); time.sleep(3600)
print("begun", flush=True)
for make in (pipe, pair, lambda: os.memfd_create("x"), lambda: os.open("/tmp", os.O_TMPFILE | os.O_RDWR)): child(make)
time.sleep(3600)`,
    );
    expect(used).toBe("begun\n");
  });
});

describe("what the host counts for each user", () => {
  test("used up in one project is there in another: instances of inotify", async () => {
    const pid = await start(instance, {
      script: `
kept = []
def all_of(make):
    try:
        for n in range(200000): kept.append(make(n))
    except OSError as error: return name_of(error)
    return "no end"
def watch(n):
    fd = libc.inotify_init()
    if fd < 0: raise OSError(ctypes.get_errno(), "")
    return fd
print(all_of(watch), flush=True)
time.sleep(3600)`,
      project: project.id,
    });
    expect((await said(instance, pid)).trim()).toMatch(/^(EMFILE|ENFILE)$/);
    const got = await ask(instance, words, {
      script: `answer = {"inotify": "ok" if libc.inotify_init() >= 0 else errno.errorcode[ctypes.get_errno()]}`,
      project: watch.other.id,
    });
    expect(got).toEqual({ inotify: "ok" });
    await kill(instance, pid);
  });

  test("descriptors end at the process's limit, in each of its processes, and the host has more", async () => {
    const out = await floods(
      `
resource.setrlimit(resource.RLIMIT_NOFILE, (16384, 16384))
def all_of():
    kept = []
    try:
        while True: kept.append(os.open("/dev/null", os.O_RDONLY))
    except OSError as error: return kept, name_of(error)
for _ in range(20):
    if os.fork() == 0: kept = all_of(); time.sleep(3600)
kept, end = all_of()
print(end, len(kept) > 16000, flush=True)
time.sleep(3600)`,
      ["MEM:256Mi", "PIDS:64"],
    );
    expect(out).toBe("EMFILE True\n");
  });
});

describe("space without end", () => {
  test.each([
    ["/tmp", "ENOSPC"],
    ["/dev/shm", "ENOSPC"],
  ])("files in %s end at its size, which counts as memory", async (directory, end) => {
    const free = statfsSync(instance.home).bavail;
    const script = `
answer = {"end": tried(lambda: [open("${directory}/%d" % n, "wb").write(bytes(1 << 20)) for n in range(4096)] and None)}
statistics = os.statvfs("${directory}"); answer["size"] = str(statistics.f_blocks * statistics.f_frsize >> 20)`;
    const got = await ask(instance, words, { script, table: ["MEM:128Mi"] });
    expect(got).toEqual({ end, size: "64" });
    expect(free - statfsSync(instance.home).bavail).toBeLessThan(free / 10);
  });

  test.each(["/tmp", "/dev/shm"])("inodes in %s end, by their number or by memory", async (directory) => {
    const script = `
def fill():
    for n in range(1 << 22):
        if n % 4096 == 0: os.mkdir("${directory}/d%d" % (n >> 12))
        os.close(os.open("${directory}/d%d/%d" % (n >> 12, n), os.O_CREAT | os.O_WRONLY))
print(tried(fill, 90), flush=True)`;
    const { stdout, outcome } = await run(instance, { argv: python(prelude + script), table: [small, "TIME:100s"] });
    expect(outcome.kind === "code" ? stdout.trim() : outcome.kind).toMatch(/^(ENOSPC|ENOMEM|SIGKILL|oom|signal)$/);
    await watch.ticks();
  });

  test("there is no other place than these and the project: every directory of the box was tried", async () => {
    const script = `
found = set()
for at, directories, _ in os.walk("/"):
    directories[:] = [name for name in directories if not os.path.islink(os.path.join(at, name)) and os.path.join(at, name) not in ("/proc/self/task",)]
    if at.startswith("/proc/") and at.count("/") > 3: directories[:] = []
    try:
        path = os.path.join(at, "superos-probe")
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL)); os.unlink(path); found.add(at)
    except OSError: pass
answer = {at: "writable" for at in found}`;
    const scratch = await ask(instance, words, { script });
    expect(Object.keys(scratch).toSorted()).toEqual(["/dev/mqueue", "/dev/shm", "/tmp"]);
    const withProject = await ask(instance, words, { script, project: project.id, table: writes });
    expect(Object.keys(withProject).toSorted()).toEqual(["/dev/mqueue", "/dev/shm", "/project", "/tmp"]);
  });

  test("message queues end at the user's limit", async () => {
    const script = `
def fill():
    attribute = struct.pack("8l", 0, 10, 8192, 0, 0, 0, 0, 0)
    for n in range(100000): call((240, 180), b"q%d" % n, os.O_CREAT | os.O_RDWR, 0o600, attribute)
answer = {"end": tried(fill)}`;
    const got = await ask(instance, words, { script });
    expect(["EMFILE", "ENOSPC", "ENOMEM"]).toContain(got["end"]);
  });
});

describe("output without end", () => {
  test("takes no more of the disk than OUT, whatever is written, and no memory of the kernel", async () => {
    const pid = await start(instance, {
      script: `print("x", flush=True)\nblock = b"flood of output\\n" * 4096\nwhile True: os.write(1, block); os.write(2, block)`,
      table: [small, "OUT:2Mi", "CPU:0.5"],
      project: project.id,
    });
    await waitFor("much more than OUT", async () => {
      const { output } = await inspect(instance, pid);
      return output.stdoutBytes + output.stderrBytes > 200 << 20;
    });
    await watch.ticks();
    await kill(instance, pid);
    await outcomeOf(instance, pid);
    expect((await statusOf(instance)).services.every(({ state }) => state === "up")).toBe(true);
  });

  test("of single bytes, and of a line without end, does not stop the others", async () => {
    const pids: number[] = [];
    for (const text of ["os.write(1, b'x')", "os.write(1, bytes(65536))"]) {
      const { pid } = await spawn(instance, {
        argv: python(`import os\nwhile True: ${text}`),
        table: [small, "OUT:1Mi", "CPU:0.5"],
        project: project.id,
      });
      pids.push(pid);
      await waitFor("its output", async () => (await inspect(instance, pid)).output.stdoutBytes > 10_000);
    }
    await watch.ticks();
    expect(await run(instance, { argv: ["echo", "x"], table: [small] })).toMatchObject({ stdout: "x\n" });
    for (const pid of pids) await kill(instance, pid);
  });
});

test("processor time is shared: with every core asked for by several, the bystander ticks", async () => {
  const script = `print("x", flush=True)\nfor _ in range(8):\n    if os.fork() == 0: break\nwhile True: pass`;
  const pids = await Promise.all([1, 2, 3].map(() => start(instance, { script, table: [small, "CPU:1"] })));
  await expect(watch.ticks()).resolves.toBeUndefined();
  await Promise.all(pids.map((pid) => kill(instance, pid)));
});

test("all of it changed nothing on the host, and everybody else goes on", async () => {
  expect(await watch.changes()).toEqual([]);
});
