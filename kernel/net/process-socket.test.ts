import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ProcessSocket } from "./process-socket.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "superos-socket-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const ignore = (): void => undefined;
const descriptors = (): number => readdirSync("/proc/self/fd").length;

/** Tries to listen so often in a directory that is removed while the socket is being made. */
async function failed(times: number): Promise<number> {
  const dir = join(home, "dir");
  for (let time = 0; time < times; time += 1) {
    mkdirSync(dir);
    const made = ProcessSocket.listen(dir, "x.sock", ignore);
    rmSync(dir, { recursive: true });
    await expect(made).rejects.toThrow("ENOENT");
  }
  for (let turn = 0; turn < 10; turn += 1) await breathe();
  return descriptors();
}

test("a socket that cannot be made leaves no descriptor open", async () => {
  const before = await failed(1);
  expect(await failed(20)).toBe(before);
});

test("where a socket cannot be bound the working directory stays what it was", async () => {
  const cwd = process.cwd();
  await expect(ProcessSocket.listen(join(home, "none"), "x.sock", ignore)).rejects.toThrow("ENOENT");
  const there = await ProcessSocket.listen(home, "x.sock", ignore);
  await expect(ProcessSocket.listen(home, "x.sock", ignore)).rejects.toThrow("EADDRINUSE");
  there[Symbol.dispose]();
  expect(process.cwd()).toBe(cwd);
  expect(readdirSync(home)).toEqual([]);
});
