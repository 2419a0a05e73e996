import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { Command } from "commander";
import { Fault, type ProjectView, projectNameSchema, projectViewSchema } from "../../../kernel/abi/index.ts";
import { parseEngineRuntime } from "../arguments.ts";
import { packDirectory } from "../archive/pack-directory.ts";
import { saveStream } from "../archive/save-stream.ts";
import type { Cli } from "../cli.ts";
import { UsageError, errnoOf } from "../failure.ts";
import { count, showAge, showBytes } from "../format/amounts.ts";
import { printable, toJson } from "../format/printable.ts";
import { type Column, formatTable } from "../format/table.ts";
import { chunksOf, route } from "../http/client.ts";
import { findProject, listProjects } from "../http/projects.ts";
import { withExamples } from "./examples.ts";

/** `superos project`: import a folder, list, export, change, remove. */

const progressAfterMs = 1000;
const progressEveryMs = 200;

const columns = (now: number): readonly Column<ProjectView>[] => [
  { title: "ID", of: (project) => project.id },
  { title: "FILES", of: (project) => String(project.files), right: true },
  { title: "SIZE", of: (project) => showBytes(project.bytes), right: true },
  { title: "AGE", of: (project) => showAge(now - project.createdAt), right: true },
  { title: "ENGINE", of: (project) => project.engineRuntime ?? "-" },
  { title: "NAME", of: (project) => project.name },
];

/** A folder's name as a project's name: what does not fit becomes a dash. `undefined` when nothing is left. */
export function nameFromFolder(folder: string): string | undefined {
  const name = basename(folder)
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 63)
    .replace(/-+$/, "");
  return name === "" ? undefined : name;
}

function chooseName(given: string | undefined, folder: string): string {
  const name = given ?? nameFromFolder(folder);
  if (name === undefined) throw new UsageError(`the folder's name cannot name a project; give --name`);
  const result = projectNameSchema.safeParse(name);
  if (result.success) return result.data;
  throw new UsageError(`--name ${JSON.stringify(name)}: ${result.error.issues[0]?.message ?? "does not fit"}`);
}

async function checkFolder(folder: string, typed: string): Promise<void> {
  try {
    if ((await stat(folder)).isDirectory()) return;
  } catch (error) {
    const code = errnoOf(error);
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
  }
  throw new Fault("not_found", `no folder ${JSON.stringify(typed)}`, {
    hint: "Name the folder to import, like . or ./site",
  });
}

/** Shows `line()` on a terminal once the work takes long; returns what stops it and clears the line. */
function showProgress(cli: Cli, line: () => string): () => Promise<void> {
  if (!cli.stderr.isTty) return () => Promise.resolve();
  const since = performance.now();
  let shown = false;
  const timer = setInterval(() => {
    if (performance.now() - since < progressAfterMs) return;
    shown = true;
    // A terminal that has gone ends the import by SIGHUP; a line less is no failure of it.
    cli.stderr.write(`\r\u001b[K${line()}`).catch(() => undefined);
  }, progressEveryMs);
  return async () => {
    clearInterval(timer);
    if (shown) await cli.stderr.write("\r\u001b[K");
  };
}

async function importProject(cli: Cli, typed: string, options: { name?: string }): Promise<void> {
  const folder = resolve(typed);
  await checkFolder(folder, typed);
  const name = chooseName(options.name, folder);
  const progress = { files: 0, bytes: 0 };
  const told: Promise<void>[] = [];
  const skipped = (path: string, reason: string): void => {
    told.push(cli.stderr.write(`superos: skipped ${printable(path)}: it is ${reason}\n`));
  };
  const stop = showProgress(
    cli,
    () => `Importing ${name}: ${count(progress.files, "file")}, ${showBytes(progress.bytes)}`,
  );
  let project: ProjectView;
  try {
    const request = { method: "POST", path: "/projects", query: { name }, contentType: "application/x-tar" } as const;
    project = await cli.client.send(request, packDirectory(folder, { progress, skipped }), projectViewSchema);
  } finally {
    await stop();
    await Promise.all(told);
  }
  await cli.stdout.write(`${project.id}\n`);
  await cli.stderr.write(`Imported ${project.name}: ${count(project.files, "file")}, ${showBytes(project.bytes)}.\n`);
}

