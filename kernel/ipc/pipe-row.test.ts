import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Pid, pidSchema } from "../abi/index.ts";
import { PipeRow } from "./pipe-row.ts";
import { makeFifos } from "./stdio.ts";

describe("the pipes of three processes", () => {
  let home: string;
  const pids = [7, 8, 9].map((pid): Pid => pidSchema.parse(pid));
  const dirOf = (pid: Pid): string => join(home, "p", String(pid));
  const inode = (pid: Pid, end: string): number => statSync(join(dirOf(pid), end)).ino;
  const lay = (): Promise<PipeRow> => PipeRow.lay(join(home, "pipes"), pids);
  const left = (): string[] => readdirSync(join(home, "pipes"));

  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), "superos-row-"));
    for (const pid of pids) mkdirSync(dirOf(pid), { recursive: true });
    await makeFifos(...pids.map(dirOf));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  test("join each one's output with the next one's input, and leave the first's input and the last's output", async () => {
    using row = await lay();
    const before = [inode(pidSchema.parse(7), "stdin"), inode(pidSchema.parse(9), "stdout")];
    for (const [index, pid] of pids.entries()) {
      const { stdin, stdout } = row.endsOf(index);
      await stdin?.place("stdin", dirOf(pid));
      await stdout?.place("stdout", dirOf(pid));
    }
    const [first, second, third] = pids.map((pid) => [inode(pid, "stdin"), inode(pid, "stdout")]);
    expect(first?.[1]).toBe(second?.[0]);
    expect(second?.[1]).toBe(third?.[0]);
    expect([first?.[0], third?.[1]]).toEqual(before);
  });

  test("leave nothing of the kernel's once they are given up, or open", async () => {
    using row = await lay();
    expect(left().length).toBe(2);
    for (const index of pids.keys()) {
      row.endsOf(index).stdin?.opened("stdin");
      row.endsOf(index).stdout?.opened("stdout");
    }
    expect(left()).toEqual([]);
    (await lay())[Symbol.dispose]();
    expect(left()).toEqual([]);
  });

  test("are whoever's they were handed over to", async () => {
    const row = await lay();
    const { stdout } = row.endsOf(0);
    const { stdout: second } = row.endsOf(1);
    row.handOver();
    row[Symbol.dispose]();
    expect(left().length).toBe(2);
    for (const pipe of [stdout, second]) pipe?.[Symbol.dispose]();
    expect(left()).toEqual([]);
  });
});
