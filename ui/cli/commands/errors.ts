import type { Command } from "commander";
import type { Pid } from "../../../kernel/abi/index.ts";
import { diagnosticsSchema } from "../../diagnostics/diagnostic.ts";
import { parsePid } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { formatDiagnostic } from "../format/diagnostic.ts";
import { paint } from "../format/paint.ts";
import { toJson } from "../format/printable.ts";
import { route } from "../http/client.ts";
import { withExamples } from "./examples.ts";

/** The command about what compilers and interpreters complained of: errors. */

async function errors(cli: Cli, pid: Pid, options: { json?: boolean }): Promise<void> {
  const request = { method: "GET", path: route("processes", pid, "diagnostics") } as const;
  const found = await cli.client.call(request, diagnosticsSchema);
  if (options.json === true) return cli.stdout.write(toJson(found));
  const colours = paint(cli.stdout.isTty);
  await cli.stdout.write(found.diagnostics.map((each) => formatDiagnostic(each, colours)).join(""));
  const none = `no errors are known of in what process ${pid} has written`;
  if (found.diagnostics.length === 0) await cli.stderr.write(`superos: ${none}\n`);
  if (found.truncated) await cli.stderr.write(`superos: there may be more; superos logs ${pid} prints everything\n`);
}

const notes = `
Read from the end of its output, as its runtime's compiler or interpreter writes
them: FILE:LINE:COLUMN: KIND: MESSAGE. KIND is error, warning, note, or traceback
for what ended a program that ran. A file that begins with / is not in the
project.`;

export function addErrors(program: Command, cli: Cli): void {
  const command = program
    .command("errors")
    .description("List what is wrong, by what a process has written: file, line, column, message.")
    .argument("<pid>", "the process id, as superos ps lists it", parsePid)
    .option("--json", "print them as JSON")
    .action((pid: Pid, options: { json?: boolean }) => errors(cli, pid, options));
  command.addHelpText("after", notes);
  withExamples(command, "superos errors 12", "superos errors 12 --json | jq -r '.diagnostics[].file'");
}
