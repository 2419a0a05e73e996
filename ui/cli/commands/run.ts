import { type Command, Option } from "commander";
import { Fault, type ProjectId, capabilityUsage, describeOutcome, pidSchema } from "../../../kernel/abi/index.ts";
import { z } from "zod";
import {
  collectCapability,
  collectVariable,
  parseEndpointName,
  parseEngineRuntime,
  parseImage,
  parseTimeout,
} from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { exitCodes, UsageError } from "../failure.ts";
import { printable } from "../format/printable.ts";
import { copyOutput, type OutputSink } from "../http/output.ts";
import { findProject } from "../http/projects.ts";
import { attach, report } from "../run/attach.ts";
import { whileBuilding } from "../run/image-notice.ts";
import { mayBeFile, type Plan, planFor, type Step, toScratch } from "../run/run-file.ts";
import { SignalForwarder, sendSignal } from "../run/signals.ts";
import { type RunOptions, spawnRequest } from "../run/spawn-request.ts";
import { outputSink } from "../run/sink.ts";
import { tellWait } from "../run/wait-notice.ts";
import { sizeHere } from "../terminal/own-terminal.ts";
import { requireTypedHere, runTerminal } from "../terminal/run-terminal.ts";
import { detachKeysOption } from "./attach.ts";
import { withExamples } from "./examples.ts";

/**
 * `superos run`: one program, with this command's input, output, signals and exit code as its own.
 */

/** All that is needed of the answer, because reading the rest would be time before the first byte. */
const spawned = z.object({
  pid: pidSchema,
  state: z.object({ phase: z.string(), reason: z.string().optional() }),
});

interface TerminalOptions extends RunOptions {
  /** What the build of a file gets besides what it needs. */
  buildCap: readonly string[];
  tty?: boolean;
  detachKeys: readonly number[];
}

/** What is said of a process beside its output. */
const began = z.object({ "superos-pid": z.coerce.number().pipe(pidSchema), "superos-phase": z.string() });

async function requestFor(
  cli: Cli,
  options: RunOptions,
  argv: readonly string[],
): Promise<ReturnType<typeof spawnRequest>> {
  let project: ProjectId | null = null;
  if (options.project !== undefined) project = (await findProject(cli.client, options.project)).id;
  return spawnRequest(options, project, argv);
}

async function spawn(cli: Cli, options: RunOptions, argv: readonly string[]): Promise<z.output<typeof spawned>> {
  const request = { method: "POST", path: "/processes", json: await requestFor(cli, options, argv) } as const;
  return whileBuilding(cli, options.runtime, () => cli.client.call(request, spawned, { unbounded: true }));
}

async function runAttached(cli: Cli, options: RunOptions, argv: readonly string[]): Promise<number> {
  return withSignals(cli, async (forwarder) => {
    const request = { method: "POST", path: "/run", json: await requestFor(cli, options, argv) } as const;
    const opened = await whileBuilding(cli, options.runtime, () => cli.client.open(request));
    const { "superos-pid": pid, "superos-phase": phase } = began.parse(opened.headers);
    forwarder.attach([pid]);
    const [outcome] = await attach(cli, { pids: [pid], waits: phase === "ready", opened });
    if (outcome === undefined) throw new Fault("internal", `process ${pid} ended without an outcome`);
    return report(cli, pid, outcome);
  });
}

/** This command's signals are those of the processes that `work` attaches. */
async function withSignals<T>(cli: Cli, work: (forwarder: SignalForwarder) => Promise<T>): Promise<T> {
  const forwarder = new SignalForwarder(cli);
  try {
    return await Promise.race([work(forwarder), forwarder.gaveUp]);
  } finally {
    forwarder.close();
  }
}

/** What is to be run in the place of the words that were typed. */
interface Typed {
  options: TerminalOptions;
  argv: readonly string[];
}

/**
 * A file stands for the program that runs it, once that is built. Returns the exit code where its build failed: the
 * messages of a build are no output of the program.
 */
