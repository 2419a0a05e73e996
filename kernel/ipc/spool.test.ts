import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Frame, FrameDecoder, frameHeaderBytes } from "../abi/index.ts";
import { readSpool, type ReaderOptions } from "./spool-reader.ts";
import { segmentHeaderBytes } from "./spool-segment.ts";
import { Spool } from "./spool.ts";

type Stream = "stdout" | "stderr";
type Offsets = Record<Stream, number>;

const roomy = 64 << 20;
/** The least that a segment holds, and a limit that is a few of them. */
const segmentBytes = 64 << 10;
const tight = 4 * segmentBytes;

let dir: string;
const open: Spool[] = [];

beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), "superos-spool-")), "out");
});
afterEach(async () => {
  vi.useRealTimers();
  for (const spool of open.splice(0)) await spool.seal();
  rmSync(join(dir, ".."), { recursive: true });
});

async function create(limitBytes: number, hold = false): Promise<Spool> {
  const spool = await Spool.create({ dir, limitBytes }, hold);
  open.push(spool);
  return spool;
}

/** What a stream has between two offsets: each byte follows from its offset, so that no byte can stand in for another. */
function content(stream: Stream, from: number, to: number): Buffer {
  const first = from - (from % 4);
  const words = Buffer.alloc(to - first + 4);
  for (let at = 0; at < words.length - 3; at += 4)
    words.writeUInt32BE((first + at) * 2 + (stream === "stderr" ? 1 : 0), at);
  return words.subarray(from - first, to - first);
}

/** Appends the next bytes of a stream, in pieces. */
class Writer {
  readonly at: Offsets = { stdout: 0, stderr: 0 };
  readonly #spool: Spool;

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  append(stream: Stream, bytes: number): void {
    this.#spool.append(stream, content(stream, this.at[stream], this.at[stream] + bytes));
    this.at[stream] += bytes;
  }

  /** Appends, and comes back once it is on disk. */
  async write(stream: Stream, bytes: number): Promise<void> {
    this.append(stream, bytes);
    while (this.#spool.written[stream] < this.at[stream]) await once(this.#spool, "grown");
  }
}

/** Follows frames by their offsets and holds each byte against what it must be. */
class Checker {
  readonly at: Offsets;
  readonly gaps: Offsets[] = [];
  readonly #decoder = new FrameDecoder();

  constructor(from: Offsets) {
    this.at = { ...from };
  }

