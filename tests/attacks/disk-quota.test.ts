import { mkdirSync, readFileSync, statfsSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leastDiskBytes, pidSchema } from "../../kernel/abi/index.ts";
import { slackShare } from "../../kernel/disk/allowance.ts";
import { diskControl, quotaMount } from "../../kernel/disk/disk-control.ts";
import { DiskWatch } from "../../kernel/disk/disk-watch.ts";
import { missingTools, ProjectQuota } from "../../kernel/disk/project-quota.ts";
import { boxUser, DiskBox, LoopDisk, noLoopDisk, pythonImage } from "./disk-box.ts";
import { fillers } from "./disk-fillers.ts";

/** DISK by project quotas, where Linux and the tools here have them: what holds when the watchdog does not look. */

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;
const timeoutMs = 600_000;
const leastBytes = 64 * MiB;

/** Does as a hostile program would that knows of the quota; says what it could change. */
const escape = `
import ctypes, errno, fcntl, os, struct
changed = []
def attempt(name, act):
    try: act(); changed.append(name)
    except OSError: pass
os.mkdir("own")
d = os.open("own", os.O_RDONLY)
attempt("flags", lambda: fcntl.ioctl(d, 0x40086602, struct.pack("l", 0)))
attempt("flags of 32 bits", lambda: fcntl.ioctl(d, 0x40046602, struct.pack("l", 0)))
attempt("project", lambda: fcntl.ioctl(d, 0x401c5820, struct.pack("IIIII8x", 0, 0, 0, 0, 0)))
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(469, -100, b"own", struct.pack("QIIII", 0, 0, 0, 0, 0), 24, 0) == 0: changed.append("attributes")
open("changed", "w").write(",".join(changed))
`;

describe.each(["ext4", "xfs"] as const)("a project on %s", async (type) => {
  const missing = missingTools();
  const reason = missing.length > 0 ? `${missing.join(", ")} not found` : await noLoopDisk({ type, quota: true });

  describe.skipIf(reason !== undefined)(`with a quota (${reason ?? "on a loop device"})`, () => {
    let disk: LoopDisk;
    let image: string;
    let projects = 0;
    const log = (message: string, details?: Record<string, unknown>): void => {
      throw new Error(`${message} ${JSON.stringify(details)}`);
    };

    /** A project with some files that were there before. */
    const project = (): { dir: string; id: number } => {
      projects += 1;
      const dir = disk.directory(`p${projects}`);
      mkdirSync(join(dir, "before"));
      writeFileSync(join(dir, "before", "file"), Buffer.alloc(8 * MiB));
      symlinkSync("/etc/passwd", join(dir, "before", "link"));
      return { dir, id: boxUser + projects };
    };
    const quotaOf = (tree: { dir: string; id: number }): ProjectQuota => {
      const quota = new ProjectQuota(tree, quotaMount(tree.dir)?.point ?? "", log);
      quota.prepare();
      return quota;
    };
    /** How far the project's bound, as its directory tells it, is from what it uses. */
    const leftIn = (dir: string): number => {
      const { bfree, bsize } = statfsSync(dir);
      return bfree * bsize;
    };
    const fill = async (dir: string, program: string): Promise<number> => {
      await using box = await DiskBox.start(image, dir, program);
      box.go();
      return await box.ended();
    };

    beforeAll(async () => {
      image = await pythonImage();
      disk = await LoopDisk.make(3 * GiB, { type, quota: true });
    }, timeoutMs);
    afterAll(() => disk[Symbol.asyncDispose](), timeoutMs);

    test("is told at boot", () => {
      expect(diskControl(disk.dir)).toMatchObject({ name: "project quota", available: true });
    });

    test.each(["one big file", "the blocks of a sparse file", "a file without a name", "empty files"])(
      "cannot be filled past it, by %s, though nobody looks",
      async (name) => {
        const tree = project();
        const quota = quotaOf(tree);
        const left = leastBytes;
        await quota.enter({ limitBytes: left, leftBytes: () => Promise.resolve(left) });
        const before = disk.usedBytes;
        // The program ends by the error that it gets.
        expect(await fill(tree.dir, fillers[name] ?? "")).toBe(1);
        expect(disk.usedBytes - before).toBeLessThan(left * (1 + slackShare));
        await quota.clear();
        disk.clear(tree.dir);
      },
      timeoutMs,
    );

    test(
      "has for each writer what it may write, and takes it back",
      async () => {
        const { dir, id } = project();
        const quota = quotaOf({ dir, id });
        const writer = (bytes: number): { limitBytes: number; leftBytes: () => Promise<number> } => ({
          limitBytes: bytes,
          leftBytes: () => Promise.resolve(bytes),
        });
        const [one, other] = [writer(100 * MiB), writer(300 * MiB)];
        const slack = 1 + slackShare / 4;
        await quota.enter(one);
        expect(Math.abs(leftIn(dir) - 100 * MiB * slack)).toBeLessThan(MiB);
        await quota.enter(other);
        expect(Math.abs(leftIn(dir) - 400 * MiB * slack)).toBeLessThan(MiB);
        await quota.leave(one);
        expect(Math.abs(leftIn(dir) - 300 * MiB * slack)).toBeLessThan(MiB);
        await quota.leave(other);
        expect(leftIn(dir)).toBeGreaterThan(GiB);
      },
      timeoutMs,
    );

    test(
      "ends its writer with the watchdog, within the quota, and is free again",
      async () => {
        const tree = project();
        const watch = new DiskWatch({ log });
        let used = 0;
        try {
          const watched = watch.watch({
            pid: pidSchema.parse(1),
            paths: [tree.dir],
            project: tree.dir,
            limitBytes: leastDiskBytes,
            exceeded: (bytes) => (used = bytes),
          });
          await using box = await DiskBox.start(image, tree.dir, fillers["long writes of many threads"] ?? "");
          await watched.begin(box.hostPid);
          expect(leftIn(tree.dir)).toBeLessThan(leastDiskBytes * (1 + slackShare));
          const before = disk.usedBytes;
          box.go();
          expect(await box.ended()).toBe(137);
          expect(used).toBeGreaterThan(leastDiskBytes);
          expect(disk.usedBytes - before).toBeLessThan(leastDiskBytes * (1 + slackShare));
        } finally {
          await watch[Symbol.asyncDispose]();
        }
        expect(leftIn(tree.dir)).toBeGreaterThan(GiB);
        disk.clear(tree.dir);
      },
      timeoutMs,
    );

    test(
      "is not left by a program in it",
      async () => {
        const tree = project();
        const quota = quotaOf(tree);
        await quota.enter({ limitBytes: leastBytes, leftBytes: () => Promise.resolve(leastBytes) });
        expect(await fill(tree.dir, escape)).toBe(0);
        expect(readFileSync(join(tree.dir, "changed"), "utf8")).toBe("");
        await quota.clear();
      },
      timeoutMs,
    );
  });
});
