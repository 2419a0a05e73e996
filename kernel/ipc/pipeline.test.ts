import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Fault, type Pid, pidSchema } from "../abi/index.ts";
import { Pipeline } from "./pipeline.ts";
import { makeFifos } from "./stdio.ts";

describe("a pipeline of three", () => {
  let home: string;
  let line: Pipeline;
  const pids = [7, 8, 9].map((pid): Pid => pidSchema.parse(pid));
  const dirOf = (pid: Pid): string => join(home, "p", String(pid));
  const inode = (pid: Pid, end: string): number => statSync(join(dirOf(pid), end)).ino;

  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), "superos-line-"));
    for (const pid of pids) mkdirSync(dirOf(pid), { recursive: true });
    await makeFifos(...pids.map(dirOf));
    line = await Pipeline.lay(join(home, "pipes"), pids);
  });
  afterEach(() => {
    line[Symbol.dispose]();
    rmSync(home, { recursive: true });
  });

  test("joins each one's output with the next one's input, and leaves the first's input and the last's output", async () => {
    const before = pids.map((pid) => [inode(pid, "stdin"), inode(pid, "stdout")]);
    for (const [index, pid] of pids.entries()) await line.stage(index).place(dirOf(pid));
    const [first, second, third] = pids.map((pid) => [inode(pid, "stdin"), inode(pid, "stdout")]);
    expect(first?.[1]).toBe(second?.[0]);
    expect(second?.[1]).toBe(third?.[0]);
    expect([first?.[0], third?.[1]]).toEqual([before[0]?.[0], before[2]?.[1]]);
    expect(pids.map((_, index) => ["stdin", "stdout", "stderr"].filter((each) => line.stage(index).has(each)))).toEqual(
      [["stdout"], ["stdin", "stdout"], ["stdin"]],
    );
  });

  test("starts when all stand at their gates, and not before", async () => {
    const started: number[] = [];
    const arrive = (index: number): Promise<void> => line.arrive().then(() => void started.push(index));
    const both = [arrive(0), arrive(1)];
    await new Promise((resolve) => setImmediate(resolve));
    expect(started).toEqual([]);
    await Promise.all([...both, arrive(2)]);
    expect(new Set(started)).toEqual(new Set([0, 1, 2]));
  });

  test("does not start when one cannot, and says why the first could not", async () => {
    const waits = [line.arrive(), line.arrive()].map((wait) => wait.catch(String));
    const told: string[] = [];
    line.whenFailed(({ message }) => told.push(message));
    line.fail(new Fault("not_found", "no such directory"));
    line.fail(new Fault("internal", "and more"));
    line.whenFailed(({ message }) => told.push(message));
    const other = "Fault: another stage of the pipeline did not start";
    expect(await Promise.all(waits)).toEqual([other, other]);
    expect(told).toEqual(["no such directory", "no such directory"]);
    await expect(line.arrive()).rejects.toThrow("another stage");
  });

  test("leaves nothing of its own on disk once its gates are open, or it has failed", async () => {
    expect(readdirSync(join(home, "pipes")).length).toBe(2);
    for (const index of pids.keys()) line.stage(index).opened();
    expect(readdirSync(join(home, "pipes"))).toEqual([]);
    const other = await Pipeline.lay(join(home, "pipes"), pids);
    other.fail(new Error("no"));
    expect(readdirSync(join(home, "pipes"))).toEqual([]);
    expect(existsSync(dirOf(pidSchema.parse(7)))).toBe(true);
  });
});
