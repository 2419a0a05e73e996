import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leastDiskBytes, pidSchema } from "../../kernel/abi/index.ts";
import type { DiskReason } from "../../kernel/disk/disk-message.ts";
import { DiskWatch, type WatchedWriter } from "../../kernel/disk/disk-watch.ts";
import { Pausable } from "../../kernel/freezer/pausable.ts";
import { waitFor } from "../setup/wait-for.ts";
import { boxUser, DiskBox, pythonImage } from "./disk-box.ts";

/** Pausing real containers, with and without a watched limit, next to measuring, killing and a new watchdog. */

const MiB = 1024 ** 2;
const reason = process.getuid?.() === 0 ? undefined : "only root may stop a container";

const ticker = `
import time
while True:
    with open("ticks", "a") as f: f.write("x")
    time.sleep(0.005)
`;

/** A child is made all the time, which is when cgroup v1 forgets to stop. */
const forker = `
import os, time
def fork():
    while True:
        if os.fork() == 0: os._exit(0)
        os.wait()
        with open("ticks", "a") as f: f.write("x")
for n in range(8):
    if os.fork() == 0: fork()
time.sleep(3600)
`;

let image: string;
let home: string;
let watch: DiskWatch;
let boxes = 0;

interface Paused extends AsyncDisposable {
  box: DiskBox;
  dir: string;
  baseline: Promise<number> | undefined;
  /** As a kernel that is gone does. */
  letGo(): void;
  pausable: Pausable;
  ticks(): number;
  /** Whether its program gets on. */
  runs(): Promise<boolean>;
  end: { usedBytes: number; reason: DiskReason } | undefined;
}

interface How {
  program?: string;
  watched?: boolean;
  baselineBytes?: number;
  /** A container that is there, with its directory. */
  box?: DiskBox;
  dir?: string;
}

async function start(how: How = {}): Promise<Paused> {
  const dir = how.dir ?? mkdtempSync(join(home, "box-"));
  chownSync(dir, boxUser, boxUser);
  const ended: Pick<Paused, "end"> = { end: undefined };
  let writer: WatchedWriter | undefined;
  if (how.watched === true) {
    writer = watch.watch({
      pid: pidSchema.parse((boxes += 1)),
      paths: [dir],
      limitBytes: leastDiskBytes,
      ...(how.baselineBytes === undefined ? {} : { baselineBytes: how.baselineBytes }),
      exceeded: (usedBytes, why) => (ended.end = { usedBytes, reason: why }),
    });
  }
  const box = how.box ?? (await DiskBox.start(image, dir, how.program ?? ticker));
  const pausable = new Pausable(writer);
  await writer?.begin(box.hostPid);
  await pausable.begin(box.hostPid);
  const ticks = (): number => statSync(join(dir, "ticks"), { throwIfNoEntry: false })?.size ?? 0;
  return Object.assign(ended, {
    box,
    dir,
    baseline: writer?.baseline,
    letGo: () => writer?.[Symbol.dispose](),
    pausable,
    ticks,
    runs: async () => {
      const before = ticks();
      await sleep(300);
      return ticks() > before;
    },
    [Symbol.asyncDispose]: async () => {
      writer?.[Symbol.dispose]();
      if (how.box === undefined) await box[Symbol.asyncDispose]();
    },
  });
}

