import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leastDiskBytes, type Pid, pidSchema } from "../../kernel/abi/index.ts";
import { slackShare } from "../../kernel/disk/allowance.ts";
import type { DiskReason } from "../../kernel/disk/disk-message.ts";
import { DiskWatch } from "../../kernel/disk/disk-watch.ts";
import { waitFor } from "../setup/wait-for.ts";
import { DiskBox, LoopDisk, noLoopDisk, pythonImage } from "./disk-box.ts";
import { fillers, harmless } from "./disk-fillers.ts";

/** DISK, with real containers on a small file system of their own: every way to fill it, and what must go on. */

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

interface End {
  usedBytes: number;
  reason: DiskReason;
}

interface Filler extends AsyncDisposable {
  box: DiskBox;
  dir: string;
  /** Why it was ended, once it was. */
  end: End | undefined;
  hold(): Promise<void>;
  resume(): Promise<void>;
}

/** Writes a line now and then, as long as the test takes. */
const neighbour = `
import time
while True:
    with open("beats", "a") as f: f.write("x" * 64)
    time.sleep(0.02)
`;

const reason = await noLoopDisk();
let pids = 0;
const nextPid = (): Pid => pidSchema.parse((pids += 1));

interface Stage {
  image: string;
  watch: DiskWatch;
  disk: LoopDisk;
}

async function start(stage: Stage, name: string, how: { program: string; limitBytes: number }): Promise<Filler> {
  const dir = stage.disk.directory(name);
  const filler: { end: End | undefined } = { end: undefined };
  const watched = stage.watch.watch({
    pid: nextPid(),
    paths: [dir],
    limitBytes: how.limitBytes,
    exceeded: (usedBytes, why) => (filler.end = { usedBytes, reason: why }),
  });
  const box = await DiskBox.start(stage.image, dir, how.program);
  await watched.begin(box.hostPid);
  return Object.assign(filler, {
    box,
    dir,
    hold: () => watched.hold(),
    resume: () => watched.resume(),
    [Symbol.asyncDispose]: async () => {
      watched[Symbol.dispose]();
      await box[Symbol.asyncDispose]();
    },
  });
}

/** What the disk held at most, and had left at least, while something happened. */
async function extremes(disk: LoopDisk, act: () => Promise<void>): Promise<{ grew: number; left: number }> {
  const before = disk.usedBytes;
  let grew = 0;
  let left = Number.POSITIVE_INFINITY;
  const look = (): void => {
    grew = Math.max(grew, disk.usedBytes - before);
    left = Math.min(left, disk.availableBytes);
  };
  const timer = setInterval(look, 2);
  try {
    await act();
    look();
  } finally {
    clearInterval(timer);
  }
  return { grew, left };
}

const beats = ({ dir }: Filler): number => statSync(join(dir, "beats"), { throwIfNoEntry: false })?.size ?? 0;

async function stageOf(bytes: number): Promise<Stage> {
  const image = await pythonImage();
  return { image, disk: await LoopDisk.make(bytes), watch: new DiskWatch({ log: () => undefined }) };
}

async function strike({ disk, watch }: Stage): Promise<void> {
  await watch[Symbol.asyncDispose]();
  await disk[Symbol.asyncDispose]();
}

describe.skipIf(reason !== undefined)(`a process with DISK (${reason ?? "on a loop device"})`, () => {
  let stage: Stage;
  let other: Filler;

  beforeAll(async () => {
    stage = await stageOf(2 * GiB);
    other = await start(stage, "neighbour", { program: neighbour, limitBytes: leastDiskBytes });
    other.box.go();
  });
  afterAll(async () => {
    await other[Symbol.asyncDispose]();
    await strike(stage);
  });

  const names = Object.keys(fillers);
  test.each(names)(
    "ends before it has taken a tenth more, by %s, and its neighbour goes on",
    async (name) => {
      const program = fillers[name] ?? "";
      const filler = await start(stage, `p${names.indexOf(name)}`, { program, limitBytes: leastDiskBytes });
      try {
        const before = beats(other);
        const { grew, left } = await extremes(stage.disk, async () => {
          filler.box.go();
          expect(await filler.box.ended()).toBe(137);
        });
        expect(filler.end?.reason).toBe("limit");
        expect(filler.end?.usedBytes).toBeGreaterThan(leastDiskBytes);
        expect(filler.end?.usedBytes).toBeLessThanOrEqual(leastDiskBytes * (1 + slackShare));
        expect(grew).toBeLessThanOrEqual(leastDiskBytes * (1 + slackShare) + MiB);
        expect(left).toBeGreaterThan(stage.disk.totalBytes / 4);
        expect(beats(other)).toBeGreaterThan(before);
        expect(other.end).toBeUndefined();
      } finally {
        await filler[Symbol.asyncDispose]();
        stage.disk.clear(filler.dir);
      }
    },
    300_000,
  );

  test.each(Object.keys(harmless))("is not ended for %s", async (name) => {
    const program = harmless[name] ?? "";
    const limitBytes = leastDiskBytes;
    await using filler = await start(stage, `h${Object.keys(harmless).indexOf(name)}`, { program, limitBytes });
    filler.box.go();
    expect(await filler.box.ended()).toBe(0);
    expect(filler.end).toBeUndefined();
  });

  test("stays stopped while it is held, whatever is measured, and is held to its limit afterwards", async () => {
    const program = fillers["the blocks of a sparse file"] ?? "";
    await using filler = await start(stage, "held", { program, limitBytes: leastDiskBytes });
    await filler.hold();
    filler.box.go();
    const held = stage.disk.usedBytes;
    // Longer than it takes until everybody is measured without a cause.
    await sleep(3000);
    expect(stage.disk.usedBytes - held).toBeLessThan(MiB);
    await filler.resume();
    expect(await filler.box.ended()).toBe(137);
    expect(filler.end?.reason).toBe("limit");
  });
});

describe.skipIf(reason !== undefined)(`a disk with less space than limits (${reason ?? "on a loop device"})`, () => {
  test("never fills up: who has grown most ends, one after another, and who has not grown goes on", async () => {
    const stage = await stageOf(GiB);
    const started: Filler[] = [];
    try {
      const run = async (name: string, program: string): Promise<Filler> => {
        const filler = await start(stage, name, { program, limitBytes: 64 * GiB });
        started.push(filler);
        return filler;
      };
      const quiet = await run("neighbour", neighbour);
      const greedy = [
        await run("big", fillers["one big file"] ?? ""),
        await run("long", fillers["long writes of many threads"] ?? ""),
        await run("mapped", fillers["pages of a mapping"] ?? ""),
      ];
      const { left } = await extremes(stage.disk, async () => {
        for (const { box } of started) box.go();
        await Promise.all(greedy.map(({ box }) => box.ended()));
      });
      expect(greedy.map(({ end }) => end?.reason)).toEqual(["reserve", "reserve", "reserve"]);
      // Half of its reserve, which is a quarter of it.
      expect(left).toBeGreaterThan(stage.disk.totalBytes / 8);
      expect(quiet.end).toBeUndefined();
      const before = beats(quiet);
      await waitFor("the quiet one goes on", () => beats(quiet) > before);
    } finally {
      for (const filler of started) await filler[Symbol.asyncDispose]();
      await strike(stage);
    }
  });
});
