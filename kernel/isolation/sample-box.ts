import { parseCapability, pidSchema, projectIdSchema } from "../abi/index.ts";
import type { BindMount, Box, ContainerSpec } from "./container-spec.ts";

/** A box for tests: a project's process with the quotas that every container must name, and what else is asked for. */

export const quotaTexts = ["CPU:1.5", "MEM:512Mi", "PIDS:64", "TIME:1h", "OUT:1Mi"] as const;

export function sampleBox(capabilities: readonly string[] = [], more: Partial<Box> = {}): Box {
  return {
    instance: "0a1b2c3d",
    generation: 4,
    pid: pidSchema.parse(17),
    project: projectIdSchema.parse("abcdefghij"),
    owner: 900_000_123,
    image: `sha256:${"0f".repeat(32)}`,
    processDir: "/home/of/superos/run/p/17",
    filesDir: "/home/of/superos/projects/abcdefghij/files",
    segments: new Map(["a", "frames"].map((name) => [name, `/home/of/superos/run/shm/${name}/mnt/segment`])),
    table: [...quotaTexts, ...capabilities].map(parseCapability),
    seccomp: '{"defaultAction":"SCMP_ACT_ERRNO"}',
    engineRuntime: null,
    tty: false,
    otherImage: false,
    volumes: [],
    ...more,
  };
}

export const bindsOf = ({ HostConfig: host }: ContainerSpec): BindMount[] =>
  host.Mounts.filter((mount) => mount.Type === "bind");
