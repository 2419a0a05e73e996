import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { gateFifos } from "../isolation/gate.ts";
import { DirectoryStock } from "./directory-stock.ts";

let home: string;
let stock: DirectoryStock;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "superos-stock-"));
  stock = new DirectoryStock(join(home, "stock"));
});
afterEach(async () => {
  await stock.close();
  rmSync(home, { recursive: true });
});

test("each process gets a directory with FIFOs of its own, however many want one at once", async () => {
  const names = Array.from({ length: 70 }, (_, index) => join(home, String(index)));
  await Promise.all(names.slice(0, 20).map((name) => stock.make(name)));
  for (const name of names.slice(20)) await stock.make(name);
  const inodes = new Set<number>();
  for (const name of names) {
    expect(statSync(name).mode & 0o7777).toBe(0o755);
    expect(readdirSync(name).toSorted()).toEqual(Object.keys(gateFifos).toSorted());
    for (const [fifo, { mode }] of Object.entries(gateFifos)) {
      const found = statSync(join(name, fifo));
      expect([found.isFIFO(), (found.mode & 0o7777).toString(8)], fifo).toEqual([true, mode.slice(1)]);
      inodes.add(found.ino);
    }
  }
  expect(inodes.size).toBe(names.length * Object.keys(gateFifos).length);
});

test("nothing is left of a stock that is closed, also while it is being filled", async () => {
  await stock.make(join(home, "1"));
  await stock.close();
  expect(readdirSync(home)).toEqual(["1"]);
});

test("a directory that is there already is not taken", async () => {
  await stock.make(join(home, "1"));
  await expect(stock.make(join(home, "1"))).rejects.toThrow(/EEXIST|ENOTEMPTY/);
});
