import { readFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import { z } from "zod";
import { Fault, type Outcome, type Pid, pidSchema } from "../../../kernel/abi/index.ts";
import { collectCapability, collectVariable, parseTimeout } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { UsageError, errnoOf } from "../failure.ts";
import { findProject } from "../http/projects.ts";
import { attach, report } from "../run/attach.ts";
import { SignalForwarder } from "../run/signals.ts";
import type { RunOptions } from "../run/spawn-request.ts";
import { type Stage, pipelineRequest, stagesOfFile, typedStages } from "../run/stages.ts";
import { withExamples } from "./examples.ts";

/** `superos pipeline`: programs of which each reads what the one before it writes, with this command's ends as theirs. */

interface PipelineOptions extends RunOptions {
  file?: string;
  pipefail?: boolean;
}

const spawned = z.object({
  processes: z.tuple(
    [z.object({ pid: pidSchema, state: z.object({ phase: z.string() }) })],
    z.object({ pid: pidSchema }),
  ),
});

async function readStages(lines: readonly string[], file: string | undefined): Promise<readonly Stage[]> {
  if (file === undefined) return typedStages(lines);
  if (lines.length > 0) throw new UsageError("stages are typed or in a file, not both");
  try {
    return stagesOfFile(await readFile(file, "utf8"), file);
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    throw new Fault("not_found", `cannot read ${JSON.stringify(file)} (${code})`, { hint: "Name a file of stages." });
  }
}

async function spawn(cli: Cli, options: PipelineOptions, stages: readonly Stage[]) {
  const project = options.project === undefined ? null : (await findProject(cli.client, options.project)).id;
  const request = { method: "POST", path: "/pipelines", json: pipelineRequest(options, project, stages) } as const;
  return (await cli.client.call(request, spawned, { unbounded: true })).processes;
}

/** As a shell's: that of the last stage, or with `pipefail` of the last that failed. Tells what the codes do not. */
async function exitCodeOfAll(
  cli: Cli,
  ended: readonly (readonly [Pid, Outcome])[],
  options: PipelineOptions,
): Promise<number> {
  const codes: number[] = [];
  for (const [pid, outcome] of ended) codes.push(await report(cli, pid, outcome));
  const last = codes.at(-1) ?? 0;
  return options.pipefail === true ? (codes.findLast((code) => code !== 0) ?? 0) : last;
}

async function pipelineAttached(cli: Cli, options: PipelineOptions, stages: readonly Stage[]): Promise<number> {
  const forwarder = new SignalForwarder(cli);
  const whole = async (): Promise<number> => {
    const [first, ...others] = await spawn(cli, options, stages);
    const pids: [Pid, ...Pid[]] = [first.pid, ...others.map(({ pid }) => pid)];
    forwarder.attach(pids);
    const outcomes = await attach(cli, { pids, waits: first.state.phase === "ready" });
    const ended = outcomes.flatMap((outcome, at) => (pids[at] === undefined ? [] : [[pids[at], outcome] as const]));
    return exitCodeOfAll(cli, ended, options);
  };
  try {
    return await Promise.race([whole(), forwarder.gaveUp]);
  } finally {
    forwarder.close();
  }
}

async function pipeline(cli: Cli, lines: readonly string[], options: PipelineOptions): Promise<void> {
  const stages = await readStages(lines, options.file);
  if (options.detach !== true) {
    cli.exitCode = await pipelineAttached(cli, options, stages);
    return;
  }
  for (const { pid } of await spawn(cli, options, stages)) await cli.stdout.write(`${pid}\n`);
}

const notes = `
Each stage is one argument, quoted as for a shell and evaluated by none: nothing
is expanded. The bytes go from one program to the next without passing SuperOS.
All stages start or none; the later ones are children of the first, so killing
the first ends all. The options hold for every stage, each of which gets the
quotas by itself.

A file of stages is JSON, a list of {"argv": [...]}, each with "runtime" or "image",
"table", "sealed", "env", "cwd" and "name" as it needs them, instead of those of
the options.

Exit code:
  that of the last stage, as superos run would; with --pipefail that of the last
  stage that failed.`;

export function addPipeline(program: Command, cli: Cli): void {
  const capability = new Option("--cap <capability>", "a capability each stage gets (repeatable)");
  const sealed = new Option("--seal <capability>", "one that each gets and cannot hand on (repeatable)");
  const environment = new Option("--env <name[=value]>", "set a variable; NAME alone hands on your own (repeatable)");
  const command = program
    .command("pipeline")
    .description("Run programs of which each reads what the one before it writes.")
    .argument("[stage...]", "the programs with their arguments, each quoted as one")
    .option("--file <file>", "read the stages from a file instead")
    .option("--project <name-or-id>", "the project whose files they work on")
    .option("--runtime <runtime>", "the runtime to run them in", "python")
    .addOption(capability.default([], "see superos run").argParser(collectCapability))
    .addOption(sealed.default([], "none").argParser(collectCapability))
    .addOption(
      environment
        .default({}, "none")
        .argParser<Record<string, string>>((text, before) => collectVariable(text, before, cli.env)),
    )
    .option("--timeout <seconds>", "end each after this time", parseTimeout)
    .option("--cwd <directory>", "their working directory")
    .option("--bg", "they run in the background and make way for what somebody waits for")
    .option("--pipefail", "exit as the last stage that failed, if any did")
    .option("-d, --detach", "print the pids and leave them running; the first gets no input")
    .action((lines: string[], options: PipelineOptions) => pipeline(cli, lines, options));
  command.addHelpText("after", notes);
  withExamples(
    command,
    "superos pipeline --project site 'cat access.log' 'sort -u' 'head -n 5'",
    "superos pipeline --project site 'python3 read.py' 'python3 sum.py' <input.txt >sum.txt",
    "superos pipeline --project site --file stages.json --pipefail",
  );
}