async function resolveFile(cli: Cli, given: Typed, runtime: string | null): Promise<Typed | number> {
  const { options, argv } = given;
  const [word = ".", ...rest] = argv;
  const asProgram = (): Typed => {
    if (options.buildCap.length === 0) return given;
    throw new UsageError(`${word} is a program and is not built, so that --build-cap means nothing`);
  };
  if (!mayBeFile(word, options.project !== undefined)) return asProgram();
  const { project, file } = await findFile(cli, options.project, word);
  const plan = await planFor(cli, project, { file, runtime, buildTable: options.buildCap });
  if (plan === undefined) return asProgram();
  const own = { ...options, project, runtime: plan.runtime };
  if (plan.build !== null) {
    const code = await runBuild(cli, { ...plan, build: plan.build }, { ...own, cap: plan.build.table, seal: [] });
    if (code !== 0) return code;
  }
  const named = [...options.cap, ...options.seal];
  const cap = [...options.cap, ...plan.run.table.filter((entry) => !named.includes(entry))];
  return { options: { ...own, cap }, argv: [...plan.run.argv, ...rest] };
}

/** The messages of a build come on stderr; it gets no input. */
async function runBuild(cli: Cli, plan: Plan & { build: Step }, options: TerminalOptions): Promise<number> {
  const { project, runtime, cap, seal, bg } = options;
  const request = {
    ...(project === undefined ? {} : { project }),
    ...(bg === undefined ? {} : { bg }),
    runtime,
    cap,
    seal,
    env: {},
    cwd: plan.build.cwd,
    detach: true,
  };
  return withSignals(cli, async (forwarder) => {
    const { pid } = await spawn(cli, request, plan.build.argv);
    forwarder.attach([pid]);
    const sink: OutputSink = { ...outputSink(cli), write: (_, data) => cli.stderr.write(data) };
    const outcome = await copyOutput(cli.client, { pid, follow: true, lossless: false, stoodBefore: true }, sink);
    if (outcome?.kind === "code" && outcome.code === 0) return 0;
    const how = outcome === undefined ? "it was lost" : describeOutcome(outcome);
    await cli.stderr.write(
      `superos: ${printable(plan.file)} was not run: its build failed (process ${pid}: ${printable(how)})\n`,
    );
    return exitCodes.notBuilt;
  });
}

/** Where a file is that was named. */
async function findFile(
  cli: Cli,
  project: string | undefined,
  word: string,
): Promise<{ project: ProjectId; file: string }> {
  if (project !== undefined) return { project: (await findProject(cli.client, project)).id, file: word };
  if (word === ".") throw new UsageError("a project is named with --project");
  return toScratch(cli, word);
}

/** With a terminal: keys instead of signals, and the program's screen instead of two outputs. */
async function runOnTerminal(cli: Cli, options: TerminalOptions, argv: readonly string[]): Promise<number> {
  requireTypedHere("a program with a terminal");
  return withSignals(cli, async (forwarder) => {
    const size = sizeHere();
    const { pid, state } = await spawn(cli, { ...options, terminal: size }, argv);
    forwarder.attach([pid]);
    if (state.phase === "ready") await tellWait(cli, pid, new AbortController().signal);
    const request = { pid, from: 0, detachKeys: options.detachKeys, size, redraw: false, goneOn: [] };
    return runTerminal(cli, request, () => sendSignal(cli, pid, "SIGHUP"));
  });
}