  push(chunk: Uint8Array): void {
    for (const frame of this.#decoder.push(chunk)) this.#take(frame);
  }

  #take(frame: Frame): void {
    if (frame.type === "end") throw new Error("a spool has no end frame");
    if (frame.type === "gap") {
      if (frame.stdout < this.at.stdout || frame.stderr < this.at.stderr) throw new Error("a gap goes back");
      this.gaps.push({ stdout: frame.stdout, stderr: frame.stderr });
      Object.assign(this.at, this.gaps.at(-1));
      return;
    }
    const from = this.at[frame.type];
    this.at[frame.type] = from + frame.data.length;
    const expected = content(frame.type, from, this.at[frame.type]);
    if (!expected.equals(frame.data)) throw new Error(`other bytes at ${from} of ${frame.type}`);
  }
}

const still: Omit<ReaderOptions, "from"> = { follow: false, lossless: false };

async function replay(spool: Spool, from: Offsets): Promise<Checker> {
  const checker = new Checker(from);
  checker.push(await buffer(readSpool(spool, { ...still, from })));
  return checker;
}

const start: Offsets = { stdout: 0, stderr: 0 };

describe("a spool", () => {
  test("is read back from every pair of offsets, with not a byte missing or doubled", async () => {
    const spool = await create(roomy);
    const writer = new Writer(spool);
    for (const [stream, bytes] of [
      ["stdout", 7],
      ["stderr", 1],
      ["stdout", 1],
      ["stdout", 12],
      ["stderr", 9],
      ["stdout", 3],
    ] as const) {
      await writer.write(stream, bytes);
    }
    for (let stdout = 0; stdout <= writer.at.stdout; stdout += 1) {
      for (let stderr = 0; stderr <= writer.at.stderr; stderr += 1) {
        const checker = await replay(spool, { stdout, stderr });
        expect([checker.at, checker.gaps], `from ${stdout} and ${stderr}`).toEqual([writer.at, []]);
      }
    }
  });

  test("is read back across its segments, also where the two streams start in different ones", async () => {
    const spool = await create(roomy / 64);
    const writer = new Writer(spool);
    for (let round = 0; round < 40; round += 1) {
      await writer.write("stdout", 9001 + round);
      await writer.write("stderr", 5003);
    }
    expect(spool.segments.length).toBeGreaterThan(3);
    const { stdout, stderr } = writer.at;
    for (let share = 0; share <= 10; share += 1) {
      const from = { stdout: Math.floor((stdout * share) / 10), stderr: Math.floor((stderr * (10 - share)) / 10) };
      const checker = await replay(spool, from);
      expect([checker.at, checker.gaps]).toEqual([writer.at, []]);
    }
  });

  test("keeps the order in which the streams came, however it was taken", async () => {
    const spool = await create(roomy);
    const order: [Stream, string][] = Array.from({ length: 2000 }, (_, index) => [
      index % 3 === 0 ? "stderr" : "stdout",
      `${index};`,
    ]);
    for (const [stream, text] of order) spool.append(stream, Buffer.from(text));
    await spool.seal();
    const decoder = new FrameDecoder();
    const frames = decoder.push(await buffer(readSpool(spool, { ...still, from: start })));
    expect(
      frames.map((frame) => ["data" in frame && frame.type, "data" in frame && Buffer.from(frame.data).toString()]),
    ).toEqual(order);
  });

  test("takes nothing more once it is sealed", async () => {
    const spool = await create(roomy);
    const writer = new Writer(spool);
    writer.append("stdout", 10);
    await spool.seal();
    spool.append("stdout", Buffer.from("late"));
    expect((await replay(spool, start)).at).toEqual({ stdout: 10, stderr: 0 });
    expect(spool.written).toEqual({ stdout: 10, stderr: 0 });
  });

  test("is gone from disk when it is removed", async () => {
    const spool = await create(roomy);
    await new Writer(spool).write("stdout", 10);
    await spool.remove();
    expect(readdirSync(join(dir, ".."))).toEqual([]);
  });
});

describe("the limit of a spool", () => {
  test("holds on disk, and the reader is told at which offsets the rest begins", async () => {
    const spool = await create(tight);
    const writer = new Writer(spool);
    for (let round = 0; round < 100; round += 1) {
      await writer.write("stdout", 30_000);
      await writer.write("stderr", 11_000);
    }
    const onDisk = readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
    expect(onDisk).toBeLessThanOrEqual(tight + segmentBytes);
    expect(onDisk).toBeGreaterThan(tight / 2);

    const checker = await replay(spool, start);
    expect(checker.at).toEqual(writer.at);
    expect(checker.gaps).toEqual([spool.segments[0]?.start]);
    expect(checker.gaps[0]?.stdout).toBeGreaterThan(0);
  });

  test("is what it holds anyway while the disk is short, and its own again when it is not", async () => {
    let scarce = false;
    const spool = await Spool.create({ dir, limitBytes: 16 * tight, scarce: () => scarce }, false);
    open.push(spool);
    const writer = new Writer(spool);
    const onDisk = (): number => readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
    for (let round = 0; round < 30; round += 1) await writer.write("stdout", 30_000);
    expect(onDisk()).toBeGreaterThan(900_000);
    scarce = true;
    for (let round = 0; round < 200; round += 1) await writer.write("stdout", 30_000);
    expect(onDisk()).toBeLessThan(700_000);
    scarce = false;
    for (let round = 0; round < 30; round += 1) await writer.write("stdout", 30_000);
    expect(onDisk()).toBeGreaterThan(900_000);
    expect((await replay(spool, start)).at).toEqual(writer.at);
  });

  test("makes no gap for a reader who starts behind what was dropped", async () => {
    const spool = await create(tight);
    const writer = new Writer(spool);
    for (let round = 0; round < 100; round += 1) await writer.write("stdout", 30_000);
    const from = { stdout: writer.at.stdout - 50_000, stderr: 0 };
    expect(await replay(spool, from)).toMatchObject({ gaps: [], at: writer.at });
  });

  test("tells a follower who is too slow of each gap, and never passes other bytes off as the missing ones", async () => {
    const spool = await create(tight);
    const writer = new Writer(spool);
    const checker = new Checker(start);
    const reader = readSpool(spool, { from: start, follow: true, lossless: false });
    let done = false;
    const read = (async () => {
      for await (const chunk of reader as AsyncIterable<Buffer>) {
        checker.push(chunk);
        const behind = writer.at.stdout + 2 * tight;
        while (!done && writer.at.stdout < behind) await turn();
      }
    })();
    for (let round = 0; round < 400; round += 1) await writer.write(round % 4 === 0 ? "stderr" : "stdout", 20_000);
    done = true;
    await spool.seal();
    await read;
    expect(checker.at).toEqual(writer.at);
    expect(checker.gaps.length).toBeGreaterThan(1);
  });
});

describe("a follower", () => {
  test("gets what is written after it came, and its end when the spool is sealed", async () => {
    const spool = await create(roomy);
    const writer = new Writer(spool);
    await writer.write("stdout", 100);
    const checker = new Checker({ stdout: 40, stderr: 0 });
    const read = buffer(readSpool(spool, { from: checker.at, follow: true, lossless: false }));
    for (let round = 0; round < 50; round += 1) {
      await turn();
      writer.append(round % 2 === 0 ? "stdout" : "stderr", 1000 + round);
    }
    await spool.seal();
    checker.push(await read);
    expect([checker.at, checker.gaps]).toEqual([writer.at, []]);
  });

  test("leaves nothing behind when it goes", async () => {
    const spool = await create(roomy);
    await new Writer(spool).write("stdout", 100);
    const reader = readSpool(spool, { from: start, follow: true, lossless: false });
    await once(reader, "readable");
    reader.destroy();
    await once(reader, "close");
    expect(spool.listenerCount("grown")).toBe(0);
  });
});

/** Writes as a pipe does: only while the spool does not ask to stop. Gives up when all is on disk and it still asks. */
async function pump(spool: Spool, writer: Writer, limits: { bytes: number; turns: number }): Promise<void> {
  let stopped = false;
  let idle = 0;
  spool.on("pressure", (stop) => (stopped = stop));
  while (writer.at.stdout < limits.bytes && idle < limits.turns) {
    if (stopped) idle += spool.written.stdout === writer.at.stdout ? 1 : 0;
    else {
      idle = 0;
      writer.append("stdout", 16 << 10);
    }
    await turn();
  }
}

describe("a spool that holds for a lossless reader", () => {
  const much = 8 << 20;

  test("asks to stop before its limit is far passed, and drops nothing", async () => {
    const spool = await create(tight, true);
    const writer = new Writer(spool);
    await pump(spool, writer, { bytes: much, turns: 2000 });
    expect(writer.at.stdout).toBeLessThan(much);
    expect(writer.at.stdout).toBeGreaterThan(tight / 2);
    const checker = await replay(spool, start);
    expect([checker.gaps, checker.at]).toEqual([[], writer.at]);
  });

  test("passes everything on once the reader reads, without a gap and within its limit on disk", async () => {
    const spool = await create(tight, true);
    const writer = new Writer(spool);
    const writing = pump(spool, writer, { bytes: much, turns: 100_000 });
    const checker = new Checker(start);
    const reader = readSpool(spool, { from: start, follow: true, lossless: true });
    let most = 0;
    for await (const chunk of reader as AsyncIterable<Buffer>) {
      checker.push(chunk);
      most = Math.max(
        most,
        spool.segments.reduce((sum, segment) => sum + segment.size, 0),
      );
      if (checker.at.stdout === much) break;
    }
    await writing;
    expect([checker.gaps, checker.at.stdout]).toEqual([[], much]);
    expect(most).toBeLessThan(tight + segmentBytes + (2 << 20));
  });

  test("lets the program go on when no reader has come for half a minute", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const spool = await create(tight, true);
    const writer = new Writer(spool);
    const pressure: boolean[] = [];
    spool.on("pressure", (stop) => pressure.push(stop));
    await pump(spool, writer, { bytes: much, turns: 2000 });
    expect(pressure.at(-1)).toBe(true);
    vi.advanceTimersByTime(30_000);
    while (pressure.at(-1) === true) await turn();
    await pump(spool, writer, { bytes: much, turns: 2000 });
    expect(writer.at.stdout).toBe(much);
  });
});

