import { type CapabilityTable, Fault, type Pid, type ProjectId, type QuotaKind } from "../abi/index.ts";
import { quotaOf } from "../capability/covers.ts";
import { fileMounts, partMounts, targetOf } from "./file-mounts.ts";
import { boxProgram, gateCommand, placedProgram, processDirectory } from "./gate.ts";
import { segmentBinds, type SegmentFiles } from "./segment-mounts.ts";

/**
 * From a capability table to a container: the one place where authority becomes engine options.
 *
 * Pure and total: everything the container may do is named in the result, nothing is taken from a caller's own
 * options, and what the table does not name is absent. `compare.ts` holds the engine to it.
 */

/** Quotas that every container must name; the spawn fills them from the runtime's defaults. */
export const requiredQuotas = ["CPU", "MEM", "PIDS", "TIME", "OUT"] as const satisfies readonly QuotaKind[];

/** The smallest memory limit that the engine accepts. */
export const leastMemoryBytes = 6 * 1024 ** 2;

export interface Box {
  instance: string;
  generation: number;
  pid: Pid;
  project: ProjectId | null;
  /** User and group id, unique to the project and never 0. */
  owner: number;
  /** The image by its content id, so that a moved tag changes nothing. */
  image: string;
  /** Whether it is none of SuperOS's own: nothing in it is known. */
  otherImage: boolean;
  /** Directories that the image wants to have outside of itself, absolute; none for SuperOS's own. */
  volumes: readonly string[];
  /** Host path of the process's directory with its FIFOs. */
  processDir: string;
  /** Host path of the project's files. */
  filesDir: string | null;
  segments: SegmentFiles;
  table: CapabilityTable;
  /** The seccomp profile as JSON. */
  seccomp: string;
  /** The engine runtime that was asked for; `null` leaves it to the engine. */
  engineRuntime: string | null;
  /** Whether it gets a terminal of the engine's, in the place of FIFOs. */
  tty: boolean;
}

export interface BindMount {
  Type: "bind";
  Source: string;
  Target: string;
  ReadOnly: boolean;
  BindOptions: { Propagation: "rprivate"; NonRecursive: true };
}

/**
 * An empty directory of the container's memory, from which nothing is executed. Its mode is that of the image's directory, by runc;
 * the one named here is for where the image has none.
 */
export interface MemoryMount {
  Type: "tmpfs";
  Target: string;
  TmpfsOptions: { SizeBytes: number; Mode: 0o1777 };
}

/** The body of the engine's create request (API 1.41), complete. */
export interface ContainerSpec {
  Image: string;
  User: string;
  WorkingDir: "/";
  Entrypoint: string[];
  Cmd: string[];
  Env: string[];
  Healthcheck: { Test: ["NONE"] };
  StopSignal: "SIGTERM";
  Labels: Record<string, string>;
  Tty: boolean;
  OpenStdin: boolean;
  StdinOnce: false;
  AttachStdin: false;
  AttachStdout: false;
  AttachStderr: false;
  NetworkDisabled: true;
  HostConfig: HostConfig;
}

interface HostConfig {
  AutoRemove: false;
  Privileged: false;
  ReadonlyRootfs: true;
  Init: true;
  NetworkMode: "none";
  IpcMode: "private";
  PidMode: "";
  UTSMode: "";
  UsernsMode: "";
  CgroupnsMode: "private";
  PublishAllPorts: false;
  CapAdd: string[];
  CapDrop: string[];
  SecurityOpt: string[];
  Memory: number;
  MemorySwap: number;
  NanoCpus: number;
  PidsLimit: number;
  OomScoreAdj: 500;
  OomKillDisable: false;
  ShmSize: number;
  Ulimits: { Name: string; Soft: number; Hard: number }[];
  Devices: never[];
  DeviceRequests: never[];
  DeviceCgroupRules: never[];
  GroupAdd: never[];
  Mounts: (BindMount | MemoryMount)[];
  Tmpfs: Record<string, string>;
  LogConfig: { Type: "none"; Config: Record<string, never> };
  RestartPolicy: { Name: "no"; MaximumRetryCount: 0 };
  Runtime?: string;
}

export const labelNames = {
  instance: "superos.instance",
  pid: "superos.pid",
  project: "superos.project",
  generation: "superos.generation",
} as const;

function bind(source: string, target: string, readOnly: boolean): BindMount {
  const options = { Propagation: "rprivate", NonRecursive: true } as const;
  return { Type: "bind", Source: source, Target: target, ReadOnly: readOnly, BindOptions: options };
}

/** In the place of a volume, which the engine would keep on the host's disk. What lies in it counts as the process's memory. */
function memory(target: string, bytes: number): MemoryMount {
  return { Type: "tmpfs", Target: target, TmpfsOptions: { SizeBytes: bytes, Mode: 0o1777 } };
}

function required(table: CapabilityTable, kind: (typeof requiredQuotas)[number]): number {
  const amount = quotaOf(table, kind);
  if (amount === undefined) throw new Fault("invalid", `the table names no ${kind}`);
  return amount;
}

/** OCI runtimes whose containers run on the host's own Linux. */
const onHostKernel: ReadonlySet<string> = new Set(["runc", "crun", "youki"]);

