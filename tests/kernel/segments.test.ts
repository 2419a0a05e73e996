import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { mapSegment } from "../../images/base/superos.ts";
import { type ProjectView, runtimeNameSchema } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { engineGet } from "../setup/engine.ts";
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
  spawn,
  spawnBody,
  statusOf,
} from "../system/caller.ts";
import { revoke, slotOf } from "../system/slots.ts";
import { example } from "./examples.ts";
import { Inside } from "./inside.ts";
import {
  canCompile,
  compiled,
  createRequest,
  createSegment,
  removeRequest,
  segmentMountsIn,
  segmentsOf,
} from "./segment-api.ts";

/** Shared memory as processes have it: who maps what, how, for how long, and who pays. */

const mebibyte = 1 << 20;
const runtime = runtimeNameSchema.parse("node");
/** The image of Node may have to be built first. */
const imageTimeoutMs = 600_000;

/** Maps a segment to read and to write, writes a word, and waits until another program has answered it. */
const inC = `
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
int main(void) {
  int file = open("/run/superos/shm/frames", O_RDWR);
  struct stat about;
  if (file < 0 || fstat(file, &about) != 0) return 2;
  volatile char *memory = mmap(0, about.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) return 3;
  strcpy((char *)memory + 8, "from c");
  __sync_synchronize();
  memory[0] = 1;
  for (int turn = 0; turn < 60000 && memory[1] == 0; turn++) usleep(1000);
  __sync_synchronize();
  printf("%lld %s\\n", (long long)about.st_size, (char *)memory + 64);
  return 0;
}
`;

/** The same in Node, which also says what it may not do. */
const inNode = `
import { mapSegment } from "/usr/local/lib/superos/superos.ts";
const refused = (act) => { try { act(); return "no"; } catch (error) { return error.code; } };
const frames = mapSegment("frames", { write: true });
const words = new Int32Array(frames.buffer);
console.log(frames.length, refused(() => mapSegment("others")));
frames.write("from node", 8);
Atomics.store(words, 0, 1);
while (Atomics.load(words, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
console.log(frames.toString("utf8", 64, 75));
`;

/** Reads, is refused to map it to write, and writes to it all the same. */
const pokeInNode = `
import { mapSegment } from "/usr/local/lib/superos/superos.ts";
const frames = mapSegment("frames");
try { mapSegment("frames", { write: true }); } catch (error) { console.log(error.code); }
console.log(frames.toString("utf8", 0, 4));
frames[0] = 120;
console.log("written");
`;
const node = (script: string): string[] => ["node", "--input-type=module", "-e", script];

let instance: Instance;
let project: ProjectView;
let other: ProjectView;

beforeAll(async () => {
  instance = await Instance.start();
  const program = canCompile ? [{ name: "peer", content: compiled(inC), mode: 0o755 }] : [];
  project = await importProject(instance, "shares", rawArchive({ name: "a", content: "a" }, ...program));
  other = await importProject(instance, "others", rawArchive({ name: "a", content: "a" }));
});
afterAll(async () => {
  await instance?.remove();
});
afterEach(async () => {
  for (const { pid } of await processes(instance)) {
    await kill(instance, pid);
    await outcomeOf(instance, pid);
  }
  for (const { id } of [project, other])
    for (const { name } of await segmentsOf(instance, id)) await removeRequest(instance, name, id);
});

const small = ["MEM:48Mi", "PIDS:8", "CPU:0.2"];
const smallInside = "'MEM:48Mi','PIDS:8','CPU:0.2'";
const start = (table: readonly string[], more: Partial<Program> = {}): Promise<Inside> =>
  Inside.start(instance, { project: project.id, table, ...more });
const make = (name: string, bytes = mebibyte): ReturnType<typeof createSegment> =>
  createSegment(instance, name, { bytes, project: project.id });