describe("a spool that cannot write", () => {
  test("says so once, ends its readers, and never keeps the program waiting", async () => {
    const spool = await create(tight, true);
    const writer = new Writer(spool);
    const pressure: boolean[] = [];
    const failures: unknown[] = [];
    await writer.write("stdout", 10);
    spool.on("pressure", (stop) => pressure.push(stop));
    spool.on("failed", (error) => failures.push(error));
    const reader = readSpool(spool, { from: start, follow: true, lossless: false });
    await once(reader, "readable");
    const read = buffer(reader).then(
      () => "ended",
      () => "ended",
    );
    rmSync(dir, { recursive: true });
    for (let round = 0; round < 3 * 64; round += 1) writer.append("stdout", 16 << 10);
    while (!spool.sealed) await once(spool, "grown");
    expect(failures).toHaveLength(1);
    expect(pressure).toEqual([true, false]);
    expect(await read).toBe("ended");
  });
});

describe("a spool that a crash left", () => {
  /** A spool on disk of a few frames, the last of `lastBytes`. */
  async function left(lastBytes: number): Promise<{ at: Offsets; file: string; lastFrame: number }> {
    const spool = await Spool.create({ dir, limitBytes: roomy }, false);
    const writer = new Writer(spool);
    await writer.write("stdout", 20);
    await writer.write("stderr", 5);
    const file = join(dir, readdirSync(dir)[0] ?? "");
    const lastFrame = statSync(file).size;
    const at = { ...writer.at };
    await writer.write("stdout", lastBytes);
    await spool.seal();
    return { at, file, lastFrame };
  }

  test("is read to its last whole frame, wherever the crash cut it off", async () => {
    const { at, file, lastFrame } = await left(10);
    const whole = statSync(file).size;
    expect(whole).toBe(lastFrame + frameHeaderBytes + 10);
    for (let size = whole - 1; size >= lastFrame; size -= 1) {
      truncateSync(file, size);
      const spool = await Spool.load({ dir });
      expect([spool.written, spool.sealed], `cut to ${size}`).toEqual([at, true]);
      const checker = await replay(spool, start);
      expect([checker.at, checker.gaps]).toEqual([at, []]);
      expect((await replay(spool, at)).at).toEqual(at);
    }
  });

  test("is read across segments, with the gap that was there before", async () => {
    const before = await create(tight);
    const writer = new Writer(before);
    for (let round = 0; round < 60; round += 1) await writer.write(round % 3 === 0 ? "stderr" : "stdout", 20_000);
    const gap = before.segments[0]?.start;
    await before.seal();
    const spool = await Spool.load({ dir });
    expect(spool.written).toEqual(writer.at);
    expect(await replay(spool, start)).toMatchObject({ gaps: [gap], at: writer.at });
  });

  test("is empty where nothing was written, or nothing is left", async () => {
    const { file } = await left(10);
    for (const size of [segmentHeaderBytes, segmentHeaderBytes - 1, 0]) {
      truncateSync(file, size);
      const spool = await Spool.load({ dir });
      expect((await replay(spool, start)).at).toEqual(start);
    }
    rmSync(dir, { recursive: true });
    const spool = await Spool.load({ dir });
    expect(await buffer(readSpool(spool, { from: start, follow: true, lossless: false }))).toHaveLength(0);
  });

  test("does not take other files for its own", async () => {
    const { file, at } = await left(1);
    truncateSync(file, statSync(file).size - 1);
    cpSync(file, join(dir, "00000001.frames.old"));
    writeFileSync(join(dir, "notes"), "x");
    expect((await Spool.load({ dir })).written).toEqual(at);
  });
});
