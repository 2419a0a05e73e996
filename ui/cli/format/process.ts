import { type Outcome, type ProcessView, describeOutcome } from "../../../kernel/abi/index.ts";
import { showAge, showBytes, showCpu, showMoment } from "./amounts.ts";
import type { Column } from "./table.ts";

/** A process as a row of `ps` and as the fields of `inspect`. Pure. */

/** One argument as a POSIX shell reads it back. */
export const quoteArgument = (text: string): string =>
  /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

export const commandOf = (view: ProcessView): string =>
  view.argv.length === 0 ? view.name : view.argv.map(quoteArgument).join(" ");

export const outcomeOf = (view: ProcessView): Outcome | undefined =>
  "outcome" in view.state ? view.state.outcome : undefined;

export function stateOf(view: ProcessView): string {
  const outcome = outcomeOf(view);
  return outcome === undefined ? view.state.phase : describeOutcome(outcome);
}

/** The state in a few words: a fault's message is for `inspect`. */
export function shortStateOf(view: ProcessView): string {
  const outcome = outcomeOf(view);
  return outcome?.kind === "fault" ? `fault ${outcome.code}` : stateOf(view);
}

const startOf = (view: ProcessView): number | undefined =>
  "startedAt" in view.state ? view.state.startedAt : undefined;

const endOf = (view: ProcessView): number | undefined => ("endedAt" in view.state ? view.state.endedAt : undefined);

export const processColumns = (now: number): readonly Column<ProcessView>[] => [
  { title: "PID", of: (view) => String(view.pid), right: true },
  { title: "PROJECT", of: (view) => view.project?.name ?? "-" },
  { title: "RUNTIME", of: (view) => view.runtime ?? (view.kind === "container" ? "-" : view.kind) },
  { title: "STATE", of: shortStateOf },
  { title: "CPU", of: (view) => (view.usage === null ? "-" : showCpu(view.usage.cpuMs)), right: true },
  { title: "MEM", of: (view) => (view.usage === null ? "-" : showBytes(view.usage.memoryBytes)), right: true },
  { title: "AGE", of: (view) => showAge(now - view.createdAt), right: true },
  { title: "COMMAND", of: commandOf },
];

/** What `inspect` prints. */
export function processFields(view: ProcessView): (readonly [string, string])[] {
  const started = startOf(view);
  const ended = endOf(view);
  const usage = view.usage;
  const fields: (readonly [string, string])[] = [
    ["pid", String(view.pid)],
    ["parent", view.parent === null ? "-" : String(view.parent)],
    ["kind", view.kind],
    ["name", view.name],
    ["project", view.project === null ? "-" : `${view.project.name} (${view.project.id})`],
    ["runtime", view.runtime ?? "-"],
    ["command", view.argv.length === 0 ? "-" : view.argv.map(quoteArgument).join(" ")],
    ["directory", view.cwd ?? "-"],
    ["endpoint", view.endpoint ?? "-"],
    ["user", view.user ?? "-"],
    ["state", view.state.phase],
    ["outcome", ended === undefined ? "-" : stateOf(view)],
    ["created", showMoment(view.createdAt)],
    ["started", started === undefined ? "-" : showMoment(started)],
    ["ended", ended === undefined ? "-" : `${showMoment(ended)} (after ${showAge(ended - (started ?? ended), 2)})`],
    ["started by", view.startedBy === null ? "-" : String(view.startedBy)],
    ["container", view.container ?? "-"],
    ["cpu", usage === null ? "-" : showCpu(usage.cpuMs)],
    ["memory", usage === null ? "-" : `${showBytes(usage.memoryBytes)} (peak ${showBytes(usage.memoryPeakBytes)})`],
    ["output", `${view.output.stdoutBytes} bytes on stdout, ${view.output.stderrBytes} bytes on stderr`],
  ];
  if (view.table.length === 0) return [...fields, ["capabilities", "none"]];
  return [...fields, ...view.table.map((text, at) => [at === 0 ? "capabilities" : "", text] as const)];
}
