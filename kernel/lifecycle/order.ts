import type { CapabilityTable, Pid, ProjectId, RuntimeManifest } from "../abi/index.ts";

/** A file or directory that the kernel holds open until it is known to be what was mounted. */
export interface HeldMount extends Disposable {
  /** Device and inode, as `stat -c %d:%i` prints them. */
  readonly id: string;
}

/** What to run, after every check was passed: nothing in it comes from a caller unparsed or unapproved. */
export interface SpawnOrder {
  /** Given out before, so that the process's slots could be derived. */
  pid: Pid;
  parent: Pid;
  startedBy: Pid;
  user: string | null;
  endpoint: string | null;
  project: { id: ProjectId; filesDir: string } | null;
  /** What the gate must find at each part of the project, in the order of `partMounts`. */
  mounts: readonly HeldMount[];
  /** The engine runtime that was asked for; `null` for the engine's own choice. */
  engineRuntime: string | null;
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
  /** The capability that its container is made with and that was taken since, if any. */
  lost: () => string | undefined;
}
