import type { CapabilityTable, Pid, ProcessClass, ProjectId, RuntimeName, TerminalSize } from "../abi/index.ts";
import type { SegmentFiles } from "../isolation/segment-mounts.ts";
import type { Box, HeldMount, Pipes } from "./box.ts";

/** What a process is while it lives, whoever started it. */
export interface Subject {
  pid: Pid;
  project: { id: ProjectId; filesDir: string } | null;
  table: CapabilityTable;
  class: ProcessClass;
  tty: TerminalSize | null;
  stdin: boolean;
  /** The reference of the image that it is made from where that is no runtime's. */
  reference: string | null;
}

/** What to run, after every check was passed: nothing in it comes from a caller unparsed or unapproved. */
export interface SpawnOrder extends Subject {
  /** An embryo of its shape, whose pid it takes. */
  embryo: Box | undefined;
  parent: Pid;
  startedBy: Pid;
  user: string | null;
  endpoint: string | null;
  /** What the gate must find at each part of the project, in the order of `partMounts`. */
  mounts: readonly HeldMount[];
  segments: SegmentFiles;
  /** Pipes to and from processes that are spawned with it. */
  pipes: Pipes;
  /** The engine runtime that was asked for; `null` for the engine's own choice. */
  engineRuntime: string | null;
  /** User and group id for the container. */
  owner: number;
  runtime: RuntimeName | null;
  /** The image by content id. */
  image: string;
  /** Directories that the image wants to have outside of itself. */
  volumes: readonly string[];
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  lossless: boolean;
  /** What it waits for before it may start; `null` when it may now. */
  waitsFor: string | null;
  /** The capability that its container is made with and that was taken since, if any. */
  lost: () => string | undefined;
}
