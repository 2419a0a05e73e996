import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Frame, FrameDecoder, type Pid, pidSchema } from "../abi/index.ts";
import { readSpool } from "../ipc/spool-reader.ts";
import type { SpoolView } from "../ipc/spool-view.ts";
import { content, ContentChecker } from "./sample-content.ts";
import { Spooler, type SpoolerOptions } from "./spooler.ts";

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
  return readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
}

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
    const view = await spooler.begin(pid, roomy);
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

  test("reads nothing before it is told to begin, and loses nothing of it", async () => {
    const spooler = await start();
    const pid = pidOf(7);
    const dir = directory(pid);
    await spooler.attach(pid, dir, outputs);
    const { ended } = flood(dir, "stdout", 40_000);
    await ended;
    void spooler.begin(pid, roomy);
    const view = spooler.view(pid);
    expect(await spooler.drain(pid)).toEqual({ stdout: 40_000, stderr: 0 });
    if (view === undefined) throw new Error("no view");
    expect((await check(view)).at.stdout).toBe(40_000);
  });

  test("goes on while its kernel is killed, and the next one finds every byte once", async () => {
    const pid = pidOf(7);
    const dir = directory(pid);
    const { instance, runDir, spoolDir, logDir } = options;
    const kernelOrder = { place: { instance, runDir, spoolDir, logDir }, dir, pid, limitBytes: roomy.limitBytes };
    const kernel = run("sample-kernel.ts", [JSON.stringify(kernelOrder)]);
    if (kernel.stdout === null) throw new Error("no pipe");
    await once(kernel.stdout, "data");
    const bytes = 300 * mebibyte;
    const { ended } = flood(dir, "stdout", bytes);
    while (spooledBytes(pid) < 10 * mebibyte) await sleep(5);
    kernel.kill("SIGKILL");
    await once(kernel, "exit");
    const spooler = await start();
    const known = spooler.known().get(pid);
    if (known?.view === undefined) throw new Error("nothing is known");
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
    const view = await spooler.begin(pid, roomy);
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
    const first = await start();
    const before = spoolerPid();
    const pid = pidOf(7);
    await first.attach(pid, directory(pid), outputs);
    const second = await start();
    expect([...second.known().keys()]).toEqual([pid]);
    expect(spoolerPid()).toBe(before);
    spoolers.splice(0, 1);
  });
});
