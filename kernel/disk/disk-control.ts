import { readFileSync, realpathSync } from "node:fs";
import type { Control } from "../abi/index.ts";
import { missingTools } from "./project-quota.ts";

/** Whether the file system of the projects could hold a limit by itself, as is told at boot. */

interface Mount {
  point: string;
  type: string;
  options: readonly string[];
}

/** `/proc/self/mountinfo` writes space, tab, newline and backslash in octal (proc_pid_mountinfo(5)). */
const plain = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** The mount that shows `path`, of the lines of `mountinfo`: the longest that is above it, the last of equals. */
export function mountOf(path: string, mountinfo: string): Mount | undefined {
  let best: Mount | undefined;
  for (const line of mountinfo.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , , point] = before.split(" ");
    if (point === undefined) continue;
    const at = plain(point);
    if (path !== at && !path.startsWith(at === "/" ? "/" : `${at}/`)) continue;
    if (best !== undefined && best.point.length > at.length) continue;
    const [type = "", , options = ""] = after.split(" ");
    best = { point: at, type, options: options.split(",") };
  }
  return best;
}

/** The mount that shows `dir`, where it counts and bounds projects (ext4 `prjquota`; XFS `pquota`, shown as `prjquota`). */
export function quotaMount(dir: string): Mount | undefined {
  const mount = mountOf(realpathSync(dir), readFileSync("/proc/self/mountinfo", "utf8"));
  return mount?.options.some((option) => option === "prjquota" || option === "pquota") === true ? mount : undefined;
}

/** Looks at the mount of `dir` for project quotas, and for the programs that set them. */
export function diskControl(dir: string): Control {
  const name = "project quota";
  const mount = quotaMount(dir);
  const without = "DISK is held by the watchdog alone";
  if (mount === undefined) return { name, available: false, detail: `not mounted with prjquota; ${without}` };
  const missing = missingTools();
  if (missing.length > 0) return { name, available: false, detail: `${missing.join(", ")} not found; ${without}` };
  return { name, available: true, detail: `${mount.type} at ${mount.point}; the watchdog tells processes apart` };
}