beforeAll(async () => {
  image = await pythonImage();
  home = mkdtempSync(join(tmpdir(), "superos-pause-"));
  watch = new DiskWatch({ log: () => undefined });
});
afterAll(async () => {
  await watch[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

describe.skipIf(reason !== undefined).each([
  { kind: "that is not watched", watched: false },
  { kind: "with DISK", watched: true },
])(`a process $kind`, ({ watched }) => {
  test("stands still while it is paused, however often it was, and goes on when it is resumed once", async () => {
    await using paused = await start({ watched });
    paused.box.go();
    await waitFor("it runs", () => paused.ticks() > 0);
    await paused.pausable.pause();
    await paused.pausable.pause();
    // Longer than it takes until everybody is measured without a cause.
    const before = paused.ticks();
    await sleep(watched ? 4500 : 500);
    expect(paused.ticks()).toBe(before);
    await paused.pausable.resume();
    expect(await paused.runs()).toBe(true);
    await paused.pausable.resume();
    expect(await paused.runs()).toBe(true);
  });

  test("stands still however busily it forks", async () => {
    await using paused = await start({ watched, program: forker });
    paused.box.go();
    await waitFor("it runs", () => paused.ticks() > 0);
    for (let n = 0; n < 20; n += 1) {
      await paused.pausable.pause();
      const before = paused.ticks();
      await sleep(20);
      expect(paused.ticks()).toBe(before);
      await paused.pausable.resume();
      await waitFor("it goes on", () => paused.ticks() > before);
    }
  });

  test("is as it was last told, whatever came fast before", async () => {
    await using paused = await start({ watched });
    paused.box.go();
    await waitFor("it runs", () => paused.ticks() > 0);
    const { pausable } = paused;
    await Promise.all([pausable.pause(), pausable.resume(), pausable.pause(), pausable.resume()]);
    expect(await paused.runs()).toBe(true);
    await Promise.all([pausable.pause(), pausable.resume(), pausable.pause()]);
    expect(await paused.runs()).toBe(false);
    await pausable.resume();
    expect(await paused.runs()).toBe(true);
  });

  test("dies when it is killed while it is paused, and runs no more", async () => {
    await using paused = await start({ watched });
    paused.box.go();
    await waitFor("it runs", () => paused.ticks() > 0);
    await paused.pausable.pause();
    const before = paused.ticks();
    await paused.pausable.kill(() => paused.box.kill());
    expect(await paused.box.ended()).toBe(137);
    expect(paused.ticks()).toBe(before);
  });

  test("dies when it is paused and killed at the same time", async () => {
    for (const killedFirst of [false, true]) {
      await using paused = await start({ watched });
      paused.box.go();
      await waitFor("it runs", () => paused.ticks() > 0);
      const kill = (): Promise<void> => paused.pausable.kill(() => paused.box.kill());
      const pause = (): Promise<void> => paused.pausable.pause();
      await Promise.all(killedFirst ? [kill(), pause()] : [pause(), kill()]);
      await paused.pausable.pause();
      expect(await paused.box.ended()).toBe(137);
    }
  });

  test("can still be paused when the engine did not kill it", async () => {
    await using paused = await start({ watched });
    paused.box.go();
    const kill = paused.pausable.kill(() => Promise.reject(new Error("no engine")));
    await expect(kill).rejects.toThrow("no engine");
    await paused.pausable.pause();
    expect(await paused.runs()).toBe(false);
  });

  test("that was left stopped by a kernel that is gone goes on under the next", async () => {
    await using left = await start({ watched });
    left.box.go();
    await waitFor("it runs", () => left.ticks() > 0);
    await left.pausable.pause();
    await using next = await start({ watched, box: left.box, dir: left.dir });
    expect(await next.runs()).toBe(true);
  });
});

describe.skipIf(reason !== undefined)("a process that the next kernel takes over", () => {
  test("is held to what it grew since it began, by the baseline that was recorded", async () => {
    const program = `
import os, time
block = bytes(1 << 20)
f = os.open("big", os.O_CREAT | os.O_WRONLY)
for n in range(200): os.write(f, block)
open("ticks", "w").write("x")
while not os.path.exists("more"): time.sleep(0.01)
for n in range(400): os.write(f, block); time.sleep(0.001)
`;
    await using first = await start({ watched: true, program });
    const baselineBytes = (await first.baseline) ?? 0;
    first.box.go();
    await waitFor("it has written most of what it may", () => first.ticks() > 0);
    first.letGo();
    await using next = await start({ watched: true, box: first.box, dir: first.dir, baselineBytes });
    expect(next.end).toBeUndefined();
    writeFileSync(join(first.dir, "more"), "");
    expect(await next.box.ended()).toBe(137);
    expect(next.end?.reason).toBe("limit");
    expect(next.end?.usedBytes).toBeGreaterThan(leastDiskBytes);
    expect(next.end?.usedBytes).toBeLessThan(leastDiskBytes * 1.1);
  });

  test("and passed its limit while nobody watched ends at once", async () => {
    await using first = await start({ watched: true });
    first.box.go();
    await using next = await start({ watched: true, box: first.box, dir: first.dir, baselineBytes: -300 * MiB });
    expect(await next.box.ended()).toBe(137);
    expect(next.end?.reason).toBe("limit");
  });
});
