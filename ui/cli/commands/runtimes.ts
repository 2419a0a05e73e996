import type { Command } from "commander";
import { type RuntimeView, syscalls } from "../../../kernel/abi/index.ts";
import type { Cli } from "../cli.ts";
import { showBytes } from "../format/amounts.ts";
import { printable, toJson } from "../format/printable.ts";
import { type Column, formatTable } from "../format/table.ts";
import { withExamples } from "./examples.ts";

/** `superos runtimes`: the languages that a process can be written in. */

const columns: readonly Column<RuntimeView>[] = [
  { title: "NAME", of: (view) => view.name },
  { title: "TITLE", of: (view) => view.title },
  { title: "STATE", of: (view) => view.state },
  { title: "SIZE", of: (view) => (view.imageBytes === null ? "-" : showBytes(view.imageBytes)), right: true },
  { title: "RUNS", of: (view) => runsOf(view).join(" ") },
  { title: "QUOTAS", of: (view) => view.quotas.join(" ") },
  { title: "VERSION", of: (view) => printable(view.version ?? view.problem ?? view.progress ?? "-") },
];

const runsOf = ({ files, projects }: RuntimeView): string[] => [
  ...files.flatMap(({ endings }) => endings),
  ...projects.map(({ marker }) => marker),
];

export function addRuntimes(program: Command, cli: Cli): void {
  const command = program
    .command("runtimes")
    .description("List the runtimes, with the quotas a process gets when it names none.")
    .option("--json", "print them as JSON")
    .action(async (options: { json?: boolean }) => {
      const answer = await cli.client.call({ method: "GET", path: "/runtimes" }, syscalls.runtime_list.response);
      const table = formatTable(answer.runtimes, columns, { columns: cli.stdout.columns });
      await cli.stdout.write(options.json === true ? toJson(answer.runtimes) : table);
    });
  withExamples(command, "superos runtimes");
}
