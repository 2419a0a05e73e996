import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type SegmentView, segmentViewSchema } from "../../kernel/abi/index.ts";
import { accepted, type Api } from "../system/caller.ts";

/** Segments by the HTTP API, and what they are to the host. */

const ofProject = (project: string | null): string => (project === null ? "" : `?project=${project}`);

export const createRequest = (api: Api, name: string, at: { bytes: number; project?: string }): Promise<Response> =>
  api.post(`/api/v1/segments${ofProject(at.project ?? null)}`, { name, bytes: at.bytes });

export const createSegment = (api: Api, name: string, at: { bytes: number; project?: string }): Promise<SegmentView> =>
  accepted(segmentViewSchema, createRequest(api, name, at));

export const removeRequest = (api: Api, name: string, project: string | null = null): Promise<Response> =>
  api.api(`/api/v1/segments/${name}${ofProject(project)}`, { method: "DELETE" });

export async function segmentsOf(api: Api, project: string | null = null): Promise<SegmentView[]> {
  const schema = z.strictObject({ segments: z.array(segmentViewSchema) });
  return (await accepted(schema, api.api(`/api/v1/segments${ofProject(project)}`))).segments;
}

/** The mounts of segments below a home. */
export const segmentMountsIn = (home: string): string[] =>
  readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .flatMap((line) => (line.includes(" tmpfs superos-segment ") ? [line.split(" ")[4] ?? ""] : []))
    .filter((point) => point.startsWith(`${home}/`));

export const canCompile = ((): boolean => {
  try {
    execFileSync("cc", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

/** A program in C, as a file that needs nothing else. */
export function compiled(source: string): Buffer {
  const dir = mkdtempSync(join(tmpdir(), "superos-c-"));
  try {
    const [from, to] = [join(dir, "program.c"), join(dir, "program")];
    writeFileSync(from, source);
    execFileSync("cc", ["-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Werror", "-static", "-s", "-o", to, from]);
    return readFileSync(to);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
