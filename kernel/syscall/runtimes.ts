import {
  type Capability,
  type CapabilityTable,
  formatCapability,
  type RuntimeManifest,
  type RuntimeName,
  type RuntimeView,
  Fault,
} from "../abi/index.ts";
import type { Images, RuntimeState } from "../docker/images.ts";

/**
 * The runtimes of this instance: each manifest with its image, which is built when it is first needed.
 *
 * A manifest is for every machine: where it names more CPU than this one has, it is this one's.
 */

export interface Runtime {
  manifest: RuntimeManifest;
  /** Content id of the image. */
  image: string;
}

export class Runtimes {
  readonly #images: Pick<Images, "all" | "get" | "has" | "provide">;
  readonly #cores: number;

  constructor(images: Pick<Images, "all" | "get" | "has" | "provide">, cores: number) {
    this.#images = images;
    this.#cores = cores;
  }

  /** Resolves when its image is there. Faults: `not_found`, naming those that exist; `unavailable`. */
  async provide(name: RuntimeName): Promise<RuntimeView> {
    await this.#images.provide(name);
    return viewOf(this.#here(this.#images.get(name)));
  }

  isReady(name: RuntimeName): boolean {
    return this.#images.has(name);
  }

  /** Faults: `not_found`, naming those that exist; `unavailable` before its image is there. */
  get(name: RuntimeName): Runtime {
    const { manifest, image } = this.#here(this.#images.get(name));
    if (image === undefined) throw new Fault("unavailable", `the image of ${manifest.title} is not built yet`);
    return { manifest, image: image.id };
  }

  views(): RuntimeView[] {
    return this.#images.all.map((state) => viewOf(this.#here(state)));
  }

  #here(state: RuntimeState): RuntimeState {
    const within = (table: CapabilityTable): Capability[] =>
      table.map((entry) =>
        entry.kind === "CPU" ? { ...entry, amount: Math.min(entry.amount, this.#cores * 1000) } : entry,
      );
    const built = <R extends Recipe>(recipe: R): R =>
      recipe.build === undefined
        ? recipe
        : { ...recipe, build: { ...recipe.build, table: within(recipe.build.table) } };
    const { manifest } = state;
    const { files, projects, quotas } = manifest;
    const fitting = { files: files.map(built), projects: projects.map(built), quotas: within(quotas) };
    return { ...state, manifest: { ...manifest, ...fitting } };
  }
}

type Recipe = Pick<RuntimeManifest["files"][number], "build" | "sources" | "run">;

const recipeOf = ({ build, sources, run }: Recipe) => ({
  build: build === undefined ? null : { argv: build.argv, table: build.table.map(formatCapability) },
  sources,
  run,
});

function viewOf(runtime: RuntimeState): RuntimeView {
  const { manifest, image, progress, problem } = runtime;
  return {
    name: manifest.name,
    title: manifest.title,
    files: manifest.files.map((rule) => ({ endings: rule.endings, ...recipeOf(rule) })),
    projects: manifest.projects.map((rule) => ({ marker: rule.marker, ...recipeOf(rule) })),
    errors: manifest.errors,
    quotas: manifest.quotas.map(formatCapability),
    state: stateOf(runtime),
    progress: progress ?? null,
    problem: problem === undefined ? null : `${problem.message}. ${problem.hint}`,
    version: image?.version ?? null,
    image: image?.id ?? null,
    imageBytes: image?.bytes ?? null,
  };
}

function stateOf({ manifest, image, progress, problem }: RuntimeState): RuntimeView["state"] {
  if (progress !== undefined) return "building";
  if (image !== undefined) return "ready";
  if (problem === undefined) return "missing";
  return manifest.from === undefined ? "failed" : "unavailable";
}
