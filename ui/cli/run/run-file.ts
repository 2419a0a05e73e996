import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { z } from "zod";
import { Fault, type ProjectId, projectViewSchema, runtimeNameSchema } from "../../../kernel/abi/index.ts";
import type { Cli } from "../cli.ts";
import { errnoOf } from "../failure.ts";
import { type Request, route } from "../http/client.ts";
import { listProjects } from "../http/projects.ts";
import { whileBuilding } from "./image-notice.ts";

/**
 * A file in the place of a program: which runtime it is for, what has to be built before, and what is then started.
 *
 * The gateway makes the plan; this command spawns what it names. A file that is in no project is put into the user's
 * scratch project, at a place that is its own, so that the next run finds what this one has built.
 */

const stepSchema = z.object({ argv: z.array(z.string()), cwd: z.string(), table: z.array(z.string()) });
export type Step = z.output<typeof stepSchema>;
const planSchema = z.object({
  runtime: runtimeNameSchema,
  file: z.string(),
  build: stepSchema.nullable(),
  run: stepSchema,
});
export type Plan = z.output<typeof planSchema>;

/** A tar with nothing in it. */
const emptyArchive = Buffer.alloc(1024);

/**
 * Whether a word may name a file that a runtime runs: it has an ending, lies in a folder, is called as build files are, or is
 * the project. What is elsewhere in the container is a program.
 */
export const mayBeFile = (word: string, inProject: boolean): boolean =>
  !(inProject && word.startsWith("/") && !word.startsWith("/project/")) &&
  (word === "." || /\.[A-Za-z0-9]{1,15}$/.test(basename(word)) || (inProject && /^[A-Z]|\//.test(word)));

/** The plan for a file of a project; `undefined` where it is none that a runtime knows. */
export async function planFor(
  cli: Cli,
  project: ProjectId,
  wanted: { file: string; runtime: string | null; buildTable: readonly string[] },
): Promise<Plan | undefined> {
  const { runtime, buildTable } = wanted;
  const file = wanted.file.replace(/^(\.\/)+/, "").replace(/^\/project\//, "") || ".";
  const request = {
    method: "POST",
    path: route("projects", project, "plan"),
    json: { file, runtime, buildTable },
  } as const;
  try {
    return await whileBuilding(cli, runtime, () => cli.client.call(request, planSchema, { unbounded: true }));
  } catch (error) {
    if (error instanceof Fault && error.code === "not_found" && error.message.startsWith("no runtime runs"))
      return undefined;
    throw error;
  }
}

/** Puts a file of this machine into the user's scratch project; returns where it is. Faults: `not_found`. */
export async function toScratch(cli: Cli, path: string): Promise<{ project: ProjectId; file: string }> {
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (error) {
    const why = errnoOf(error) ?? "unknown";
    throw new Fault("not_found", `${path} cannot be read (${why})`, {
      hint: "A file of a project is named with --project. A program of an image is written after --.",
      cause: error,
    });
  }
  const project = await scratchProject(cli);
  const place = createHash("sha256").update(resolve(path)).digest("hex").slice(0, 12);
  const file = `${place}/${basename(path)}`;
  const at = { path: route("projects", project, "content"), query: { path: file } };
  // The same content is left alone: a new version of it would be built again.
  if (!(await isThere(cli, at, content))) {
    const request = { method: "PUT", ...at, contentType: "application/octet-stream" } as const;
    await cli.client.send(request, Readable.from([content]), z.object({ version: z.string() }));
  }
  return { project, file };
}

async function isThere(cli: Cli, at: Pick<Request, "path" | "query">, content: Buffer): Promise<boolean> {
  try {
    const there = await buffer(await cli.client.open({ method: "GET", ...at }));
    return there.equals(content);
  } catch (error) {
    if (error instanceof Fault && error.code === "not_found") return false;
    throw error;
  }
}

async function scratchProject(cli: Cli): Promise<ProjectId> {
  const { user } = await cli.client.call({ method: "GET", path: "/session" }, z.object({ user: z.string() }));
  const name = `scratch-${user}`.slice(0, 63);
  const found = (await listProjects(cli.client)).find((project) => project.name === name);
  if (found !== undefined) return found.id;
  const request = { method: "POST", path: "/projects", query: { name }, contentType: "application/x-tar" } as const;
  const made = await cli.client.send(request, Readable.from([emptyArchive]), projectViewSchema);
  return made.id;
}
