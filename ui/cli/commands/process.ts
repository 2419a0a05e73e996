import type { Command } from "commander";
import {
  type Pid,
  type ProcessClass,
  type ProcessView,
  type SignalName,
  describeOutcome,
  exitCodeOf,
  processViewSchema,
  syscalls,
} from "../../../kernel/abi/index.ts";
import { parsePid, parseProcessClass, parseSignal } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { printable, toJson } from "../format/printable.ts";
import { processColumns, processFields } from "../format/process.ts";
import { formatFields, formatTable } from "../format/table.ts";
import { persist } from "../http/backoff.ts";
import { route } from "../http/client.ts";
import { copyOutput } from "../http/output.ts";
import { listProcesses } from "../http/processes.ts";
import { outputSink } from "../run/sink.ts";
import { withExamples } from "./examples.ts";
import { readMemoryLimit } from "./usage.ts";

/** The commands about processes that exist: ps, inspect, logs, kill, nice, wait. */

const waitMs = 30_000;
const pidHelp = "the process id, as superos ps lists it";

const isRunning = (view: ProcessView): boolean =>
  view.kind === "container" && view.state.phase !== "exited" && view.state.phase !== "reaped";

async function ps(cli: Cli, options: { all?: boolean; json?: boolean }): Promise<void> {
  const all = options.all === true;
  const processes = await listProcesses(cli.client, { all });
  const shown = all ? processes : processes.filter(isRunning);
  const table = formatTable(shown, processColumns(Date.now()), { columns: cli.stdout.columns });
  await cli.stdout.write(options.json === true ? toJson(shown) : table);
}

async function inspect(cli: Cli, pid: Pid, options: { json?: boolean }): Promise<void> {
  const view = await cli.client.call({ method: "GET", path: route("processes", pid) }, processViewSchema);
  if (options.json === true) return cli.stdout.write(toJson(view));
  const memoryLimit = view.usage === null ? undefined : await readMemoryLimit(cli, view);
  await cli.stdout.write(formatFields(processFields(view, { now: Date.now(), memoryLimit })));
}

async function logs(cli: Cli, pid: Pid, options: { follow?: boolean }): Promise<void> {
  const request = { pid, follow: options.follow === true, lossless: false, stoodBefore: false };
  await copyOutput(cli.client, request, outputSink(cli));
}

async function kill(cli: Cli, pid: Pid, options: { signal: SignalName }): Promise<void> {
  await cli.client.tell({ method: "POST", path: route("processes", pid, "signal"), json: { signal: options.signal } });
}

async function nice(cli: Cli, pid: Pid, processClass: ProcessClass): Promise<void> {
  await cli.client.tell({ method: "PUT", path: route("processes", pid, "class"), json: { class: processClass } });
}

async function wait(cli: Cli, pid: Pid): Promise<void> {
  const request = { method: "GET", path: route("processes", pid, "wait"), query: { timeoutMs: waitMs } } as const;
  const outcome = await persist(
    async (standing) => {
      for (;;) {
        const answer = await cli.client.call(request, syscalls.wait.response);
        standing();
        if (answer.outcome !== null) return answer.outcome;
      }
    },
    { stoodBefore: false },
  );
  await cli.stdout.write(`${printable(describeOutcome(outcome))}\n`);
  cli.exitCode = exitCodeOf(outcome);
}

export function addProcess(program: Command, cli: Cli): void {
  const psCommand = program
    .command("ps")
    .description("List the running programs. With --all also what has ended, and the kernel's own entries.")
    .option("--all", "list every entry: ended processes, project roots, sessions and services too")
    .option("--json", "print them as JSON")
    .action((options: { all?: boolean; json?: boolean }) => ps(cli, options));
  psCommand.addHelpText(
    "after",
    "\nCLASS is fg where somebody waits for it, else bg. STATE says of one that has not\n" +
      "started how long it waits and why.",
  );
  withExamples(psCommand, "superos ps", "superos ps --all --json");

  const inspectCommand = program
    .command("inspect")
    .description("Show everything about one process: state, outcome, capabilities, usage.")
    .argument("<pid>", pidHelp, parsePid)
    .option("--json", "print it as JSON")
    .action((pid: Pid, options: { json?: boolean }) => inspect(cli, pid, options));
  withExamples(inspectCommand, "superos inspect 12", "superos inspect 12 --json | jq .table");

  const logsCommand = program
    .command("logs")
    .description("Print what a process has written: its stdout to stdout, its stderr to stderr, byte for byte.")
    .argument("<pid>", pidHelp, parsePid)
    .option("-f, --follow", "go on until the process has ended; without it, stop at what is there")
    .action((pid: Pid, options: { follow?: boolean }) => logs(cli, pid, options));
  withExamples(logsCommand, "superos logs 12", "superos logs 12 -f 2>errors.txt");

  const killCommand = program
    .command("kill")
    .description("Send a signal to a process. SIGKILL ends it and everything that it started.")
    .argument("<pid>", pidHelp, parsePid)
    .option<SignalName>("-s, --signal <signal>", "the signal: SIGINT, INT or 2", parseSignal, "SIGKILL")
    .action((pid: Pid, options: { signal: SignalName }) => kill(cli, pid, options));
  withExamples(killCommand, "superos kill 12", "superos kill 12 -s SIGTERM");

  const niceCommand = program
    .command("nice")
    .description("Say whether somebody waits for a process. What runs in the background makes way for the rest.")
    .argument("<pid>", pidHelp, parsePid)
    .argument("<class>", "fg (foreground) or bg (background)", parseProcessClass)
    .action((pid: Pid, processClass: ProcessClass) => nice(cli, pid, processClass));
  withExamples(niceCommand, "superos nice 12 bg", "superos nice 12 fg");

  const waitCommand = program
    .command("wait")
    .description("Wait until a process has ended, print how, and exit as superos run would.")
    .argument("<pid>", pidHelp, parsePid)
    .action((pid: Pid) => wait(cli, pid));
  withExamples(waitCommand, "superos wait 12", "superos wait $(superos run -d --project site -- python3 build.py)");
}
