import { type ProcessView, type ProjectId, isQuotaKind } from "../../../kernel/abi/index.ts";
import { cutTo, printable } from "./printable.ts";
import { commandOf, shortStateOf } from "./process.ts";
import { type Column, formatTable } from "./table.ts";

/**
 * Processes as trees: one for each project and each session, below it what it started.
 *
 * What has ended is left out unless asked for, except where something that lives hangs below it. Pure.
 */

export interface TreeNode {
  readonly view: ProcessView;
  readonly children: readonly TreeNode[];
}

export interface TreeOptions {
  /** Also what has ended, and the kernel's own entries. */
  all: boolean;
  /** Only what belongs to this project. */
  project?: ProjectId | undefined;
}

const isLive = (view: ProcessView): boolean => view.state.phase !== "exited" && view.state.phase !== "reaped";

/** Projects by name, then what belongs to none, then sessions, then the kernel. */
function rankOf(view: ProcessView): string {
  if (view.kind === "root") return view.project === null ? "1" : `0${view.project.name}`;
  return view.kind === "session" ? "2" : "3";
}

function isWanted(node: TreeNode, options: TreeOptions): boolean {
  const { view, children } = node;
  if (children.length > 0) return true;
  if (options.project !== undefined && view.project?.id !== options.project) return false;
  if (options.all) return true;
  return isLive(view) && (view.kind !== "root" || view.project !== null);
}

/** The trees, in the order in which they are shown. */
export function forestOf(views: readonly ProcessView[], options: TreeOptions): TreeNode[] {
  const shown = views.filter((view) => options.all || (view.kind !== "kernel" && view.kind !== "service"));
  const known = new Set(shown.map((view) => view.pid));
  const below = Map.groupBy(shown, (view) => {
    const top = view.kind === "root" || view.kind === "session" || view.parent === null || !known.has(view.parent);
    return top ? null : view.parent;
  });
  const grow = (parent: ProcessView["parent"]): TreeNode[] =>
    (below.get(parent) ?? [])
      .toSorted((a, b) => a.pid - b.pid)
      .map((view) => ({ view, children: grow(view.pid) }))
      .filter((node) => isWanted(node, options));
  const ranked = grow(null).map((node) => ({ node, rank: rankOf(node.view) }));
  return ranked.toSorted((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0)).map(({ node }) => node);
}

export type NestedProcess = ProcessView & { children: NestedProcess[] };

/** For `--json`: each process with its children in it. */
export const nested = (node: TreeNode): NestedProcess => ({ ...node.view, children: node.children.map(nested) });

const kindOf = (text: string): string => /^[A-Z_]*/.exec(text)?.[0] ?? "";

/** A table in a few words: several of one kind as their number, of the quotas CPU and MEM alone. */
export function summaryOf(table: readonly string[]): string {
  const byKind = Map.groupBy(new Set(table), kindOf);
  const shown = [...byKind].filter(([kind]) => kind === "CPU" || kind === "MEM" || !isQuotaKind(kind));
  const ordered = shown.toSorted(([a], [b]) => Number(isQuotaKind(a)) - Number(isQuotaKind(b)));
  const words = ordered.map(([kind, texts]) => (texts.length === 1 ? (texts[0] ?? "") : `${kind}(${texts.length})`));
  return words.length === 0 ? "-" : words.join(" ");
}

function labelOf(view: ProcessView): string {
  if (view.kind === "container") return view.endpoint === null ? String(view.pid) : `${view.pid} ${view.endpoint}`;
  if (view.kind === "root")
    return `${view.pid} ${view.project === null ? "no project" : `project ${view.project.name}`}`;
  return `${view.pid} ${view.kind}`;
}

const marks = {
  unicode: { branch: "├─ ", last: "└─ ", through: "│  ", under: "   " },
  ascii: { branch: "|- ", last: "`- ", through: "|  ", under: "   " },
} as const;

export type TreeStyle = keyof typeof marks;

interface Line {
  prefix: string;
  view: ProcessView;
}

function linesOf(nodes: readonly TreeNode[], style: TreeStyle, before: string): Line[] {
  const { branch, last, through, under } = marks[style];
  return nodes.flatMap((node, at) => {
    const isLast = at === nodes.length - 1;
    const line = { prefix: before + (isLast ? last : branch), view: node.view };
    return [line, ...linesOf(node.children, style, before + (isLast ? under : through))];
  });
}

const shownCommand = (view: ProcessView): string =>
  view.kind === "container" || view.kind === "service" ? commandOf(view) : "-";

/** So much of a command on a terminal, to leave room for the rights. */
const mostCommand = 40;

const columnsOf = (options: { cut: boolean; now: number }): readonly Column<Line>[] => [
  { title: "PROCESS", of: ({ prefix, view }) => prefix + labelOf(view) },
  { title: "STATE", of: ({ view }) => shortStateOf(view, options.now) },
  { title: "USER", of: ({ view }) => view.user ?? (view.kind === "session" ? view.name : "-") },
  {
    title: "COMMAND",
    of: ({ view }) => (options.cut ? cutTo(printable(shownCommand(view)), mostCommand) : shownCommand(view)),
  },
  { title: "RIGHTS", of: ({ view }) => summaryOf(view.table) },
];

export function formatForest(
  forest: readonly TreeNode[],
  options: { style: TreeStyle; now: number; columns?: number | undefined },
): string {
  const lines = forest.flatMap((top) => [{ prefix: "", view: top.view }, ...linesOf(top.children, options.style, "")]);
  return formatTable(lines, columnsOf({ cut: options.columns !== undefined, now: options.now }), {
    columns: options.columns,
  });
}