const mapped = (mode: "ro" | "rw", name = "frames"): string => `
import mmap
file = os.open("/run/superos/shm/${name}", os.${mode === "rw" ? "O_RDWR" : "O_RDONLY"})
memory = mmap.mmap(file, 0, mmap.MAP_SHARED, ${mode === "rw" ? "mmap.PROT_READ | mmap.PROT_WRITE" : "mmap.PROT_READ"})
`;

describe("a segment", () => {
  test("is seen at once by all who map it, at the size that was asked for", async () => {
    await make("frames", 3 * mebibyte);
    const [writer, reader] = await Promise.all([
      start([...small, "SHM_MAP:frames:rw"]),
      start([...small, "SHM_MAP:frames"]),
    ]);
    await reader.ask(z.null(), mapped("ro"));
    await writer.ask(z.null(), `${mapped("rw")}\nmemory[2 * 1024 * 1024:2 * 1024 * 1024 + 5] = b"hello"`);
    const seen = await reader.ask(
      z.tuple([z.number(), z.string()]),
      "answer = [len(memory), memory[2 * 1024 * 1024:2 * 1024 * 1024 + 5].decode()]",
    );
    expect(seen).toEqual([3 * mebibyte, "hello"]);
    expect(await segmentsOf(instance, project.id)).toMatchObject([
      { name: "frames", bytes: 3 * mebibyte, owner: project.root, readers: [reader.pid], writers: [writer.pid] },
    ]);
  });

  test.skipIf(!canCompile)("is the same memory to a program in C and one in Python", async () => {
    await make("frames");
    const table = ["MEM:48Mi", "FS_READ:/project", "SHM_MAP:frames:rw"];
    const { pid } = await spawn(instance, { project: project.id, argv: ["/project/peer"], table });
    const peer = await start([...small, "SHM_MAP:frames:rw"]);
    const heard = await peer.ask(
      z.string(),
      `${mapped("rw")}
while memory[0] == 0: time.sleep(0.001)
answer = memory[8:14].decode()
memory[64:76] = b"from python\\0"
memory[1] = 1`,
    );
    expect(heard).toBe("from c");
    expect(await outcomeOf(instance, pid)).toEqual({ kind: "code", code: 0 });
    const { stdout } = await outputOf(instance, pid);
    expect(stdout.toString()).toBe(`${mebibyte} from python\n`);
  });

  test("is the same memory to a program in Node and one in Python", { timeout: imageTimeoutMs }, async () => {
    await make("frames");
    const table = ["SHM_MAP:frames:rw"];
    const { pid } = await spawn(instance, { project: project.id, runtime, argv: node(inNode), table });
    const peer = await start([...small, "SHM_MAP:frames:rw"]);
    const heard = await peer.ask(
      z.string(),
      `${mapped("rw")}
while memory[0] == 0: time.sleep(0.001)
answer = memory[8:17].decode()
memory[64:75] = b"from python"
memory[4] = 1`,
    );
    expect(heard).toBe("from node");
    expect(await outcomeOf(instance, pid)).toEqual({ kind: "code", code: 0 });
    const { stdout } = await outputOf(instance, pid);
    expect(stdout.toString()).toBe(`${mebibyte} ENOENT\nfrom python\n`);
  });

  test("is used as the documentation shows it", { timeout: imageTimeoutMs }, async () => {
    const page = "docs/shared-memory.md";
    await make("frames");
    const reader = await start([...small, "SHM_MAP:frames"]);
    await reader.ask(z.null(), mapped("ro"));
    const program = { project: project.id, table: ["SHM_MAP:frames:rw"] };
    const inPython = await run(instance, { ...program, argv: python(example(page, "## Segments", "python")) });
    expect([inPython.stderr, await reader.ask(z.string(), "answer = memory[:6].hex()")]).toEqual(["", "68656c6c6f00"]);
    const argv = node(`${example(page, "## Segments", "ts")}; frames.write("H");`);
    const inTypeScript = await run(instance, { ...program, runtime, argv });
    expect([
      inTypeScript.stderr,
      await reader.ask(z.string(), "answer = memory[:6].hex() + memory[64:66].hex()"),
    ]).toEqual(["", "48656c6c6f000100"]);
  });

  test("is ordinary reading and writing at an offset to a program without mmap", async () => {
    await make("frames");
    const writer = await start([...small, "SHM_MAP:frames:rw"]);
    await writer.ask(z.null(), mapped("rw"));
    await writer.ask(z.null(), `os.pwrite(file, b"written", 5000)`);
    expect(await writer.ask(z.string(), "answer = memory[5000:5007].decode()")).toBe("written");
  });

  test("is written by those alone whose table says so; another is stopped by a fault, and only it", async () => {
    await make("frames");
    const [writer, reader] = await Promise.all([
      start([...small, "SHM_MAP:frames:rw"]),
      start([...small, "SHM_MAP:frames:ro"]),
    ]);
    await writer.ask(z.null(), `${mapped("rw")}\nmemory[:4] = b"mine"`);
    const file = "os.open('/run/superos/shm/frames', os.O_RDWR)";
    expect(await reader.tried(file)).toBe("EROFS");
    await reader.ask(z.null(), mapped("ro"));
    expect(await reader.tried("mmap.mmap(file, 4096, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)")).toBe(
      "EACCES",
    );
    const poke = `import ctypes, mmap, os
file = os.open("/run/superos/shm/frames", os.O_RDONLY)
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
ctypes.memset(libc.mmap(None, 4096, mmap.PROT_READ, mmap.MAP_SHARED, file, 0), 120, 4)`;
    const { outcome } = await run(instance, {
      project: project.id,
      argv: python(poke),
      table: ["MEM:48Mi", "SHM_MAP:frames:ro"],
    });
    expect(outcome).toMatchObject({ kind: "signal", signal: "SIGSEGV" });
    expect(await reader.ask(z.string(), "answer = memory[:4].decode()")).toBe("mine");
    expect((await inspect(instance, writer.pid)).state.phase).toBe("running");
  });

  test(
    "that Node maps to read ends the program that writes to it, and only it",
    { timeout: imageTimeoutMs },
    async () => {
      await make("frames");
      const writer = await start([...small, "SHM_MAP:frames:rw"]);
      await writer.ask(z.null(), `${mapped("rw")}\nmemory[:4] = b"mine"`);
      const table = ["SHM_MAP:frames:ro"];
      const ended = await run(instance, { project: project.id, runtime, argv: node(pokeInNode), table });
      expect(ended).toMatchObject({ stdout: "EROFS\nmine\n", outcome: { kind: "signal", signal: "SIGSEGV" } });
      expect(await writer.ask(z.string(), "answer = memory[:4].decode()")).toBe("mine");
    },
  );

  test("cannot be mapped by a Node whose image lacks what maps it, which says so", () => {
    expect(() => mapSegment("frames")).toThrow(/this image cannot map shared memory: it has no .*segment\.node/);
  });

  test("is nothing to a process of the project whose table does not name it, nor to one with all names", async () => {
    await make("frames");
    const [without, withAll] = await Promise.all([start(small), start([...small, "SHM_MAP:*:rw"])]);
    for (const process of [without, withAll]) {
      expect(await process.tried("os.listdir('/run/superos/shm')")).toBe("ENOENT");
      expect(await process.ask(z.boolean(), "answer = 'superos-segment' in read('/proc/self/mountinfo')")).toBe(false);
    }
  });

  test("is there before a process is spawned with it, in the same project", async () => {
    await createSegment(instance, "frames", { bytes: mebibyte, project: other.id });
    const refused = (table: readonly string[], id: ProjectView["id"] | null): ReturnType<typeof faultOf> =>
      faultOf(instance.post("/api/v1/processes", spawnBody({ project: id, argv: ["true"], table })));
    expect(await refused(["SHM_MAP:frames:ro"], project.id)).toMatchObject({ code: "not_found" });
    expect(await refused(["SHM_MAP:frames:ro"], null)).toMatchObject({ code: "not_found" });
    expect((await run(instance, { project: other.id, argv: ["true"], table: ["SHM_MAP:frames:ro"] })).outcome).toEqual({
      kind: "code",
      code: 0,
    });
  });

  test("of one name in two projects are two, and neither sees the other's", async () => {
    await make("frames");
    await createSegment(instance, "frames", { bytes: mebibyte, project: other.id });
    const [mine, theirs] = await Promise.all([
      start([...small, "SHM_MAP:frames:rw"]),
      start([...small, "SHM_MAP:frames:rw"], { project: other.id }),
    ]);
    await mine.ask(z.null(), `${mapped("rw")}\nmemory[:4] = b"mine"`);
    expect(await theirs.ask(z.string(), `${mapped("rw")}\nanswer = memory[:4].hex()`)).toBe("00000000");
    expect(await mine.ask(z.number(), "answer = len(superos._call('segment_list')['segments'])")).toBe(1);
  });
});

