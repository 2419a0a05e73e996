import { createHash } from "node:crypto";
import { z } from "zod";
import {
  Fault,
  formatCapability,
  isQuotaKind,
  isSource,
  parseCapability,
  projectPathSchema,
  runtimeNameSchema,
  type RuntimeView,
  tableSchema,
} from "../../../kernel/abi/index.ts";

/**
 * How a file or a project is run: by which runtime, what is built before, and what is then started.
 *
 * It is a plan and no more: who asked for it spawns the processes that it names, with rights of their own. Pure.
 */

/** Where the outputs of builds are, a directory for each state of the sources. */
export const buildFolder = ".superos/build";

/**
 * `file` is a path in the project, or `.` for the project itself; without `runtime` the file's ending decides. `buildTable` is
 * what the build gets besides what its recipe names; a quota stands in the place of the recipe's.
 */
export const planRequestSchema = z.strictObject({
  file: z
    .string()
    .max(4096)
    .refine((text) => text === "." || projectPathSchema.safeParse(text).success, {
      message: "a project path is relative and has no empty, '.' or '..' part",
    }),
  runtime: runtimeNameSchema.nullable().default(null),
  buildTable: tableSchema.default([]),
});

const stepSchema = z.strictObject({
  argv: z.array(z.string()),
  /** Absolute in the container. */
  cwd: z.string(),
  /** The capabilities that it needs. */
  table: z.array(z.string()),
});

export const planSchema = z.strictObject({
  runtime: runtimeNameSchema,
  /** The path in the project of what is run. */
  file: z.string(),
  /** What has to end well before; `null` where nothing is to be built, or the outputs are there. */
  build: stepSchema.nullable(),
  /** The program's arguments are put after its argv. */
  run: stepSchema,
});
export type Plan = z.infer<typeof planSchema>;

export type Recipe = RuntimeView["files"][number] | RuntimeView["projects"][number];

/** What runs it, and which file that is. */
export interface Choice {
  runtime: RuntimeView;
  recipe: Recipe;
  file: string;
}

interface Asked {
  runtimes: readonly RuntimeView[];
  /** The runtime that was named. */
  runtime: string | null;
}

/** Faults: `not_found` for a runtime that is not there, or where none runs such files. */
export function chooseForFile({ runtimes, runtime }: Asked, file: string): Choice {
  const name = nameOf(file);
  for (const one of candidates(runtimes, runtime)) {
    const recipe =
      one.projects.find(({ marker }) => isSource(marker, name)) ??
      one.files.find(({ endings }) => endings.some((ending) => name.toLowerCase().endsWith(ending)));
    if (recipe !== undefined) return { runtime: one, recipe, file };
  }
  const what = runtime === null ? "no runtime runs" : `the runtime ${runtime} does not run`;
  throw new Fault("not_found", `${what} files like ${name}`, {
    hint: "superos runtimes lists what there is. To start a program of an image, write it after --.",
  });
}

/**
 * By the build files at the top of the project: the runtime that knows most of them, of equals the first. Faults: `not_found`
 * where there is none.
 */
export function chooseForProject({ runtimes, runtime }: Asked, names: readonly string[]): Choice {
  const known = candidates(runtimes, runtime);
  const choices = known.map((one) =>
    one.projects.flatMap((recipe): Choice[] => {
      const file = names.find((name) => isSource(recipe.marker, name));
      return file === undefined ? [] : [{ runtime: one, recipe, file }];
    }),
  );
  const [[first] = []] = choices.toSorted((a, b) => b.length - a.length);
  if (first !== undefined) return first;
  const markers = known.flatMap(({ projects }) => projects.map(({ marker }) => marker));
  throw new Fault("not_found", "the project has no build file that a runtime knows", {
    hint: `They are ${[...new Set(markers)].join(", ") || "none"}. Name the file to run instead.`,
  });
}

function candidates(runtimes: readonly RuntimeView[], name: string | null): readonly RuntimeView[] {
  const named = runtimes.filter((one) => name === null || one.name === name);
  if (named.length > 0) return named;
  const hint = `The runtimes are: ${runtimes.map((one) => one.name).join(", ")}.`;
  throw new Fault("not_found", `no runtime ${JSON.stringify(name)}`, { hint });
}

/** The names of the files on which a build's outputs depend: all of the runtime's kind, and what the recipe names. */
export function sourcesOf({ runtime, recipe, file }: Choice): string[] {
  const own = "endings" in recipe ? recipe.endings : runtime.files.flatMap(({ endings }) => endings);
  return [...new Set([...own.map((ending) => `*${ending}`), ...recipe.sources, nameOf(file)])];
}

/** The name of the outputs: of the sources, and of all else that goes into them. */
export function keyOf({ runtime, recipe, file }: Choice, digest: string): string {
  const parts = [digest, runtime.name, runtime.image, file, recipe.build];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}

/** With `key` where the recipe builds; `isBuilt` says whether those outputs are there, `table` what was asked for besides. */
export interface Built {
  key: string;
  isBuilt: boolean;
  table: readonly string[];
}

/** What a build needs, and what it gets besides. No quota is there twice. */
function buildTableOf(needed: readonly string[], besides: readonly string[]): string[] {
  const capabilities = besides.map((text) => parseCapability(text));
  const said = capabilities.map((capability) => formatCapability(capability));
  const quotas = new Set<string>(capabilities.map(({ kind }) => kind).filter(isQuotaKind));
  return [...needed.filter((text) => !said.includes(text) && !quotas.has(parseCapability(text).kind)), ...said];
}

export function planOf(choice: Choice, built: Built | null): Plan {
  const { runtime, recipe, file } = choice;
  const path = `/project/${file}`;
  const dir = path.slice(0, path.lastIndexOf("/"));
  const out = `/project/${buildFolder}/${built?.key ?? ""}`;
  const places: Readonly<Record<string, string>> = { "{file}": path, "{dir}": dir, "{out}": out };
  const fill = (argv: readonly string[]): string[] =>
    argv.map((text) => text.replaceAll(/\{(?:file|dir|out)\}/g, (found) => places[found] ?? found));
  const reads = "FS_READ:/project";
  return {
    runtime: runtime.name,
    file,
    build:
      recipe.build === null || built === null || built.isBuilt
        ? null
        : {
            argv: ["superos-build", out, ...fill(recipe.build.argv)],
            cwd: dir,
            table: buildTableOf([reads, `FS_WRITE:/project/${buildFolder}`, ...recipe.build.table], built.table),
          },
    run: { argv: fill(recipe.run), cwd: "/project", table: [reads] },
  };
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