async function exportProject(cli: Cli, wanted: string, file: string): Promise<void> {
  if (file === "-" && cli.stdout.isTty) {
    throw new UsageError("an archive is not written to a terminal; name a file, or redirect the output");
  }
  const project = await findProject(cli.client, wanted);
  const response = await cli.client.open({ method: "GET", path: route("projects", project.id, "archive") });
  const chunks = chunksOf(response, "the archive");
  if (file !== "-") return saveStream(chunks, file);
  for await (const chunk of chunks) await cli.stdout.write(chunk);
}

async function removeProject(cli: Cli, wanted: string): Promise<void> {
  const project = await findProject(cli.client, wanted);
  await cli.client.tell({ method: "DELETE", path: route("projects", project.id) });
  await cli.stdout.write(`Removed ${project.name} (${project.id}).\n`);
}

async function changeProject(cli: Cli, wanted: string, options: { engineRuntime: string }): Promise<void> {
  const project = await findProject(cli.client, wanted);
  const engineRuntime = options.engineRuntime === "none" ? null : options.engineRuntime;
  const request = { method: "PUT", path: route("projects", project.id), json: { engineRuntime } } as const;
  const changed = await cli.client.call(request, projectViewSchema);
  const needs = changed.engineRuntime === null ? "no engine runtime in particular" : changed.engineRuntime;
  await cli.stdout.write(`Processes of ${changed.name} (${changed.id}) need ${needs} from now on.\n`);
}

export function addProject(program: Command, cli: Cli): void {
  const project = program.command("project").description("Import, list, export, change and remove projects.");
  withExamples(project, "superos project import .", "superos project ls");

  const importCommand = project
    .command("import")
    .description("Copy a folder to SuperOS as a new project, and print the project's id.")
    .argument("<dir>", "the folder; links in it stay links")
    .option("--name <name>", "the project's name; default: the folder's")
    .action((dir: string, options: { name?: string }) => importProject(cli, dir, options));
  withExamples(importCommand, "superos project import ./site", "superos project import . --name site-2");

  const listCommand = project
    .command("ls")
    .description("List the projects.")
    .option("--json", "print them as JSON")
    .action(async (options: { json?: boolean }) => {
      const projects = await listProjects(cli.client);
      const table = formatTable(projects, columns(Date.now()), { columns: cli.stdout.columns });
      await cli.stdout.write(options.json === true ? toJson(projects) : table);
    });
  withExamples(listCommand, "superos project ls", "superos project ls --json | jq -r '.[].name'");

  const exportCommand = project
    .command("export")
    .description("Save a project's files as a tar archive.")
    .argument("<id-or-name>", "the project")
    .argument("<file>", "the archive to write, or - for standard output")
    .action((wanted: string, file: string) => exportProject(cli, wanted, file));
  withExamples(exportCommand, "superos project export site site.tar", "superos project export site - | tar -t");

  const setCommand = project
    .command("set")
    .description("Change a project. Processes that run already are left as they are.")
    .argument("<id-or-name>", "the project")
    .requiredOption(
      "--engine-runtime <name>",
      "the engine runtime that its processes need, like runsc, or none",
      parseEngineRuntime,
    )
    .action((wanted: string, options: { engineRuntime: string }) => changeProject(cli, wanted, options));
  withExamples(
    setCommand,
    "superos project set site --engine-runtime runsc",
    "superos project set site --engine-runtime none",
  );

  const removeCommand = project
    .command("rm")
    .description("Remove a project: its processes are ended and its files deleted, at once and for good.")
    .argument("<id-or-name>", "the project")
    .action((wanted: string) => removeProject(cli, wanted));
  withExamples(removeCommand, "superos project rm site");
}
