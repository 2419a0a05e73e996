import { describe, expect, test } from "vitest";
import { parseCapability } from "../abi/index.ts";
import { hasNestedMounts } from "./file-mounts.ts";
import { misplacedMounts } from "./mount-points.ts";

const table = (...texts: string[]): ReturnType<typeof parseCapability>[] => texts.map(parseCapability);
const nested = table("FS_READ:/project", "FS_WRITE:/project/out");

const line = (point: string, number: number): string =>
  `${100 + number} 99 254:0 /home/x ${point} ro,relatime - ext4 /dev/vda rw\n`;
const info = (...points: string[]): string =>
  [
    "/",
    "/proc",
    "/proc/kcore",
    "/dev",
    "/dev/shm",
    "/sys",
    "/sys/firmware",
    "/tmp",
    "/run/superos",
    "/etc/hosts",
    ...points,
  ]
    .map(line)
    .join("");

describe("the mounts of a container", () => {
  test("are nested where a part lies inside another one", () => {
    expect(hasNestedMounts(nested)).toBe(true);
    for (const texts of [
      ["FS_READ:/project"],
      ["FS_READ:/project/a", "FS_READ:/project/ab"],
      ["FS_READ:/project", "FS_READ:/project/a"],
    ])
      expect(hasNestedMounts(table(...texts))).toBe(false);
  });

  test("are sound where each is once at its place", () => {
    expect(
      misplacedMounts(info("/project", "/project/out", "/usr/sbin/docker-init"), { table: nested, volumes: [] }),
    ).toEqual([]);
    const spaced = table("FS_READ:/project", "FS_WRITE:/project/a b\\c");
    expect(misplacedMounts(info("/project", "/project/a\\040b\\134c"), { table: spaced, volumes: [] })).toEqual([]);
  });

  test("are an image's volumes as well, each at its place", () => {
    const asked = { table: [], volumes: ["/var/lib/x"] };
    expect(misplacedMounts(info("/var/lib/x"), asked)).toEqual([]);
    expect(misplacedMounts(info("/project/x"), asked)).toEqual(["/project/x", "/var/lib/x"]);
    expect(misplacedMounts(info("/var/lib/x", "/data"), asked)).toEqual(["/data"]);
  });

  test("are not where what every box has lies elsewhere", () => {
    for (const place of ["/proc", "/dev", "/sys", "/tmp", "/run/superos"]) {
      const moved = info().replace(` ${place} ro`, " /etc ro");
      expect(misplacedMounts(moved, { table: [], volumes: [] })).toEqual(["/etc", place]);
    }
  });

  test.each([
    ["covers a directory of the box", ["/project", "/usr/local/bin"], ["/usr/local/bin", "/project/out"]],
    ["covers a directory of the box besides its own place", ["/project", "/project/out", "/usr/bin"], ["/usr/bin"]],
    ["lies at another place of the project", ["/project", "/project/other"], ["/project/other", "/project/out"]],
    ["lies twice at a place that is mounted anyway", ["/project", "/project/out", "/tmp"], ["/tmp"]],
    ["lies over the process's directory", ["/project", "/project/out", "/run/superos"], ["/run/superos"]],
    ["is not there", ["/project"], ["/project/out"]],
  ] as const)("are not where one %s", (_what, points, misplaced) => {
    expect(misplacedMounts(info(...points), { table: nested, volumes: [] })).toEqual(misplaced);
  });
});