describe("what a segment costs", () => {
  test("is deducted from its maker's MEM, whose limit shrinks with it and grows back", async () => {
    const maker = await start(["MEM:96Mi", "SHM_MAP:*:rw"]);
    const limit = async (): Promise<number> => {
      const { container } = await inspect(instance, maker.pid);
      const box = z.object({ HostConfig: z.object({ Memory: z.number() }) });
      return box.parse(await engineGet(`/containers/${container}/json`)).HostConfig.Memory;
    };
    expect(await maker.tried(`superos._call('segment_create', name='mine', bytes=32 << 20)['owner']`)).toBe(
      String(maker.pid),
    );
    expect(await limit()).toBe(64 * mebibyte);
    expect(await maker.tried(`superos._call('segment_create', name='more', bytes=80 << 20)`)).toContain("exhausted");
    await maker.ask(z.unknown(), "answer = superos._call('segment_remove', name='mine')");
    expect(await limit()).toBe(96 * mebibyte);
  });

  test("is charged to no container: one of little memory writes all of a large one", async () => {
    await make("frames", 64 * mebibyte);
    const writer = await start(["MEM:32Mi", "SHM_MAP:frames:rw"]);
    const written = await writer.ask(
      z.number(),
      `${mapped("rw")}
for at in range(0, len(memory), 1 << 20): memory[at:at + (1 << 20)] = b"x" * (1 << 20)
answer = memory[-1]`,
    );
    expect(written).toBe("x".charCodeAt(0));
  });

  test("is refused beyond what the caller holds, and leaves nothing", async () => {
    const { machine } = await statusOf(instance);
    const bytes = 2 * machine.memoryBytes;
    expect(await faultOf(createRequest(instance, "all", { bytes, project: project.id }))).toMatchObject({
      code: "denied",
    });
    expect(segmentMountsIn(instance.home)).toEqual([]);
  });
});

