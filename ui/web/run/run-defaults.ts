import type { RuntimeView } from "../../../kernel/abi/index.ts";
import { formatCapability, isQuotaKind, parseCapability } from "../../../kernel/abi/index.ts";
import type { QuotaKind } from "../../../kernel/abi/index.ts";
import { commandForFile } from "./split-command.ts";

/** What the run panel offers before anybody has typed: the runtime that fits a file, its command, its limits. Pure. */
export interface RunDefault {
  runtime: RuntimeView | null;
  argv: string[];
  /** The file that has to be built before it can be run, which takes a plan and no argv; null where there is none. */
  builds: string | null;
}

interface Situation {
  runtimes: readonly RuntimeView[];
  /** The runtime that a person chose, or none. */
  chosen: string | null;
  /** Open files, the one that is shown first. */
  files: readonly string[];
}

const recipeFor = (runtime: RuntimeView, file: string): RuntimeView["files"][number] | undefined =>
  runtime.files.find(({ endings }) => endings.some((ending) => file.toLowerCase().endsWith(ending)));

/** The one that the command takes, too; else one whose image nobody has to wait for. */
const usual = (runtimes: readonly RuntimeView[]): RuntimeView | undefined =>
  runtimes.find(({ name }) => name === "python") ?? runtimes.find(({ state }) => state === "ready") ?? runtimes[0];

export function runDefault({ runtimes, chosen, files }: Situation): RunDefault {
  const candidates = chosen === null ? runtimes : runtimes.filter(({ name }) => name === chosen);
  for (const file of files) {
    for (const runtime of candidates) {
      const recipe = recipeFor(runtime, file);
      if (recipe === undefined) continue;
      return recipe.build === null
        ? { runtime, argv: commandForFile(recipe.run, file), builds: null }
        : { runtime, argv: [], builds: file };
    }
  }
  return { runtime: usual(candidates) ?? null, argv: [], builds: null };
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
