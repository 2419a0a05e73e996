import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Frame, FrameDecoder, type Pid, pidSchema } from "../abi/index.ts";
import { readSpool } from "../ipc/spool-reader.ts";
import type { SpoolView } from "../ipc/spool-view.ts";
import type { BeginOptions } from "./kept.ts";
import { content, ContentChecker } from "./sample-content.ts";
import { Spooler, type SpoolerOptions } from "./spooler.ts";

const execute = promisify(execFile);
const mebibyte = 1 << 20;
const roomy = { limitBytes: 4096 * mebibyte, lossless: false };
const outputs = ["stdout", "stderr"] as const;

let home: string;
let options: SpoolerOptions;
const logged: { message: string; details: Record<string, unknown> | undefined }[] = [];
const spoolers: Spooler[] = [];
const children: ChildProcess[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "superos-spooler-"));
  for (const name of ["run", "spool", "log", "p"]) mkdirSync(join(home, name), { mode: 0o700 });
  options = {
    instance: "abcdefgh",
    runDir: join(home, "run"),
    spoolDir: join(home, "spool"),
    logDir: join(home, "log"),
    log: (message, details) => void logged.push({ message, details }),
  };
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const spooler of spoolers.splice(0)) await spooler.close();
  logged.length = 0;
  rmSync(home, { recursive: true });
});

async function start(): Promise<Spooler> {
  const spooler = await Spooler.start(options);
  spoolers.push(spooler);
  return spooler;
}

/** The process id of the spooler that said last that it listens. */
function spoolerPid(): number {
  const said = readFileSync(join(home, "log", "spooler.log"), "utf8").match(/"message":"listens","pid":(\d+)/g);
  return Number(said?.at(-1)?.match(/\d+$/)?.[0]);
}

function directory(pid: Pid): string {
  const dir = join(home, "p", String(pid));
  mkdirSync(dir);
  execFileSync(
    "mkfifo",
    [...outputs, "stdin"].map((name) => join(dir, name)),
  );
  return dir;
}

const pidOf = (pid: number): Pid => pidSchema.parse(pid);
const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

function run(name: string, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [program(name), ...args], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  return child;
}

