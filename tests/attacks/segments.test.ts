import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { ProjectView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { createSegment, removeRequest, segmentsOf } from "../kernel/segment-api.ts";
import { Instance } from "../setup/instance.ts";
import { faultOf, importProject, inspect, kill, outcomeOf, processes, spawnBody } from "../system/caller.ts";
import { type Attempt, ask, said, script, small, start, titled, type Words, words } from "./box.ts";

/**
 * Shared memory against those who share it: what a reader does to it, what a writer does beyond writing, and what either does
 * to where it is mounted.
 */

const mebibyte = 1 << 20;
const path = "/run/superos/shm/frames";
const prepared = `
path = "${path}"
size = ${mebibyte}
def opened(flags): return os.open(path, flags)
def mapping(prot, flags=os.O_RDONLY): return mmap.mmap(opened(flags), size, mmap.MAP_SHARED, prot)
def poke(address):
    ctypes.memset(address, 120, 1)
def address_of(prot, flags=os.O_RDONLY):
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    return libc.mmap(None, size, prot, mmap.MAP_SHARED, opened(flags), 0)
def every(*acts):
    answers = {tried(act) for act in acts}
    return answers.pop() if len(answers) == 1 else ",".join(sorted(answers))
`;

type Row = readonly [title: string, act: string, expect: readonly string[]];
const attempts = (rows: readonly Row[]): readonly Attempt[] =>
  rows.map(([title, act, refusals]) => ({ title, act, expect: refusals }));

const byReaders = attempts([
  ["opened to write", "every(lambda: opened(os.O_RDWR), lambda: opened(os.O_WRONLY))", ["EROFS"]],
  ["opened to be cut off", "opened(os.O_RDONLY | os.O_TRUNC)", ["EROFS"]],
  [
    "opened to write by what is open to read",
    "os.open('/proc/self/fd/%d' % opened(os.O_RDONLY), os.O_RDWR)",
    ["EROFS"],
  ],
  ["mapped to write", "mapping(mmap.PROT_READ | mmap.PROT_WRITE)", ["EACCES"]],
  ["written where it is mapped to read", "poke(address_of(mmap.PROT_READ))", ["SIGSEGV"]],
  ["made writable where it is mapped", "call((10, 226), address_of(mmap.PROT_READ), size, 3)", ["EACCES"]],
  ["shortened", "every(lambda: os.truncate(path, 0), lambda: os.ftruncate(opened(os.O_RDONLY), 0))", ["EINVAL,EROFS"]],
  ["given a hole", "call((285, 47), opened(os.O_RDONLY), 3, 0, size)", ["EBADF"]],
  ["given a hole where it is mapped", "call((28, 233), address_of(mmap.PROT_READ), size, 9)", ["EACCES"]],
  [
    "written by its memory in /proc",
    "os.pwrite(os.open('/proc/self/mem', os.O_RDWR), b'x', address_of(mmap.PROT_READ))",
    ["EIO", "EFAULT", "EACCES"],
  ],
]);

const byWriters = attempts([
  ["made to hold more", "os.pwrite(opened(os.O_RDWR), b'x', size)", ["ENOSPC"]],
  ["given room for more", "call((285, 47), opened(os.O_RDWR), 0, 0, 2 * size)", ["ENOSPC", "ENOTSUP"]],
  ["hung an attribute on", "os.setxattr(path, 'user.x', b'y' * 100)", ["ENOSPC", "EOPNOTSUPP", "EPERM"]],
  ["given another mode", "os.chmod(path, 0o777)", ["EPERM"]],
  [
    "given another owner or group",
    "every(lambda: os.chown(path, os.getuid(), -1), lambda: os.chown(path, -1, os.getgid()))",
    ["EPERM"],
  ],
  ["given another time", "os.utime(path, (1, 1))", ["EPERM"]],
  [
    "made immutable",
    "fcntl.ioctl(opened(os.O_RDWR), 0x40086602, struct.pack('l', 0x10))",
    ["EPERM", "ENOTTY", "EACCES"],
  ],
  [
    "leased, so that others wait for it",
    "fcntl.fcntl(opened(os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_RDLCK)",
    ["EACCES"],
  ],
  ["sealed", "fcntl.fcntl(opened(os.O_RDWR), 1033, 2)", ["EPERM", "EINVAL"]],
  ["run as a program", "os.execv(path, [path])", ["EACCES"]],
  ["mapped to be run", "mapping(mmap.PROT_READ | mmap.PROT_EXEC)", ["EPERM"]],
]);

const onItsPlace = attempts([
  ["removed", "os.unlink(path)", ["EROFS", "EBUSY"]],
  ["renamed", "os.rename(path, '/run/superos/shm/other')", ["EROFS", "EBUSY"]],
  ["another file made beside it", "write('/run/superos/shm/other')", ["EROFS", "EACCES"]],
  ["a link made beside it", "os.symlink('/etc/passwd', '/run/superos/shm/other')", ["EROFS", "EACCES"]],
  ["its directory replaced", "os.rename('/run/superos/shm', '/run/superos/old')", ["EROFS", "EACCES", "EBUSY"]],
  ["linked into the scratch space", "os.link(path, '/tmp/frames')", ["EXDEV", "EPERM", "EROFS"]],
  ["unmounted", "call((166, 39), path.encode(), 2)", ["EPERM"]],
  ["mounted anew to write", "call((165, 40), b'none', path.encode(), b'', 0x1020, b'')", ["EPERM"]],
]);

let instance: Instance;
let project: ProjectView;
let other: ProjectView;
const got: Record<"ro" | "rw", Words> = { ro: {}, rw: {} };

beforeAll(async () => {
  instance = await Instance.start();
  project = await importProject(instance, "mine", rawArchive({ name: "a", content: "a" }));
  other = await importProject(instance, "theirs", rawArchive({ name: "a", content: "a" }));
  await createSegment(instance, "frames", { bytes: mebibyte, project: project.id });
  const tries = { ro: [...byReaders, ...onItsPlace], rw: [...byWriters, ...onItsPlace] };
  for (const mode of ["ro", "rw"] as const) {
    got[mode] = await ask(instance, words, {
      project: project.id,
      table: [small, `SHM_MAP:frames:${mode}`],
      script: `${prepared}\n${script(tries[mode])}`,
    });
  }
  await removeRequest(instance, "frames", project.id);
});
afterAll(async () => {
  await instance?.remove();
});

describe("a segment that a table lets be read is not", () => {
  test.each(titled([...byReaders, ...onItsPlace]))("%s", (title, refusals) => {
    expect(refusals).toContain(got.ro[title]);
  });
});

describe("a segment that a table lets be written is not", () => {
  test.each(titled([...byWriters, ...onItsPlace]))("%s", (title, refusals) => {
    expect(refusals).toContain(got.rw[title]);
  });
});

describe("a neighbour", () => {
  beforeEach(async () => {
    await createSegment(instance, "frames", { bytes: mebibyte, project: project.id });
  });
  afterEach(async () => {
    for (const { pid } of await processes(instance)) {
      await kill(instance, pid);
      await outcomeOf(instance, pid);
    }
    for (const { name } of await segmentsOf(instance, project.id)) await removeRequest(instance, name, project.id);
  });
  const mine = (mode: "ro" | "rw"): { project: ProjectView["id"]; table: string[] } => ({
    project: project.id,
    table: [small, `SHM_MAP:frames:${mode}`],
  });
  const ticking = `
print("ready", flush=True)
while True:
    time.sleep(0.02)
    if memory is not None: memory[4096]
    print("tick", flush=True)`;
  const ticks = async (pid: number): Promise<number> => (await said(instance, pid)).split("tick").length;

  test("is hurt by a writer that shortens what they share, and by nothing else: others of the project work on", async () => {
    const reader = await start(instance, {
      ...mine("ro"),
      script: `${prepared}\nmemory = mapping(mmap.PROT_READ)${ticking}`,
    });
    const bystander = await start(instance, { project: project.id, table: [small], script: `memory = None${ticking}` });
    const before = await ticks(bystander);
    const answer = await ask(instance, z.string(), {
      ...mine("rw"),
      script: `${prepared}\nanswer = tried(lambda: os.ftruncate(opened(os.O_RDWR), 0))`,
    });
    expect(answer).toBe("ok");
    expect(await outcomeOf(instance, reader)).toMatchObject({ kind: "signal", signal: "SIGBUS" });
    await expect.poll(() => ticks(bystander)).toBeGreaterThan(before + 2);
    expect((await inspect(instance, bystander)).state.phase).toBe("running");
    // It can be made long again, and is never more than it was.
    const again = await ask(instance, z.string(), {
      ...mine("rw"),
      script: `${prepared}\nanswer = every(lambda: os.ftruncate(opened(os.O_RDWR), size), lambda: os.pwrite(opened(os.O_RDWR), b"x" * size, 0) and None)`,
    });
    expect(again).toBe("ok");
  });

  test("cannot be made to pay for more than the segment by one that gives its memory up", async () => {
    const writer = await ask(instance, words, {
      ...mine("rw"),
      script: `${prepared}
answer = {}
answer["hole"] = tried(lambda: call((285, 47), opened(os.O_RDWR), 3, 0, size))
answer["filled"] = tried(lambda: os.pwrite(opened(os.O_RDWR), b"x" * size, 0) and None)
answer["more"] = tried(lambda: os.pwrite(opened(os.O_RDWR), b"x" * 4096, size) and None)`,
    });
    expect(writer).toEqual({ hole: "ok", filled: "ok", more: "ENOSPC" });
  });

  test("of another project has nothing of it, whatever it asks for", async () => {
    const asked = (table: readonly string[]): ReturnType<typeof faultOf> =>
      faultOf(instance.post("/api/v1/processes", spawnBody({ project: other.id, argv: ["true"], table })));
    expect(await asked(["SHM_MAP:frames:ro"])).toMatchObject({ code: "not_found" });
    for (const name of ["../frames", "frames/../frames", "mnt/segment", ".", "..", "frames%00", "*x", ""])
      expect(await asked([`SHM_MAP:${name}:ro`])).toMatchObject({ code: "invalid" });
    expect(await segmentsOf(instance, other.id)).toEqual([]);
    expect((await removeRequest(instance, "frames", other.id)).status).toBe(404);
    const seen = await ask(instance, words, {
      project: other.id,
      table: [small, "SHM_MAP:*:rw"],
      script: `answer = {"shm": tried(lambda: os.listdir("/run/superos/shm")), "host": tried(lambda: os.listdir("${instance.home}"))}`,
    });
    expect(seen).toEqual({ shm: "ENOENT", host: "ENOENT" });
  });
});

test("nobody on the host but root gets to a segment's file", async () => {
  await createSegment(instance, "frames", { bytes: 4096, project: project.id });
  const shm = join(instance.home, "run", "shm");
  const [id = ""] = readdirSync(shm);
  for (const dir of [shm, join(shm, id), join(shm, id, "mnt")]) expect(statSync(dir).mode & 0o077).toBe(0);
  expect(statSync(join(shm, id, "mnt", "segment"))).toMatchObject({ uid: 0, nlink: 1 });
  await removeRequest(instance, "frames", project.id);
});
