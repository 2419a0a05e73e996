import type { CapabilityTable } from "../abi/index.ts";

/**
 * Which parts of a project a table shows to a container, and which of them it may change. Pure.
 *
 * A part lies inside another one where it is mounted only if it may be changed and the outer one may not: whatever else
 * it could be, the outer mount shows it already.
 */

/** Where a project appears in its containers. */
export const projectDirectory = "/project";

/** Components below the project's files; empty is all of them. */
export interface FileMount {
  readonly path: readonly string[];
  readonly write: boolean;
}

/** Those that show a part of the project: what lies on the way to it, a process may be able to replace. */
export const partMounts = (table: CapabilityTable): FileMount[] =>
  fileMounts(table).filter(({ path }) => path.length > 0);

const holds = (outer: readonly string[], inner: readonly string[]): boolean =>
  outer.every((part, index) => inner[index] === part);

/** Where a part appears in the container. */
export const targetOf = ({ path }: FileMount): string => [projectDirectory, ...path].join("/");

/** Whether a part of the project lies inside another mount of it. */
export function hasNestedMounts(table: CapabilityTable): boolean {
  const mounts = fileMounts(table);
  return mounts.some((inner) => mounts.some((outer) => outer !== inner && holds(outer.path, inner.path)));
}

/** The mounts, outer ones first; no two at the same place. */
export function fileMounts(table: CapabilityTable): FileMount[] {
  const paths = (kind: "FS_READ" | "FS_WRITE"): (readonly string[])[] =>
    table.flatMap((entry) => (entry.kind === kind ? [entry.path] : []));
  const writable = paths("FS_WRITE");
  const mounts: FileMount[] = [];
  for (const path of paths("FS_READ")
    .concat(writable)
    .toSorted((a, b) => a.length - b.length)) {
    const write = writable.some((outer) => holds(outer, path));
    const shown = mounts.some((mount) => holds(mount.path, path) && (mount.write || !write));
    if (!shown) mounts.push({ path, write });
  }
  return mounts;
}
