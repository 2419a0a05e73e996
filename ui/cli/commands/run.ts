import { type Command, Option } from "commander";
import {
  Fault,
  type Outcome,
  type Pid,
  type ProjectId,
  capabilityUsage,
  describeOutcome,
  exitCodeOf,
  pidSchema,
} from "../../../kernel/abi/index.ts";
import { z } from "zod";
import {
  collectCapability,
  collectVariable,
  parseEndpointName,
  parseEngineRuntime,
  parseTimeout,
} from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { BrokenPipe, WriteFailure } from "../failure.ts";
import { printable } from "../format/printable.ts";
import { copyOutput } from "../http/output.ts";
import { findProject } from "../http/projects.ts";
import { SignalForwarder, sendSignal } from "../run/signals.ts";
import { outputSink } from "../run/sink.ts";
import { type RunOptions, spawnRequest } from "../run/spawn-request.ts";
import { uploadInput } from "../run/upload-input.ts";
import { withExamples } from "./examples.ts";

/**
 * `superos run`: one program, with this command's input, output, signals and exit code as its own.
 *
 * Who reads its output decides: when that reader goes, the program is killed, as a pipe's writer would be.
 */

/** All that is needed of the answer, because reading the rest would be time before the first byte. */
const spawned = z.object({ pid: pidSchema });

async function spawn(cli: Cli, options: RunOptions, argv: readonly string[]): Promise<Pid> {
  let project: ProjectId | null = null;
  if (options.project !== undefined) project = (await findProject(cli.client, options.project)).id;
  const request = { method: "POST", path: "/processes", json: spawnRequest(options, project, argv) } as const;
  return (await cli.client.call(request, spawned, { unbounded: true })).pid;
}

/** Tells how it ended where the exit code alone would not; returns the exit code. */
async function report(cli: Cli, pid: Pid, outcome: Outcome): Promise<number> {
  if (outcome.kind === "fault") throw new Fault(outcome.code, outcome.message);
  if (outcome.kind !== "code" && outcome.kind !== "signal") {
    await cli.stderr.write(`superos: process ${pid}: ${printable(describeOutcome(outcome))}\n`);
  }
  return exitCodeOf(outcome);
}

async function copyUntilEnd(cli: Cli, pid: Pid, signal: AbortSignal): Promise<Outcome> {
  const request = { pid, follow: true, lossless: true, stoodBefore: true, signal };
  try {
    const outcome = await copyOutput(cli.client, request, outputSink(cli));
    if (outcome !== undefined) return outcome;
    throw new Fault("internal", `the output of process ${pid} ended without an outcome`);
  } catch (error) {
    if (error instanceof BrokenPipe || error instanceof WriteFailure) await sendSignal(cli, pid, "SIGKILL");
    if (!(error instanceof Fault) || error.code !== "unavailable") throw error;
    throw new Fault("unavailable", `lost process ${pid}, which may still run: ${error.message}`, {
      hint: `Once SuperOS answers again: superos logs ${pid} -f`,
      cause: error,
    });
  }
}

async function attach(cli: Cli, pid: Pid): Promise<number> {
  const ended = new AbortController();
  // Output is asked for first: it is what somebody waits for.
  const outcome = copyUntilEnd(cli, pid, ended.signal);
  const input = uploadInput(cli, pid, ended.signal);
  try {
    return await report(cli, pid, await outcome);
  } finally {
    ended.abort();
    await input;
  }
}

async function runAttached(cli: Cli, options: RunOptions, argv: readonly string[]): Promise<number> {
  const forwarder = new SignalForwarder(cli);
  const whole = async (): Promise<number> => {
    const pid = await spawn(cli, options, argv);
    forwarder.attach(pid);
    return attach(cli, pid);
  };
  try {
    return await Promise.race([whole(), forwarder.gaveUp]);
  } finally {
    forwarder.close();
  }
}

async function run(cli: Cli, argv: readonly string[], options: RunOptions): Promise<void> {
  if (options.detach !== true) {
    cli.exitCode = await runAttached(cli, options, argv);
    return;
  }
  await cli.stdout.write(`${await spawn(cli, options, argv)}\n`);
}

const notes = `
Capabilities (--cap, --seal):
${Object.values(capabilityUsage)
  .map((text) => `  ${text}`)
  .join("\n")}

  A program gets exactly what is named. With --project and no capability it gets
  FS_READ:/project; quotas alone (CPU, MEM, PIDS, TIME, DISK, OUT) leave that as
  it is, and any other capability replaces it. Quotas that are not named are the
  runtime's: see superos runtimes. DISK is how much the files that it can write
  may grow while it runs.

Exit code:
  the program's own; 128+n when signal n ended it; 124 when its time ran out;
  137 when it was killed, ran out of memory or passed a quota; 125 when SuperOS
  refused or failed, with the reason on stderr; 141 when the reader of the output
  went away (the program is killed then).

The first Ctrl-C sends SIGINT to the program, the second kills it.
Standard input goes to the program until its end; use </dev/null to give it none.`;

export function addRun(program: Command, cli: Cli): void {
  const capability = new Option("--cap <capability>", "a capability it gets (repeatable)");
  const sealed = new Option("--seal <capability>", "one that it gets and cannot hand on (repeatable)");
  const environment = new Option("--env <name[=value]>", "set a variable; NAME alone hands on your own (repeatable)");
  const command = program
    .command("run")
    .description("Run a program, with your terminal as its input and output, and exit as it does.")
    .argument("<argv...>", "the program and its arguments, after --")
    .option("--project <name-or-id>", "the project whose files it works on")
    .option("--runtime <runtime>", "the runtime to run it in", "python")
    .addOption(capability.default([], "see below").argParser(collectCapability))
    .addOption(sealed.default([], "none").argParser(collectCapability))
    .addOption(
      environment
        .default({}, "none")
        .argParser<Record<string, string>>((text, before) => collectVariable(text, before, cli.env)),
    )
    .option("--timeout <seconds>", "end it after this time; the same as --cap TIME:<S>s", parseTimeout)
    .option("--cwd <directory>", "its working directory; default /project where it can be read, else /tmp")
    .option("--name <name>", "the endpoint by which the project's processes reach its NET_BIND", parseEndpointName)
    .option(
      "--engine-runtime <name>",
      "an engine runtime it needs, like runsc; refused where that is absent",
      parseEngineRuntime,
    )
    .option("--tied", "end it with your session: when you sign out, or your token is removed")
    .option("-d, --detach", "print the pid and leave it running; it gets no input")
    .passThroughOptions()
    .action((argv: string[], options: RunOptions) => run(cli, argv, options));
  command.addHelpText("after", notes);
  withExamples(
    command,
    "superos run -- python3 -c 'print(1)'",
    "superos run --project site --cap FS_READ:/project --cap FS_WRITE:/project/out -- python3 build.py",
    "superos run --project site --timeout 30 --cap MEM:256Mi -- python3 main.py <input.txt >output.txt",
    "superos run --project site -d --name db --cap NET_BIND:localhost:5432 -- python3 db.py",
    "superos run --project site --cap FS_READ:/project --seal NET_CONNECT:example.org:443 -- python3 fetch.py",
    "superos run -d --cap TIME:1h -- python3 -c 'import time; time.sleep(600)'",
  );
}
