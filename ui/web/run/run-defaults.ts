import type { RuntimeView } from "../../../kernel/abi/index.ts";
import { formatCapability, isQuotaKind, isSource, parseCapability } from "../../../kernel/abi/index.ts";
import type { QuotaKind } from "../../../kernel/abi/index.ts";
import { commandForFile } from "./split-command.ts";

/** What the run panel offers before anybody has typed: the runtime that fits, its command, its limits. Pure. */
export interface RunDefault {
  runtime: RuntimeView | null;
  argv: string[];
  /** What takes a plan and no argv, as it may have to be built before: a file, or `.` for the project; null for a command. */
  planned: string | null;
}

interface Situation {
  runtimes: readonly RuntimeView[];
  /** The runtime that a person chose, or none. */
  chosen: string | null;
  /** Open files, the one that is shown first. */
  files: readonly string[];
  /** The names of the files at the project's top. */
  top: readonly string[];
  /** Whether the person wants a file run or the project; without a wish it is a file where one is open that runs. */
  wish: "file" | "project" | null;
}

type Recipe = RuntimeView["files"][number] | RuntimeView["projects"][number];

/** As the server's plan has it: a build file by its name, any other by its ending. */
function recipeFor(runtime: RuntimeView, file: string): Recipe | undefined {
  const name = file.slice(file.lastIndexOf("/") + 1);
  return (
    runtime.projects.find(({ marker }) => isSource(marker, name)) ??
    runtime.files.find(({ endings }) => endings.some((ending) => name.toLowerCase().endsWith(ending)))
  );
}

/** The one that the command takes, too; else one whose image nobody has to wait for. */
const usual = (runtimes: readonly RuntimeView[]): RuntimeView | undefined =>
  runtimes.find(({ name }) => name === "python") ?? runtimes.find(({ state }) => state === "ready") ?? runtimes[0];

const allowed = (runtimes: readonly RuntimeView[], chosen: string | null): readonly RuntimeView[] =>
  chosen === null ? runtimes : runtimes.filter(({ name }) => name === chosen);

/** What makes a program give its results as typed tables, which the page then shows. */
const asTables: Readonly<Record<string, readonly string[]>> = { "sql-run": ["--format", "jsonl"] };

function ofFile({ runtimes, chosen, files }: Situation): RunDefault | null {
  for (const file of files) {
    for (const runtime of allowed(runtimes, chosen)) {
      const recipe = recipeFor(runtime, file);
      if (recipe === undefined) continue;
      if (recipe.build !== null || "marker" in recipe) return { runtime, argv: [], planned: file };
      const argv = commandForFile(recipe.run, file);
      return { runtime, argv: [...argv, ...(asTables[argv[0] ?? ""] ?? [])], planned: null };
    }
  }
  return null;
}

/** By the build files at its top, as the server's plan has it: the runtime that knows most of them. */
export function projectDefault({ runtimes, chosen, top }: Pick<Situation, "runtimes" | "chosen" | "top">) {
  const known = allowed(runtimes, chosen).flatMap((runtime) => {
    const markers = runtime.projects.flatMap(({ marker }) => top.find((name) => isSource(marker, name)) ?? []);
    return markers[0] === undefined ? [] : [{ runtime, marker: markers[0], count: markers.length }];
  });
  const [first] = known.toSorted((a, b) => b.count - a.count);
  return first === undefined ? null : { runtime: first.runtime, marker: first.marker };
}

export function runDefault(situation: Situation): RunDefault {
  const { runtimes, chosen, wish } = situation;
  const file = wish === "project" ? null : ofFile(situation);
  const project = wish === "file" ? null : projectDefault(situation);
  if (file !== null) return file;
  if (project !== null) return { runtime: project.runtime, argv: [], planned: "." };
  return { runtime: usual(allowed(runtimes, chosen)) ?? null, argv: [], planned: null };
}

/** The runtime whose programs are started by this word, the one that is offered first; none where no runtime's are. */
export function runtimeOfCommand(
  { runtimes, offered }: { runtimes: readonly RuntimeView[]; offered: RuntimeView | null },
  word: string | undefined,
): RuntimeView | undefined {
  const starts = ({ files, projects }: RuntimeView): boolean =>
    [...files, ...projects].some(({ run }) => run[0] === word);
  return [...(offered === null ? [] : [offered]), ...runtimes].find(starts);
}

export type QuotaTexts = Readonly<Partial<Record<QuotaKind, string>>>;

/** The amounts of a runtime's own quotas, as they are written after the colon. */
export function quotaTexts(runtime: RuntimeView | null): QuotaTexts {
  const texts: Partial<Record<QuotaKind, string>> = {};
  for (const text of runtime?.quotas ?? []) {
    const capability = parseCapability(text);
    if (isQuotaKind(capability.kind)) {
      texts[capability.kind] = formatCapability(capability).slice(capability.kind.length + 1);
    }
  }
  return texts;
}