/**
 * Whether containers of a runtime see files through a kernel of its own, as gVisor's do. There a FIFO of a read-only mount
 * cannot be written to, so that only its owner and mode keep a process from changing its directory; and inodes have other
 * numbers, so that a part of a project cannot be told from what was put in its place.
 */
const hasOwnKernel = (engineRuntime: string | null): boolean =>
  engineRuntime !== null && !onHostKernel.has(engineRuntime);

function filesOf({ table, filesDir, engineRuntime }: Box): BindMount[] {
  const mounts = fileMounts(table);
  if (mounts.length > 0 && filesDir === null) throw new Fault("invalid", "files of a project need a project");
  if (hasOwnKernel(engineRuntime) && partMounts(table).length > 0) {
    throw new Fault(
      "unsupported",
      `a part of a project cannot be mounted safely with the engine runtime ${engineRuntime}`,
      {
        hint: "Grant the whole project, or leave the engine runtime out.",
      },
    );
  }
  return mounts.map((mount) => bind([filesDir, ...mount.path].join("/"), targetOf(mount), !mount.write));
}

/** How memory is shared through a kernel of its own is not known to be what the mount says. */
function segmentsOf({ table, segments, engineRuntime }: Box): BindMount[] {
  const binds = segmentBinds(table, segments);
  if (binds.length > 0 && hasOwnKernel(engineRuntime)) {
    throw new Fault("unsupported", `no segment can be mapped with the engine runtime ${engineRuntime}`, {
      hint: "Leave SHM_MAP or the engine runtime out.",
    });
  }
  return binds.map(({ source, target, readOnly }) => bind(source, target, readOnly));
}

/** Where the image has none, the gate comes with the process's directory. */
function entrypointOf({ tty, otherImage, engineRuntime }: Box): string[] {
  if (!otherImage) return gateCommand(boxProgram, tty);
  if (hasOwnKernel(engineRuntime)) {
    // Where its mounts ended up cannot be seen from outside.
    throw new Fault("unsupported", `no other image can be used with the engine runtime ${engineRuntime}`, {
      hint: "Name a runtime in the place of the image, or leave the engine runtime out.",
    });
  }
  return gateCommand(placedProgram, tty);
}

/** Faults: `invalid` for a table without a required quota, or with a project that is not there. */
export function containerSpec(box: Box): ContainerSpec {
  if (!Number.isInteger(box.owner) || box.owner <= 0) throw new Error(`not an unprivileged owner: ${box.owner}`);
  const memoryBytes = required(box.table, "MEM");
  if (memoryBytes < leastMemoryBytes) throw new Fault("invalid", "MEM is less than the engine's least of 6Mi");
  const files = filesOf(box);
  const segments = segmentsOf(box);
  const volumes = box.volumes.map((path) => memory(path, Math.ceil(memoryBytes / 2)));
  const scratch = Math.min(Math.ceil(memoryBytes / 2), 64 * 1024 ** 2);
  return {
    Image: box.image,
    User: `${box.owner}:${box.owner}`,
    WorkingDir: "/",
    Entrypoint: entrypointOf(box),
    // The gate tells which inode each part shows; nobody but the kernel can replace the whole.
    Cmd: partMounts(box.table).map(targetOf),
    Env: ["HOME=/tmp"],
    // An image's own would be programs that the engine starts, and what it sends when it stops.
    Healthcheck: { Test: ["NONE"] },
    StopSignal: "SIGTERM",
    Labels: {
      [labelNames.instance]: box.instance,
      [labelNames.pid]: String(box.pid),
      [labelNames.project]: box.project ?? "",
      [labelNames.generation]: String(box.generation),
    },
    Tty: box.tty,
    // A terminal outlives whoever is attached to it: the kernel attaches again after a restart of its own.
    OpenStdin: box.tty,
    StdinOnce: false,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    NetworkDisabled: true,
    HostConfig: {
      AutoRemove: false,
      Privileged: false,
      ReadonlyRootfs: true,
      Init: true,
      NetworkMode: "none",
      IpcMode: "private",
      PidMode: "",
      UTSMode: "",
      UsernsMode: "",
      CgroupnsMode: "private",
      PublishAllPorts: false,
      CapAdd: [],
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges", `seccomp=${box.seccomp}`],
      Memory: memoryBytes,
      MemorySwap: memoryBytes,
      NanoCpus: required(box.table, "CPU") * 1_000_000,
      PidsLimit: required(box.table, "PIDS"),
      OomScoreAdj: 500,
      OomKillDisable: false,
      ShmSize: scratch,
      Ulimits: [
        { Name: "nofile", Soft: 1024, Hard: 16_384 },
        { Name: "core", Soft: 0, Hard: 0 },
      ],
      Devices: [],
      DeviceRequests: [],
      DeviceCgroupRules: [],
      GroupAdd: [],
      Mounts: [
        bind(box.processDir, processDirectory, !hasOwnKernel(box.engineRuntime)),
        ...segments,
        ...files,
        ...volumes,
      ],
      Tmpfs: { "/tmp": `rw,noexec,nosuid,nodev,mode=1777,size=${scratch},nr_inodes=16384` },
      LogConfig: { Type: "none", Config: {} },
      RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
      ...(box.engineRuntime === null ? {} : { Runtime: box.engineRuntime }),
    },
  };
}
