import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { fastestBytesPerMs } from "./allowance.ts";
import { type Space, spaceOf, Volume } from "./volume.ts";

const MiB = 1024 ** 2;

function volumeOf(start: Partial<Space>): { volume: Volume; space: Space } {
  const space: Space = {
    used: 1024 * MiB,
    available: 1000 * MiB,
    total: 2048 * MiB,
    inodesLeft: 1000,
    inodes: 1000,
    ...start,
  };
  return { space, volume: new Volume("/", 0, () => ({ ...space })) };
}

test("what was lost adds up, whatever others give back in between", () => {
  const { volume, space } = volumeOf({});
  space.used += 10 * MiB;
  volume.look(5);
  space.used -= 10 * MiB;
  volume.look(6);
  space.used += 10 * MiB;
  volume.look(11);
  expect(volume.lostBytes).toBeGreaterThanOrEqual(20 * MiB);
  expect(volume.lostBytes).toBeLessThanOrEqual(20 * MiB + fastestBytesPerMs);
});

test("behind a large gift could be what was written in the meantime", () => {
  const { volume, space } = volumeOf({});
  space.used -= 1000 * MiB;
  volume.look(20);
  expect(volume.lostBytes).toBe(20 * fastestBytesPerMs);
});

test("the reserve is touched by the last bytes or by the last inodes", () => {
  expect(volumeOf({}).volume.aboveReserve).toBe(990 * 4096);
  expect(volumeOf({ available: 200 * MiB }).volume.aboveReserve).toBe(-56 * MiB);
  expect(volumeOf({ inodesLeft: 5 }).volume.aboveReserve).toBeLessThan(0);
  expect(volumeOf({ inodes: 0, inodesLeft: 0 }).volume.aboveReserve).toBe(744 * MiB);
});

test("a real file system has a size", () => {
  const space = spaceOf(tmpdir());
  expect(space.total).toBeGreaterThan(0);
  expect(space.available).toBeLessThanOrEqual(space.total);
});
