import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import type { Environment } from "../config.ts";
import { toJson } from "../format/printable.ts";
import { forestOf, formatForest, nested } from "../format/tree.ts";
import { listProcesses } from "../http/processes.ts";
import { findProject } from "../http/projects.ts";
import { withExamples } from "./examples.ts";

/** `superos tree`: who started whom, and with which rights. */

/** Whether the terminal's locale can show lines beyond ASCII; the first of these that is set decides (locale(7)). */
export function isUtf8(env: Environment): boolean {
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find((text) => text !== undefined && text !== "");
  return /utf-?8/i.test(locale ?? "");
}

interface Options {
  all?: boolean;
  json?: boolean;
}

async function tree(cli: Cli, wanted: string | undefined, options: Options): Promise<void> {
  const project = wanted === undefined ? undefined : (await findProject(cli.client, wanted)).id;
  const processes = await listProcesses(cli.client, { all: true });
  const forest = forestOf(processes, { all: options.all === true, project });
  const style = isUtf8(cli.env) ? "unicode" : "ascii";
  const text = formatForest(forest, { style, now: Date.now(), columns: cli.stdout.columns });
  await cli.stdout.write(options.json === true ? toJson(forest.map(nested)) : text);
}

export function addTree(program: Command, cli: Cli): void {
  const command = program
    .command("tree")
    .description("Show the processes below the projects and sessions that started them, with what each may do.")
    .argument("[project]", "only this project, by id or name")
    .option("--all", "also what has ended, and the kernel's own entries")
    .option("--json", "print them as JSON, each with its children in it")
    .action((project: string | undefined, options: Options) => tree(cli, project, options));
  command.addHelpText(
    "after",
    "\nRIGHTS is a summary: KIND(n) stands for n of a kind, and of the quotas only CPU\n" +
      "and MEM are shown. See superos caps.",
  );
  withExamples(command, "superos tree", "superos tree site --all");
}
