import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { threadSchema } from "../abi/index.ts";
import { SampleCgroup } from "./sample-cgroup.ts";
import { parseThread, threadsOf } from "./threads.ts";

/** What Linux wrote of a Python program's second thread, of fields behind the CPU times only some. */
const stat = (tid: number, name = "python3"): string =>
  `${tid} (${name}) S 3592 3622 3592 0 -1 4194368 921 0 7 0 12 3 0 0 20 0 2 0 2421420 90394624\n`;
const status = (tid: number, own: number, process: number): string =>
  `Name:\tpython3\nState:\tS (sleeping)\nTgid:\t3622\nNgid:\t0\nPid:\t${tid}\nPPid:\t3592\nNStgid:\t3622\t${process}\nNSpid:\t${tid}\t${own}\nThreads:\t2\n`;

describe("a thread", () => {
  test("has the numbers that it has inside the container", () => {
    const thread = { tid: 8, process: 7, name: "python3", state: "S", cpuMs: 150 };
    expect(parseThread(stat(3624), status(3624, 8, 7))).toEqual(thread);
    expect(threadSchema.parse(thread)).toEqual(thread);
  });

  test("of a container in a container has its innermost number", () => {
    const nested = "NStgid:\t3622\t70\t7\nNSpid:\t3624\t80\t8\n";
    expect(parseThread(stat(3624), nested)).toMatchObject({ tid: 8, process: 7 });
  });

  test("has the name that its program chose, without what could act on a terminal", () => {
    for (const [given, shown] of [
      ["a) R 1 (b", "a) R 1 (b"],
      ["", ""],
      ["tab\tred\u001B[31m", "tab?red?[31m"],
      ["two\nlines", "two?lines"],
      ["\u202Egnp", "?gnp"],
    ] as const)
      expect(parseThread(stat(3624, given), status(3624, 8, 7))).toMatchObject({ name: shown, state: "S", cpuMs: 150 });
  });

  test("that is not to be understood is none", () => {
    for (const [a, b] of [
      ["", ""],
      [stat(1), "Name:\tx\n"],
      ["1 (x) S 1\n", status(1, 1, 1)],
      // In no namespace that is seen from here.
      [stat(1), "NStgid:\t3622\t0\nNSpid:\t3624\t0\n"],
    ] as const)
      expect(parseThread(a, b)).toBe(undefined);
  });
});

describe.each([1, 2] as const)("with cgroup v%i", (version) => {
  function withTasks(cgroup: SampleCgroup, tids: readonly number[]): void {
    const text = tids.map((tid) => `${tid}\n`).join("");
    cgroup.write("memory", version === 1 ? { tasks: text } : { "cgroup.threads": text });
  }

  function run(cgroup: SampleCgroup, tid: number, own: number): void {
    const dir = join(cgroup.home, "proc", String(tid), "task", String(tid));
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "stat"), stat(tid));
    writeFileSync(join(dir, "status"), status(tid, own, 7));
  }

  test("threads are listed by their numbers, without those that have ended meanwhile", async () => {
    using cgroup = new SampleCgroup(version);
    withTasks(cgroup, [3624, 3999, 3622, 0]);
    run(cgroup, 3624, 8);
    run(cgroup, 3622, 7);
    expect((await threadsOf(cgroup.files, join(cgroup.home, "proc"))).map(({ tid }) => tid)).toEqual([7, 8]);
  });

  test("a container that has gone has none", async () => {
    const cgroup = new SampleCgroup(version);
    cgroup.remove();
    expect(await threadsOf(cgroup.files)).toEqual([]);
  });

  test("of very many only some are looked at", async () => {
    using cgroup = new SampleCgroup(version);
    withTasks(cgroup, [...Array.from({ length: 10_000 }, (_, index) => 100_000 + index), 5]);
    run(cgroup, 5, 5);
    run(cgroup, 109_999, 9);
    expect((await threadsOf(cgroup.files, join(cgroup.home, "proc"))).map(({ tid }) => tid)).toEqual([9]);
  });
});
