import type { CapabilityTable } from "../abi/index.ts";
import { processDirectory } from "./gate.ts";

/**
 * Which segments of shared memory a table shows to a container, where, and whether it may change them. Pure.
 *
 * Each is one file, mounted by itself. A wildcard is a right over segments that may come, and shows none.
 */

/** Where segments appear in a container: inside the process's directory, in which only the kernel makes anything. */
export const segmentDirectory = `${processDirectory}/shm`;

export interface SegmentMount {
  readonly segment: string;
  readonly write: boolean;
}

/** Where a segment appears in the container. */
export const segmentTarget = ({ segment }: Pick<SegmentMount, "segment">): string => `${segmentDirectory}/${segment}`;

/** Each segment once, by name; of two modes the one that allows more. */
export function segmentMounts(table: CapabilityTable): SegmentMount[] {
  const writes = new Map<string, boolean>();
  for (const entry of table) {
    if (entry.kind !== "SHM_MAP" || entry.segment === "*") continue;
    writes.set(entry.segment, entry.mode === "rw" || writes.get(entry.segment) === true);
  }
  return [...writes].map(([segment, write]) => ({ segment, write })).toSorted(byName);
}

const byName = (a: SegmentMount, b: SegmentMount): number => (a.segment < b.segment ? -1 : 1);

/** Where the segments of a table lie on the host, by their names. */
export type SegmentFiles = ReadonlyMap<string, string>;

/** What the engine is to bind. */
export function segmentBinds(
  table: CapabilityTable,
  files: SegmentFiles,
): { source: string; target: string; readOnly: boolean }[] {
  return segmentMounts(table).map((mount) => {
    const source = files.get(mount.segment);
    if (source === undefined) throw new Error(`nobody said where segment ${mount.segment} lies`);
    return { source, target: segmentTarget(mount), readOnly: !mount.write };
  });
}
