import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pourPool, pourSpool, readSpool } from "./spool-reader.ts";
import { Spool } from "./spool.ts";

let home: string;
let spool: Spool;

const from = { stdout: 3, stderr: 0 };
const reading = { from, follow: false, lossless: false };

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "superos-pour-"));
  spool = await Spool.create({ dir: join(home, "out"), limitBytes: 64 << 20 }, false);
  for (let round = 0; round < 60; round += 1) spool.append("stdout", Buffer.alloc(50_000, round));
  await spool.seal();
});
afterEach(() => rmSync(home, { recursive: true }));

test("what is poured is what is read, in memory that goes round", async () => {
  const pool = pourPool();
  const parts: Buffer[] = [];
  const memory = new Set<ArrayBufferLike>();
  const { signal } = new AbortController();
  await pourSpool(spool, { ...reading, pool, signal }, async (data) => {
    await turn();
    memory.add(data.buffer);
    parts.push(Buffer.from(data));
  });
  expect(Buffer.concat(parts).equals(await buffer(readSpool(spool, reading)))).toBe(true);
  expect(parts.length).toBeGreaterThan(8);
  expect(memory.size).toBeLessThan(5);
});

test("pouring ends when it is told to, also while a write does not come back, and its memory is nobody's then", async () => {
  const pool = pourPool();
  const gone = new AbortController();
  const writing: ArrayBufferLike[] = [];
  const poured = pourSpool(spool, { ...reading, pool, signal: gone.signal }, (data) => {
    if (data.length > 100_000) writing.push(data.buffer);
    return data.length > 100_000 ? new Promise(() => undefined) : Promise.resolve();
  });
  while (writing.length === 0) await turn();
  gone.abort();
  await poured;
  expect(writing).toHaveLength(1);
  for (let taken = 0; taken < 10; taken += 1) expect(writing).not.toContain(pool.take().buffer);
});

test("memory whose write failed goes to nobody else, and whoever pours learns why", async () => {
  const pool = pourPool();
  const failed: ArrayBufferLike[] = [];
  const { signal } = new AbortController();
  const poured = pourSpool(spool, { ...reading, pool, signal }, (data) => {
    failed.push(data.buffer);
    return Promise.reject(new Error("cut off"));
  });
  await expect(poured).rejects.toThrow("cut off");
  for (let taken = 0; taken < 10; taken += 1) expect(failed).not.toContain(pool.take().buffer);
});