async function run(cli: Cli, typed: Typed, runtime: string | null): Promise<void> {
  const { image } = typed.options;
  if (image !== undefined && runtime !== null)
    throw new UsageError("--image takes the place of --runtime; give one of them");
  if (image === undefined && typed.argv.length === 0) throw new UsageError("no program is named");
  const resolved = image === undefined ? await resolveFile(cli, typed, runtime) : typed;
  if (typeof resolved === "number") {
    cli.exitCode = resolved;
    return;
  }
  const { argv, options: given } = resolved;
  const options = given.tty === true ? { ...given, terminal: sizeHere() } : given;
  if (given.tty === true && given.detach !== true) {
    cli.exitCode = await runOnTerminal(cli, given, argv);
    return;
  }
  if (options.detach !== true) {
    cli.exitCode = await runAttached(cli, options, argv);
    return;
  }
  const { pid, state } = await spawn(cli, options, argv);
  await cli.stdout.write(`${pid}\n`);
  if (state.reason !== undefined)
    await cli.stderr.write(`superos: process ${pid} has not started yet: ${printable(state.reason)}\n`);
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

Files:
  A file is run by the runtime for its ending, or by --runtime: superos runtimes.
  What has to be compiled is built first, in a process of its own, and not again
  while the sources and the image are the same. With --project the file is the
  project's; without, it is one of yours, and is put into your scratch project.
  . is the project itself, by its build file. The program may read the project.
  --build-cap adds to what the build gets by itself, as another package registry's
  host; a quota stands in the place of the build's own. It is refused where
  nothing is ever built.

Other images:
  --image takes one that whoever runs the server allows, by its name as for Docker.
  The program and its arguments come behind the image's entry point, and the image's
  own are taken where none are named. Its variables and its directory count; its
  user, ports, health checks and the like do not. IMAGE, beside PROC_SPAWN, is what
  a process needs to start others from an image.

Exit code:
  the program's own; 128+n when signal n ended it; 124 when its time ran out;
  137 when it was killed, ran out of memory or passed a quota; 125 when SuperOS
  refused or failed, with the reason on stderr; 126 when the build of a file
  failed, with the compiler's messages on stderr; 141 when the reader of the output
  went away (the program is killed then).

While there is no room for the program it waits; stderr says why.
The first Ctrl-C sends SIGINT to the program, the second kills it.
Standard input goes to the program until its end; use </dev/null to give it none.

With -t it has a terminal of the size of yours, TERM=xterm-256color unless you set
it, and every key goes to it, Ctrl-C too. Ctrl-p Ctrl-q leaves it running: superos
attach PID comes back. When your terminal is closed it gets SIGHUP.`;

export function addRun(program: Command, cli: Cli): void {
  const capability = new Option("--cap <capability>", "a capability it gets (repeatable)");
  const sealed = new Option("--seal <capability>", "one that it gets and cannot hand on (repeatable)");
  const built = new Option("--build-cap <capability>", "one that the build of a file gets besides (repeatable)");
  const environment = new Option("--env <name[=value]>", "set a variable; NAME alone hands on your own (repeatable)");
  const command = program
    .command("run")
    .description("Run a program, with your terminal as its input and output, and exit as it does.")
    .argument(
      "[argv...]",
      "the program and its arguments, after --; or a file that a runtime runs, or . for the project",
    )
    .option("--project <name-or-id>", "the project whose files it works on")
    .option("--runtime <runtime>", "the runtime to run it in", "python")
    .option("--image <reference>", "any other image that may be used, in the place of a runtime", parseImage)
    .addOption(capability.default([], "see below").argParser(collectCapability))
    .addOption(sealed.default([], "none").argParser(collectCapability))
    .addOption(
      environment
        .default({}, "none")
        .argParser<Record<string, string>>((text, before) => collectVariable(text, before, cli.env)),
    )
    .addOption(built.default([], "none").argParser(collectCapability))
    .option("--timeout <seconds>", "end it after this time; the same as --cap TIME:<S>s", parseTimeout)
    .option("--cwd <directory>", "its working directory; default /project where it can be read, else /tmp")
    .option("--name <name>", "the endpoint by which the project's processes reach its NET_BIND", parseEndpointName)
    .option(
      "--engine-runtime <name>",
      "an engine runtime it needs, like runsc; refused where that is absent",
      parseEngineRuntime,
    )
    .option("--tied", "end it with your session: when you sign out, or your token is removed")
    .option("--bg", "it runs in the background and makes way for what somebody waits for")
    .option("-d, --detach", "print the pid and leave it running; it gets no input")
    .option("-i, --interactive", "keep its input open with -d, too; without -d it is open anyway")
    .option("-t, --tty", "give it a terminal, which is yours while you are attached")
    .addOption(detachKeysOption())
    .passThroughOptions()
    .action((argv: string[], options: TerminalOptions, self: Command) =>
      run(cli, { options, argv }, self.getOptionValueSource("runtime") === "cli" ? options.runtime : null),
    );
  command.addHelpText("after", notes);
  withExamples(
    command,
    "superos run hello.c",
    "superos run --project site --runtime rust src/main.rs",
    "superos run -- python3 -c 'print(1)'",
    "superos run --project site --cap FS_READ:/project --cap FS_WRITE:/project/out -- python3 build.py",
    "superos run --project site --timeout 30 --cap MEM:256Mi -- python3 main.py <input.txt >output.txt",
    "superos run --project site -d --name db --cap NET_BIND:localhost:5432 -- python3 db.py",
    "superos run --project site --cap FS_READ:/project --seal NET_CONNECT:example.org:443 -- python3 fetch.py",
    "superos run -it --project site --cap FS_READ:/project --cap FS_WRITE:/project -- bash",
    "superos run --image debian:12 --project site -- grep -r TODO /project",
    "superos run -d --cap TIME:1h -- python3 -c 'import time; time.sleep(600)'",
  );
}