/** Another process that has the output of one kept. */
async function kernelOf(pid: Pid, dir: string, begun: BeginOptions): Promise<ChildProcess> {
  const { instance, runDir, spoolDir, logDir } = options;
  const kernel = run("sample-kernel.ts", [
    JSON.stringify({ place: { instance, runDir, spoolDir, logDir }, dir, pid, ...begun }),
  ]);
  if (kernel.stdout === null) throw new Error("no pipe");
  await once(kernel.stdout, "data");
  return kernel;
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

function flood(dir: string, stream: string, bytes: number): { child: ChildProcess; ended: Promise<unknown> } {
  const child = run("sample-flood.ts", [join(dir, stream), stream, String(bytes)]);
  return { child, ended: once(child, "exit") };
}

async function until(view: SpoolView, reached: () => boolean): Promise<void> {
  while (!reached()) {
    const { promise, resolve } = Promise.withResolvers<void>();
    view.on("grown", resolve);
    await promise;
    view.off("grown", resolve);
  }
}

async function check(view: SpoolView, follow = false): Promise<ContentChecker> {
  const checker = new ContentChecker();
  const frames = readSpool(view, { from: { stdout: 0, stderr: 0 }, follow, lossless: false });
  for await (const chunk of frames as AsyncIterable<Buffer>) checker.push(chunk);
  return checker;
}

/** What lies on disk of a process's output. */
function spooledBytes(pid: Pid): number {
  const dir = join(options.spoolDir, String(pid));
  return readdirSync(dir).reduce(
    (sum, name) => sum + (statSync(join(dir, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

const residentBytes = (pid: number): number =>
  1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

async function framesOf(view: SpoolView): Promise<Frame[]> {
  const frames = readSpool(view, { from: { stdout: 0, stderr: 0 }, follow: false, lossless: false });
  return new FrameDecoder().push(await buffer(frames));
}

const stdoutOf = (frames: readonly Frame[]): Buffer =>
  Buffer.concat(frames.flatMap((frame) => (frame.type === "stdout" ? [frame.data] : [])));

describe("the spooler", () => {
  test("keeps what a program writes to both streams, and says how much it was", async () => {
    const spooler = await start();
    const pid = pidOf(7);
    const dir = directory(pid);
    await spooler.attach(pid, dir, outputs);
    const view = spooler.begin(pid, roomy);
    const followed = check(view, true);
    const floods = [flood(dir, "stdout", 20 * mebibyte), flood(dir, "stderr", 3 * mebibyte + 1)];
    await Promise.all(floods.map(({ ended }) => ended));
    const written = await spooler.drain(pid);
    expect(written).toEqual({ stdout: 20 * mebibyte, stderr: 3 * mebibyte + 1 });
    expect([view.written, view.sealed]).toEqual([written, true]);
    for (const checker of [await followed, await check(view)])
      expect([checker.at, checker.gaps]).toEqual([written, []]);
    await spooler.remove(pid);
    expect(readdirSync(options.spoolDir)).toEqual([]);
    expect(spooler.known().size).toBe(0);
  });

  test("takes what comes before it is told how much to keep, and loses nothing of it", async () => {
    const spooler = await start();
    const pid = pidOf(7);
    const dir = directory(pid);
    await spooler.attach(pid, dir, outputs);
    const { ended } = flood(dir, "stdout", 40_000);
    await ended;
    const view = spooler.begin(pid, roomy);
    expect(await spooler.drain(pid)).toEqual({ stdout: 40_000, stderr: 0 });
    expect((await check(view)).at.stdout).toBe(40_000);
  });

  test("takes little before it is told how much to keep, drops none of it, and lets the program wait", async () => {
    const spooler = await start();
    const pid = pidOf(7);
    const dir = directory(pid);
    await spooler.attach(pid, dir, outputs);
    const bytes = 40 * mebibyte;
    const { child, ended } = flood(dir, "stdout", bytes);
    let before = -1;
    for (; spooledBytes(pid) > before; await sleep(200)) before = spooledBytes(pid);
    expect(before).toBeGreaterThan(7 * mebibyte);
    expect(before).toBeLessThan(12 * mebibyte);
    expect(child.exitCode).toBeNull();
    const view = spooler.begin(pid, roomy);
    await ended;
    expect(await spooler.drain(pid)).toEqual({ stdout: bytes, stderr: 0 });
    const { at, gaps } = await check(view);
    expect([at.stdout, gaps]).toEqual([bytes, []]);
  });

  test("keeps no more than it is told to, also of a program that has ended by then", async () => {
    const spooler = await start();
    const pid = pidOf(7);
    const dir = directory(pid);
    await spooler.attach(pid, dir, outputs);
    const { ended } = flood(dir, "stdout", 4 * mebibyte);
    await ended;
    const view = spooler.begin(pid, { limitBytes: mebibyte, lossless: false });
    await spooler.drain(pid);
    expect(view.written.stdout).toBe(4 * mebibyte);
    expect(spooledBytes(pid)).toBeLessThan(2.5 * mebibyte);
  });

  test("that dies before it is told how much to keep has lost nothing of who had not written", async () => {
    const spooler = await start();
    const pid = pidOf(7);
    const dir = directory(pid);
    await spooler.attach(pid, dir, outputs);
    process.kill(spoolerPid(), "SIGKILL");
    while (spooler.restarts === 0) await sleep(5);
    const view = spooler.begin(pid, roomy);
    const { ended } = flood(dir, "stdout", 40_000);
    await ended;
    expect(await spooler.drain(pid)).toEqual({ stdout: 40_000, stderr: 0 });
    const { at, gaps } = await check(view);
    expect([at.stdout, gaps]).toEqual([40_000, []]);
  });

  test("goes on while its kernel is killed, and the next one finds every byte once", async () => {
    const pid = pidOf(7);
    const dir = directory(pid);
    const kernel = await kernelOf(pid, dir, roomy);
    const bytes = 120 * mebibyte;
    const { ended } = flood(dir, "stdout", bytes);
    while (spooledBytes(pid) < 10 * mebibyte) await sleep(5);
    await killed(kernel);
    const spooler = await start();
    const known = spooler.known().get(pid);
    if (known === undefined) throw new Error("nothing is known");
    expect([known.dir, known.streams]).toEqual([dir, ["stdin", "stdout", "stderr"]]);
    expect(known.view.written.stdout).toBeGreaterThan(0);
    const followed = check(known.view, true);
    await ended;
    const written = await spooler.drain(pid);
    expect(written).toEqual({ stdout: bytes, stderr: 0 });
    const { at, gaps } = await followed;
    expect([at, gaps]).toEqual([written, []]);
  });

  test("that is killed itself is started again; the program goes on, and a gap says where bytes may be lost", async () => {
    const spooler = await start();
    const pid = pidOf(7);
    const dir = directory(pid);
    await spooler.attach(pid, dir, outputs);
    const view = spooler.begin(pid, roomy);
    const bytes = 100 * mebibyte;
    const { child, ended } = flood(dir, "stdout", bytes);
    await until(view, () => view.written.stdout > 30 * mebibyte);
    process.kill(spoolerPid(), "SIGKILL");
    await ended;
    expect([child.exitCode, child.signalCode]).toEqual([0, null]);
    const written = await spooler.drain(pid);
    expect(spooler.restarts).toBe(1);
    // Before the gap each byte is what it must be, and after it all are that come to the program's end.
    const frames = await framesOf(view);
    const gap = frames.findIndex((frame) => frame.type === "gap");
    const before = stdoutOf(frames.slice(0, gap));
    const after = stdoutOf(frames.slice(gap + 1));
    expect(frames.filter((frame) => frame.type === "gap")).toEqual([{ type: "gap", stdout: before.length, stderr: 0 }]);
    expect(before.equals(content("stdout", 0, before.length))).toBe(true);
    expect(after.equals(content("stdout", bytes - after.length, bytes))).toBe(true);
    expect(before.length + after.length).toBe(written.stdout);
    expect(written.stdout).toBeLessThanOrEqual(bytes);
    expect(bytes - written.stdout).toBeLessThan(4 * mebibyte);
  });

  test("is refused to a kernel of another instance", async () => {
    await start();
    await expect(Spooler.start({ ...options, instance: "zyxwvuts" })).rejects.toMatchObject({ code: "unavailable" });
  });

  test("is found again by a kernel of its instance rather than started twice", async () => {
    const pid = pidOf(7);
    const kernel = await kernelOf(pid, directory(pid), roomy);
    const before = spoolerPid();
    await killed(kernel);
    const spooler = await start();
    expect([...spooler.known().keys()]).toEqual([pid]);
    expect(spoolerPid()).toBe(before);
  });

  test("belongs to the kernel that came last; one before it is told, and does not come back", async () => {
    const first = await start();
    const second = await start();
    const pid = pidOf(7);
    await expect(first.attach(pid, directory(pid), outputs)).rejects.toMatchObject({ code: "internal" });
    expect(logged.map(({ message }) => message)).toContain("another kernel has taken the spooler over");
    await second.attach(pid, join(home, "p", "7"), outputs);
  });

  test("drops nothing that a lossless reader has yet to take, and makes the program wait instead", async () => {
    const spooler = await start();
    const pid = pidOf(7);
    const dir = directory(pid);
    await spooler.attach(pid, dir, outputs);
    const view = spooler.begin(pid, { limitBytes: mebibyte, lossless: true });
    const bytes = 30 * mebibyte;
    const { ended } = flood(dir, "stdout", bytes);
    const frames = readSpool(view, { from: { stdout: 0, stderr: 0 }, follow: true, lossless: true });
    const checker = new ContentChecker();
    let most = 0;
    const read = (async () => {
      for await (const chunk of frames as AsyncIterable<Buffer>) {
        checker.push(chunk);
        most = Math.max(most, spooledBytes(pid));
      }
    })();
    await ended;
    const written = await spooler.drain(pid);
    await read;
    expect([checker.at, checker.gaps]).toEqual([written, []]);
    expect(written.stdout).toBe(bytes);
    expect(most).toBeLessThan(3 * mebibyte);
  });

  test("forgets the readers of a kernel that is gone, but not what they held back before somebody else had time to come", async () => {
    const pid = pidOf(7);
    const dir = directory(pid);
    const kernel = await kernelOf(pid, dir, { limitBytes: mebibyte, lossless: true });
    const bytes = 8 * mebibyte;
    const { ended } = flood(dir, "stdout", bytes);
    while (spooledBytes(pid) < mebibyte) await sleep(5);
    await killed(kernel);
    const next = await start();
    const known = next.known().get(pid)?.view;
    if (known === undefined) throw new Error("nothing is known");
    const checker = new ContentChecker();
    const frames = readSpool(known, { from: { stdout: 0, stderr: 0 }, follow: true, lossless: true });
    const read = (async () => {
      for await (const chunk of frames as AsyncIterable<Buffer>) checker.push(chunk);
    })();
    await ended;
    await next.drain(pid);
    await read;
    expect([checker.at.stdout, checker.gaps]).toEqual([bytes, []]);
  });

  test("needs no more memory for a flood that nobody reads, and ends the output of a reader that is too slow in a gap", async () => {
    const spooler = await start();
    const pid = pidOf(7);
    const dir = directory(pid);
    await spooler.attach(pid, dir, outputs);
    const view = spooler.begin(pid, { limitBytes: 8 * mebibyte, lossless: false });
    const warm = flood(dir, "stdout", 16 * mebibyte);
    await warm.ended;
    const before = residentBytes(spoolerPid());
    const stalled = readSpool(view, { from: { stdout: 0, stderr: 0 }, follow: true, lossless: false });
    await once(stalled, "readable");
    let most = 0;
    const { ended } = flood(dir, "stderr", 150 * mebibyte);
    const look = setInterval(() => (most = Math.max(most, residentBytes(spoolerPid()))), 20);
    await ended;
    clearInterval(look);
    const written = await spooler.drain(pid);
    expect(most - before).toBeLessThan(32 * mebibyte);
    expect(spooledBytes(pid)).toBeLessThanOrEqual(10 * mebibyte);
    const frames = new FrameDecoder().push(await buffer(stalled));
    expect(frames.at(-1)?.type).toBe("stderr");
    expect(frames.filter((frame) => frame.type === "gap").length).toBeGreaterThan(0);
    expect(written.stderr).toBe(150 * mebibyte);
  });

  test("holds five descriptors for each of two hundred processes, and none when they are gone", async () => {
    const spooler = await start();
    const before = openFiles(spoolerPid());
    const own = openFiles(process.pid);
    const pids = Array.from({ length: 200 }, (_, index) => pidOf(index + 1));
    const dirs = new Map(pids.map((pid) => [pid, directory(pid)]));
    await Promise.all(
      pids.map(async (pid) => {
        await spooler.attach(pid, dirs.get(pid) ?? "", outputs);
        spooler.begin(pid, roomy);
      }),
    );
    for (const pid of pids) appendFileSync(join(dirs.get(pid) ?? "", "stdout"), `${pid}\n`);
    for (const pid of pids) {
      const view = spooler.known().get(pid)?.view;
      if (view === undefined) throw new Error("nothing is known");
      await until(view, () => view.written.stdout === `${pid}\n`.length);
    }
    expect(openFiles(spoolerPid())).toBe(before + 5 * pids.length);
    expect(openFiles(process.pid)).toBe(own + 2 * pids.length);
    await Promise.all(pids.map((pid) => spooler.drain(pid)));
    await Promise.all(pids.map((pid) => spooler.remove(pid)));
    expect(openFiles(spoolerPid())).toBe(before);
    expect(openFiles(process.pid)).toBe(own);
    expect(readdirSync(options.spoolDir)).toEqual([]);
  });

  test("holds a program's input open, also without its kernel, until it is told to let it end", async () => {
    const pid = pidOf(7);
    const dir = directory(pid);
    const kernel = await kernelOf(pid, dir, roomy);
    const program = spawn("cat", [], { stdio: [openSync(join(dir, "stdin"), "r"), "pipe", "inherit"] });
    children.push(program);
    if (program.stdout === null) throw new Error("no pipe");
    appendFileSync(join(dir, "stdin"), "one");
    expect(String((await once(program.stdout, "data"))[0])).toBe("one");
    await killed(kernel);
    appendFileSync(join(dir, "stdin"), "two");
    expect(String((await once(program.stdout, "data"))[0])).toBe("two");
    const spooler = await start();
    expect(spooler.known().get(pid)?.streams).toEqual(["stdin", "stdout", "stderr"]);
    const exited = once(program, "exit");
    await spooler.endInput(pid);
    await exited;
    expect(program.exitCode).toBe(0);
    expect(spooler.known().get(pid)?.streams).toEqual(["stdout", "stderr"]);
  });

  test("lets an input that has ended be opened by its name, also after its own death", async () => {
    const pid = pidOf(7);
    const dir = directory(pid);
    const input = join(dir, "stdin");
    const spooler = await start();
    await spooler.attach(pid, dir, ["stdin", ...outputs]);
    spooler.begin(pid, roomy);
    const holder = openSync(input, constants.O_RDONLY | constants.O_NONBLOCK);
    appendFileSync(input, "left");
    await spooler.endInput(pid);
    const read = async (): Promise<string> => (await execute("cat", [input], { timeout: 10_000 })).stdout;
    expect([await read(), await read()]).toEqual(["left", ""]);
    process.kill(spoolerPid(), "SIGKILL");
    expect(await read()).toBe("");
    closeSync(holder);
  });
});
