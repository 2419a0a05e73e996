import type { CapabilityTable, Pid, ProjectId, RuntimeManifest } from "../abi/index.ts";

/** What to run, after every check was passed: nothing in it comes from a caller unparsed or unapproved. */
export interface SpawnOrder {
  parent: Pid;
  startedBy: Pid;
  project: { id: ProjectId; filesDir: string } | null;
  /** User and group id for the container. */
  owner: number;
  runtime: RuntimeManifest;
  /** The image by content id. */
  image: string;
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  table: CapabilityTable;
  stdin: boolean;
  lossless: boolean;
}
