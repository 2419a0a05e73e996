import { type Outcome, type ProcessView, describeOutcome } from "../../../kernel/abi/index.ts";
import { showAge, showBytes, showCpu, showMoment } from "./amounts.ts";
import { cutTo, printable } from "./printable.ts";
import { usageFields } from "./usage.ts";
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

/** How much of a reason stands in a row. */
const mostReason = 40;

/** What it waits for and how long it has, or since when it is paused; the whole reason is for `inspect`. */
function waitOf({ state }: ProcessView, now: number): string | undefined {
  if (state.phase === "paused") return `paused ${showAge(now - state.since, 2)}`;
  if (state.phase !== "ready") return undefined;
  const reason = state.reason === undefined ? "" : `: ${cutTo(printable(state.reason), mostReason)}`;
  return `ready ${showAge(now - state.since, 2)}${reason}`;
}

/** The state in a few words: a fault's message is for `inspect`. */
export function shortStateOf(view: ProcessView, now: number): string {
  const outcome = outcomeOf(view);
  return outcome?.kind === "fault" ? `fault ${outcome.code}` : (waitOf(view, now) ?? stateOf(view));
}

/** In two letters, as `nice` takes it; what is not scheduled has none. */
export const classOf = (view: ProcessView): string =>
  view.kind !== "container" ? "-" : view.class === "foreground" ? "fg" : "bg";

const startOf = (view: ProcessView): number | undefined =>
  "startedAt" in view.state ? view.state.startedAt : undefined;

const endOf = (view: ProcessView): number | undefined => ("endedAt" in view.state ? view.state.endedAt : undefined);

export const processColumns = (now: number): readonly Column<ProcessView>[] => [
  { title: "PID", of: (view) => String(view.pid), right: true },
  { title: "PROJECT", of: (view) => view.project?.name ?? "-" },
  { title: "RUNTIME", of: (view) => view.runtime ?? view.image ?? (view.kind === "container" ? "-" : view.kind) },
  { title: "CLASS", of: classOf },
  { title: "STATE", of: (view) => shortStateOf(view, now) },
  { title: "CPU", of: (view) => (view.usage === null ? "-" : showCpu(view.usage.cpuMs)), right: true },
  { title: "MEM", of: (view) => (view.usage === null ? "-" : showBytes(view.usage.memoryBytes)), right: true },
  { title: "AGE", of: (view) => showAge(now - view.createdAt), right: true },
  { title: "COMMAND", of: commandOf },
];

/** The phase, and for one that stands still how long it has and why. */
function phaseOf({ state }: ProcessView, now: number): string {
  if (state.phase !== "ready" && state.phase !== "paused") return state.phase;
  const reason = state.phase === "ready" && state.reason !== undefined ? `: ${state.reason}` : "";
  return `${state.phase} for ${showAge(now - state.since, 2)}${reason}`;
}

/** What `inspect` prints. `memoryLimit` is what its container may use, where that is known. */
export function processFields(
  view: ProcessView,
  how: { now: number; memoryLimit?: number | undefined },
): (readonly [string, string])[] {
  const started = startOf(view);
  const ended = endOf(view);
  const fields: (readonly [string, string])[] = [
    ["pid", String(view.pid)],
    ["parent", view.parent === null ? "-" : String(view.parent)],
    ["kind", view.kind],
    ["name", view.name],
    ["project", view.project === null ? "-" : `${view.project.name} (${view.project.id})`],
    ["runtime", view.runtime ?? "-"],
    ...(view.image === null ? [] : [["image", view.image] as const]),
    ["command", view.argv.length === 0 ? "-" : view.argv.map(quoteArgument).join(" ")],
    ["directory", view.cwd ?? "-"],
    ["endpoint", view.endpoint ?? "-"],
    ["user", view.user ?? "-"],
    ["class", view.kind === "container" ? view.class : "-"],
    ["state", phaseOf(view, how.now)],
    ["outcome", ended === undefined ? "-" : stateOf(view)],
    ["created", showMoment(view.createdAt)],
    ["started", started === undefined ? "-" : showMoment(started)],
    ["ended", ended === undefined ? "-" : `${showMoment(ended)} (after ${showAge(ended - (started ?? ended), 2)})`],
    ["started by", view.startedBy === null ? "-" : String(view.startedBy)],
    ["container", view.container ?? "-"],
    ["terminal", view.tty === null ? "-" : `${view.tty.columns}x${view.tty.rows}`],
    ...(view.usage === null ? [] : usageFields(view.usage, how.memoryLimit)),
    ["output", `${view.output.stdoutBytes} bytes on stdout, ${view.output.stderrBytes} bytes on stderr`],
  ];
  if (view.table.length === 0) return [...fields, ["capabilities", "none"]];
  return [...fields, ...view.table.map((text, at) => [at === 0 ? "capabilities" : "", text] as const)];
}
