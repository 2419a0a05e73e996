import { hash } from "node:crypto";
import { type Capability, type CapabilityTable, formatCapability, type ProjectId } from "../abi/index.ts";
import { hasNestedMounts, partMounts } from "../isolation/file-mounts.ts";
import { segmentMounts } from "../isolation/segment-mounts.ts";

/**
 * A shape: all by which two containers differ before they know what they run.
 *
 * Whatever is no part of it (the program, its environment, its rights beyond files and limits) is settled at launch.
 * Pure.
 */
export interface Shape {
  /** The image by content id. */
  image: string;
  /** Whether it is none of SuperOS's own. */
  otherImage: boolean;
  /** Directories that the image wants to have outside of itself; the image says which. */
  volumes: readonly string[];
  project: { id: ProjectId; filesDir: string } | null;
  /** User and group id; `null` where each container gets one of its own. */
  owner: number | null;
  engineRuntime: string | null;
  tty: boolean;
  /** What the container is made with. */
  table: CapabilityTable;
}

/** What the engine is told of when a container is made. */
function isMadeWith(capability: Capability): boolean {
  const { kind } = capability;
  if (kind === "SHM_MAP") return capability.segment !== "*";
  return kind === "CPU" || kind === "MEM" || kind === "PIDS" || kind === "FS_READ" || kind === "FS_WRITE";
}

/** The part of a table that belongs to a shape, in one order. */
export const shapedTable = (table: CapabilityTable): CapabilityTable =>
  table.filter(isMadeWith).toSorted((a, b) => (formatCapability(a) < formatCapability(b) ? -1 : 1));

/**
 * Whether containers of this shape can be made before they are asked for. A part of a project may be another directory by
 * then, and a segment has users that are counted; any other image is made for who names it.
 */
export const canWait = ({ table, otherImage }: Pick<Shape, "table" | "otherImage">): boolean =>
  !otherImage && partMounts(table).length === 0 && segmentMounts(table).length === 0;

/**
 * Whether what a table mounts can end up elsewhere than it says, so that whatever runs first in the container gets nobody's
 * rights until its mounts were looked at.
 */
export const canGoAstray = ({ table, otherImage }: Pick<Shape, "table" | "otherImage">): boolean =>
  otherImage || hasNestedMounts(table);

/** The same for shapes that are the same, and for no others. */
export function shapeKey({ image, project, owner, engineRuntime, tty, table }: Shape): string {
  const parts = [image, project?.id ?? null, owner, engineRuntime, tty, table.map(formatCapability)];
  return hash("sha256", JSON.stringify(parts)).slice(0, 32);
}
