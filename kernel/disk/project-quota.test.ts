import { expect, test } from "vitest";
import { boundsFor, inherits, usageOf } from "./project-quota.ts";

const MiB = 1024 ** 2;
const report = [
  "Project,BlockStatus,FileStatus,BlockUsed,BlockSoftLimit,BlockHardLimit,BlockGrace,FileUsed,FileSoftLimit,FileHardLimit,FileGrace",
  "#0,ok,ok,3092,0,0,,5,0,0,",
  "#70001,ok,ok,2048,0,10240,,3,0,100,",
  "",
].join("\n");

test("what a project uses is its own line of the report, and nothing where it has none", () => {
  expect(usageOf(70_001, report)).toEqual({ bytes: 2 * MiB, files: 3 });
  expect(usageOf(7000, report)).toEqual({ bytes: 0, files: 0 });
});

test("a directory hands a project on when it is of it, and says so", () => {
  expect(inherits(70_001, "70001 --------------e----P-- /a dir")).toBe(true);
  expect(inherits(70_001, "70001 --------------e------- /P")).toBe(false);
  expect(inherits(70_001, "    0 -------------------P-- /P")).toBe(false);
  expect(inherits(70_001, "")).toBe(false);
});

test("a bound is what is used, what all writers have left, and less than a tenth more", () => {
  const usage = { bytes: 100 * MiB, files: 10 };
  const alone = boundsFor(usage, [{ limitBytes: 400 * MiB, leftBytes: 400 * MiB }]);
  expect(alone).toEqual(["0", String(510 * 1024), "0", String(10 + (410 * MiB) / 4096)]);
  const writer = { limitBytes: 400 * MiB, leftBytes: 100 * MiB };
  expect(boundsFor(usage, [writer, writer])).toEqual(["0", String(320 * 1024), "0", String(10 + (220 * MiB) / 4096)]);
});

test("nobody is bounded while nobody writes", () => {
  expect(boundsFor({ bytes: MiB, files: 1 }, [])).toEqual(["0", "0", "0", "0"]);
});