describe("the end", () => {
  const gone = (): Promise<boolean> =>
    waitFor("the segments are unmounted", () => segmentMountsIn(instance.home).length === 0);

  test("of its maker is the segment's own, when nobody has it mapped", async () => {
    const maker = await start(["MEM:96Mi", "SHM_MAP:*:rw"]);
    expect(await maker.tried(`superos._call('segment_create', name='mine', bytes=4096)['name']`)).toBe("mine");
    expect(segmentMountsIn(instance.home)).toHaveLength(1);
    await kill(instance, maker.pid);
    expect(await gone()).toBe(true);
    expect(await segmentsOf(instance, project.id)).toEqual([]);
  });

  test("of its maker leaves it to those who have it mapped, and it goes with the last of them", async () => {
    const maker = await start(["MEM:256Mi", "PIDS:64", "CPU:1", "PROC_SPAWN", "SHM_MAP:*:rw"]);
    await maker.ask(z.unknown(), `answer = superos._call('segment_create', name='frames', bytes=4096)`);
    const child = await maker.child(`cap=[${smallInside},'SHM_MAP:frames:rw']`);
    await child.ask(z.null(), `${mapped("rw")}\nmemory[:4] = b"kept"`);
    await maker.begin("os._exit(0)");
    await outcomeOf(instance, maker.pid);
    expect(await segmentsOf(instance, project.id)).toMatchObject([{ owner: project.root, writers: [child.pid] }]);
    expect(await child.ask(z.string(), "answer = memory[:4].decode()")).toBe("kept");
    await kill(instance, child.pid);
    expect(await gone()).toBe(true);
  });

  test("is not for a segment that somebody has mapped", async () => {
    await make("frames");
    const reader = await start([...small, "SHM_MAP:frames:ro"]);
    expect(await faultOf(removeRequest(instance, "frames", project.id))).toMatchObject({ code: "conflict" });
    await kill(instance, reader.pid);
    await outcomeOf(instance, reader.pid);
    expect((await removeRequest(instance, "frames", project.id)).status).toBe(204);
    expect(segmentMountsIn(instance.home)).toEqual([]);
  });

  test("of a right to map it is the end of the process that has it, as revoked", async () => {
    await make("frames");
    const reader = await start([...small, "SHM_MAP:frames:ro"]);
    const slot = await slotOf(instance, reader.pid, "SHM_MAP:frames:ro");
    await revoke(instance, reader.pid, slot.slot);
    expect(await outcomeOf(instance, reader.pid)).toEqual({ kind: "revoked", capability: "SHM_MAP:frames:ro" });
  });

  test("of a project takes its segments", async () => {
    const brief = await importProject(instance, "brief", rawArchive({ name: "a", content: "a" }));
    await createSegment(instance, "frames", { bytes: mebibyte, project: brief.id });
    expect((await instance.api(`/api/v1/projects/${brief.id}`, { method: "DELETE" })).ok).toBe(true);
    expect(await gone()).toBe(true);
  });

  test("of the kernel takes all", async () => {
    const own = await Instance.start();
    await createSegment(own, "frames", { bytes: mebibyte });
    expect(segmentMountsIn(own.home)).toHaveLength(1);
    await own.stop();
    expect(segmentMountsIn(own.home)).toEqual([]);
    await own.remove();
  });

  test("of a kernel that was killed is none of theirs: what processes shared they share on, and the next one knows it", async () => {
    const killed = await Instance.start();
    await createSegment(killed, "kept", { bytes: mebibyte });
    const maker = await Inside.start(killed, { table: ["MEM:96Mi", "SHM_MAP:*:rw"] });
    await maker.ask(z.unknown(), "answer = superos._call('segment_create', name='mine', bytes=32 << 20)");
    const writer = await Inside.start(killed, { table: [...small, "SHM_MAP:mine:rw"] });
    await writer.ask(z.null(), `${mapped("rw", "mine")}\nmemory[:4] = b"kept"`);
    killed.kernel.kill("SIGKILL");
    await waitFor("the kernel is dead", () => killed.kernel.signalCode !== null);

    const next = await Instance.start({ home: killed.home });
    try {
      expect(await segmentsOf(next)).toMatchObject([
        { name: "kept", readers: [], writers: [] },
        { name: "mine", owner: maker.pid, writers: [writer.pid] },
      ]);
      const again = new Inside(next, writer.pid);
      // The answers to its first two questions, which were asked before.
      for (const _ of [1, 2]) await again.ask(z.unknown(), "pass");
      expect(await again.ask(z.string(), "answer = memory[:4].decode()")).toBe("kept");
      await kill(next, maker.pid);
      await outcomeOf(next, maker.pid);
      expect((await segmentsOf(next)).map(({ name }) => name)).toEqual(["kept", "mine"]);
      await kill(next, writer.pid);
      await waitFor("it is gone", async () => (await segmentsOf(next)).length === 1);
      expect((await removeRequest(next, "kept")).status).toBe(204);
    } finally {
      await next.stop();
    }
    expect(segmentMountsIn(next.home)).toEqual([]);
    await next.remove();
  });
});

test("a host that lets the kernel mount says so", async () => {
  const { controls } = await statusOf(instance);
  expect(controls.find(({ name }) => name === "shared memory")).toMatchObject({ available: true });
  expect(segmentMountsIn(instance.home)).toEqual([]);
});
