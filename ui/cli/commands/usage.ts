import type { Command } from "commander";
import { type Pid, type ProcessView, type SlotView, processViewSchema, syscalls } from "../../../kernel/abi/index.ts";
import { parsePid } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { printable, toJson } from "../format/printable.ts";
import { commandOf, outcomeOf } from "../format/process.ts";
import { formatTable } from "../format/table.ts";
import { type StatsRow, memoryLimitOf, statsColumns, threadColumns } from "../format/usage.ts";
import { route } from "../http/client.ts";
import { listProcesses } from "../http/processes.ts";
import { withExamples } from "./examples.ts";

/** The commands about what processes use of the machine: stats, threads. */

const pidHelp = "the process id, as superos ps lists it";

const collectPid = (text: string, before: readonly Pid[] = []): Pid[] => [...before, parsePid(text)];

/** The slots of one that lives; what has ended holds none. */
async function slotsOf(cli: Cli, view: ProcessView): Promise<SlotView[]> {
  if (outcomeOf(view) !== undefined) return [];
  const request = { method: "GET", path: route("processes", view.pid, "caps") } as const;
  return (await cli.client.call(request, syscalls.caps.response)).slots;
}

/** What the container of a process may use of memory. */
export async function readMemoryLimit(cli: Cli, view: ProcessView): Promise<number | undefined> {
  return view.kind === "container" ? memoryLimitOf(view, await slotsOf(cli, view)) : undefined;
}

async function stats(cli: Cli, pids: readonly Pid[], options: { json?: boolean }): Promise<void> {
  const views =
    pids.length === 0
      ? (await listProcesses(cli.client, { all: false })).filter(({ kind }) => kind === "container")
      : await Promise.all(
          pids.map((pid) => cli.client.call({ method: "GET", path: route("processes", pid) }, processViewSchema)),
        );
  const rows: StatsRow[] = [];
  for (const view of views) {
    if (view.usage !== null) {
      const memoryLimit = await readMemoryLimit(cli, view).catch(() => memoryLimitOf(view));
      rows.push({ view, usage: view.usage, memoryLimit });
    } else if (pids.length > 0) {
      await cli.stderr.write(`superos: process ${view.pid} has used nothing: it is ${printable(view.state.phase)}\n`);
    }
  }
  const json = rows.map(({ view, usage, memoryLimit }) => ({
    pid: view.pid,
    memoryLimitBytes: memoryLimit ?? null,
    ...usage,
  }));
  const table = formatTable(rows, statsColumns(commandOf), { columns: cli.stdout.columns });
  await cli.stdout.write(options.json === true ? toJson(json) : table);
}

async function threads(cli: Cli, pid: Pid, options: { json?: boolean }): Promise<void> {
  const request = { method: "GET", path: route("processes", pid, "threads") } as const;
  const answer = await cli.client.call(request, syscalls.threads.response);
  const table = formatTable(answer.threads, threadColumns, { columns: cli.stdout.columns });
  await cli.stdout.write(options.json === true ? toJson(answer.threads) : table);
}

const statsNotes = `
MEM is what it holds, PEAK the most that it ever held, and WSET what it has used
lately. FAULTS counts page faults, MAJOR those that read from disk. THROTTLED is
for how long its CPU quota held it back. A dash is what this host does not tell.`;

const threadsNotes = `
TID and PROCESS are numbers inside the container. STATE is one letter: R runs, S
and D wait, T is stopped, Z has ended (proc_pid_stat(5)).`;

export function addUsage(program: Command, cli: Cli): void {
  const statsCommand = program
    .command("stats")
    .description("Show what the running programs use: CPU, memory and its limit, page faults.")
    .argument("[pid...]", "only these processes; they may have ended", collectPid)
    .option("--json", "print it as JSON")
    .action((pids: Pid[], options: { json?: boolean }) => stats(cli, pids, options));
  statsCommand.addHelpText("after", statsNotes);
  withExamples(statsCommand, "superos stats", "superos stats 12 --json | jq '.[].memoryPeakBytes'");

  const threadsCommand = program
    .command("threads")
    .description("List the threads of a process.")
    .argument("<pid>", pidHelp, parsePid)
    .option("--json", "print them as JSON")
    .action((pid: Pid, options: { json?: boolean }) => threads(cli, pid, options));
  threadsCommand.addHelpText("after", threadsNotes);
  withExamples(threadsCommand, "superos threads 12", "superos threads 12 --json | jq 'length'");
}
