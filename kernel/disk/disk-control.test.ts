import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { diskControl, mountOf } from "./disk-control.ts";

const mounts = [
  "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
  "30 22 8:2 / /srv rw - ext4 /dev/sdb rw,prjquota",
  "31 22 8:3 / /srv/with\\040space rw - xfs /dev/sdc rw,attr2,pquota",
  "32 22 8:4 / /srv rw master:4 - ext4 /dev/sdd rw,usrquota",
  "",
].join("\n");

test("a path is shown by the deepest mount above it, and by the last of two on the same place", () => {
  expect(mountOf("/home/a", mounts)?.type).toBe("ext4");
  expect(mountOf("/srvx", mounts)?.point).toBe("/");
  expect(mountOf("/srv/projects", mounts)?.options).toEqual(["rw", "usrquota"]);
  expect(mountOf("/srv/with space", mounts)).toEqual({
    point: "/srv/with space",
    type: "xfs",
    options: ["rw", "attr2", "pquota"],
  });
  expect(mountOf("/a", "")).toBeUndefined();
});

test("the control says what holds the limit, whether or not there is a quota", () => {
  const control = diskControl(tmpdir());
  expect(control.name).toBe("project quota");
  expect(control.detail).toContain("watchdog");
});
