import { describe, expect, test } from "vitest";
import { parseCgroup } from "./cgroup.ts";

const root = "/sys/fs/cgroup";
const own = "/docker/858884";

describe("the cgroup of a container", () => {
  test("is one directory on v2", () => {
    const dir = `${root}${own}`;
    expect(parseCgroup(`0::${own}\n`)).toEqual({ version: 2, memory: dir, cpu: dir, quota: dir, unified: dir });
  });

  test("is one for each controller on v1, where controllers may share a hierarchy", () => {
    for (const text of [
      `4:memory:${own}\n3:name=systemd:${own}\n2:cpuacct:${own}\n1:cpu:${own}\n0::${own}\n`,
      `4:memory:${own}\n3:name=systemd:${own}\n2:cpu,cpuacct:${own}\n0::${own}\n`,
    ]) {
      expect(parseCgroup(text)).toEqual({
        version: 1,
        memory: `${root}/memory${own}`,
        cpu: `${root}/cpuacct${own}`,
        quota: `${root}/cpu${own}`,
        unified: `${root}/unified${own}`,
      });
    }
  });

  test("says nothing of its end where no v2 is beside v1", () => {
    for (const unified of ["", "0::/\n"])
      expect(parseCgroup(`4:memory:${own}\n2:cpu,cpuacct:${own}\n${unified}`)?.unified).toBe(undefined);
  });

  test("may have a colon in its name", () => {
    expect(parseCgroup("0::/a:b\n")?.memory).toBe(`${root}/a:b`);
  });

  test("is never the one that holds the whole machine, and nothing where there is none", () => {
    for (const text of ["0::/\n", "4:memory:/\n2:cpu,cpuacct:/\n0::/\n", `4:memory:${own}\n0::/\n`, "", "\n"])
      expect(parseCgroup(text)).toBe(undefined);
  });
});
