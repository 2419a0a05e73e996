import type { CapabilityTable } from "../abi/index.ts";
import { fileMounts, targetOf } from "./file-mounts.ts";
import { processDirectory } from "./gate.ts";
import { segmentMounts, segmentTarget } from "./segment-mounts.ts";

/**
 * Where a container's mounts ended up, from `/proc/PID/mountinfo` (proc_pid_mountinfo(5)).
 *
 * A part that may be changed is mounted inside one that may not, at a place that a process of the project can replace with
 * a link while the engine makes the mount; the part then covers something of the box itself, the gate perhaps. Any other
 * image can hold links where mounts go. The mounts of a container that has started do not change any more, so one look
 * from outside settles it. Pure.
 */

/** What every engine mounts by itself. */
const usual: ReadonlySet<string> = new Set([
  "/",
  "/dev",
  "/dev/console",
  "/dev/mqueue",
  "/dev/pts",
  "/dev/shm",
  "/etc/hostname",
  "/etc/hosts",
  "/etc/resolv.conf",
  "/proc",
  "/sbin/docker-init",
  "/sys",
  "/tmp",
  "/usr/bin/docker-init",
  "/usr/sbin/docker-init",
  processDirectory,
]);

/** Of these, what must be there and nowhere else: an image can hold a link in the place of any of them. */
const always = ["/", "/dev", "/proc", "/sys", "/tmp", processDirectory] as const;

/** Paths that engines hide or make read-only, each a mount of its own. */
const isHidden = (point: string): boolean => /^\/(proc|sys)\//.test(point);

/** Spaces, tabs, newlines and backslashes are written in octal. */
const unescape = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCodePoint(Number.parseInt(octal, 8)));

/** What is mounted that should not be, or twice, and what should be and is not; empty for a container that is sound. */
export function misplacedMounts(
  mountinfo: string,
  { table, volumes }: { table: CapabilityTable; volumes: readonly string[] },
): string[] {
  const parts = [...fileMounts(table).map(targetOf), ...segmentMounts(table).map(segmentTarget)];
  const wanted = new Set([...always, ...parts, ...volumes]);
  const found = mountinfo
    .split("\n")
    .filter((line) => line !== "")
    // A name that is not UTF-8 arrives here as what the file's own bytes were read as, and matches nothing.
    .map((line) => unescape(line.split(" ")[4] ?? ""));
  const strays = found.filter(
    (point, index) => found.indexOf(point) !== index || !(wanted.has(point) || usual.has(point) || isHidden(point)),
  );
  return [...strays, ...[...wanted].filter((point) => !found.includes(point))];
}
