import { EventEmitter } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Fault,
  parseAtDoor,
  type RuntimeManifest,
  runtimeManifestSchema,
  type RuntimeName,
  toFault,
} from "../abi/index.ts";
import { folderHash } from "./folder-hash.ts";
import { type FoundImage, ImageBuilder, type Progress } from "./image-builder.ts";
import { parseJson } from "./parse-json.ts";

/**
 * Images: Debian, the base with what every box holds, and one for each runtime folder on top of that, built on first use.
 *
 * An image is cached by the content of its folder and of what it is built from, so that it is built again exactly when one
 * of them changes. One is built at a time, once for all who wait for it. Containers are made from content ids, never from
 * tags.
 */

export const debianImage = "debian:trixie-slim";

/** The folder of the base, which is no runtime: every other one is built from it. */
const baseFolder = "base";
const versionLabel = "superos.version";

export interface RuntimeImage {
  /** Content id. */
  id: string;
  bytes: number;
  version: string;
}

/** A runtime and how far its image is. */
export interface RuntimeState {
  manifest: RuntimeManifest;
  image: RuntimeImage | undefined;
  /** The last line of its build while it is built or waits for that. */
  progress: string | undefined;
  /** Why the last try gave none. */
  problem: Fault | undefined;
}

export interface ImagesOptions {
  /** The folder `images/`. */
  dir: string;
  /** A script that writes Debian's root file system as a tar to stdout. */
  baseScript: string;
  /** Settings that name images from elsewhere. */
  env: Readonly<Record<string, string | undefined>>;
  progress: Progress;
}

interface Runtime extends RuntimeState {
  making: Promise<RuntimeImage> | undefined;
}

export class Images extends EventEmitter<{ changed: [RuntimeName] }> {
  readonly #options: ImagesOptions;
  readonly #builder: ImageBuilder;
  readonly #runtimes = new Map<RuntimeName, Runtime>();
  #base = "";
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ImagesOptions, builder = new ImageBuilder()) {
    super();
    this.#options = options;
    this.#builder = builder;
  }

  /** Provides the base and reads all runtimes; their images are those that are there. Faults: `invalid` manifests. */
  async load(): Promise<void> {
    const { dir } = this.#options;
    const debian = (await this.#builder.find(debianImage)) ?? (await this.#provideDebian());
    this.#base = await this.#provideBase(debian);
    const entries = await readdir(dir, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory() && entry.name !== baseFolder);
    for (const folder of folders.map(({ name }) => name).toSorted()) {
      const manifest = await this.#manifestOf(folder);
      const image = await this.#find(manifest);
      this.#runtimes.set(manifest.name, {
        manifest,
        image,
        progress: undefined,
        problem: undefined,
        making: undefined,
      });
    }
  }

  /** All runtimes, by name. */
  get all(): RuntimeState[] {
    return [...this.#runtimes.values()];
  }

  /** Whether there is such a runtime and its image. */
  has(name: RuntimeName): boolean {
    return this.#runtimes.get(name)?.image !== undefined;
  }

  /** Faults: `not_found`, naming those that exist. */
  get(name: RuntimeName): RuntimeState {
    return this.#get(name);
  }

  /** The image of a runtime, built where its folder has none. Faults: `unavailable` when it cannot be built. */
  provide(name: RuntimeName): Promise<RuntimeImage> {
    const runtime = this.#get(name);
    runtime.making ??= this.#inTurn(runtime).finally(() => {
      runtime.making = undefined;
      this.emit("changed", name);
    });
    return runtime.making;
  }

  /** A file of the base. */
  readBase(path: string): Promise<Buffer> {
    return this.#builder.read(this.#base, path);
  }

  #get(name: RuntimeName): Runtime {
    const runtime = this.#runtimes.get(name);
    if (runtime !== undefined) return runtime;
    const known = [...this.#runtimes.keys()].join(", ");
    throw new Fault("not_found", `no runtime ${JSON.stringify(name)}`, { hint: `The runtimes are: ${known}.` });
  }

  async #inTurn(runtime: Runtime): Promise<RuntimeImage> {
    const { title } = runtime.manifest;
    this.#tell(runtime, `Waiting for another image, to build that of ${title}`);
    const own = this.#turn.catch(() => undefined).then(() => this.#make(runtime));
    this.#turn = own;
    try {
      runtime.image = await own;
      runtime.problem = undefined;
      return runtime.image;
    } catch (error) {
      const { code, message, hint: told, cause } = toFault(error);
      // What a Dockerfile's step says is no defect of ours.
      const hint = code === "internal" ? "The log has the end of the build's output. Another try may help." : told;
      if (typeof cause === "string") this.#options.progress(cause);
      runtime.problem = new Fault("unavailable", `no image of ${title}: ${message}`, { hint, cause });
      throw runtime.problem;
    } finally {
      runtime.progress = undefined;
    }
  }

  async #make(runtime: Runtime): Promise<RuntimeImage> {
    const { dir } = this.#options;
    // Its folder may have changed since it was read.
    const manifest = await this.#manifestOf(runtime.manifest.name);
    runtime.manifest = manifest;
    const found = await this.#find(manifest);
    if (found !== undefined) return found;
    const progress = (line: string): void => {
      this.#options.progress(line);
      this.#tell(runtime, line.trim());
    };
    const from = await this.#fromOf(manifest, progress);
    progress(`Building the image of ${manifest.title}`);
    const tag = await this.#tagOf(manifest);
    const buildargs = { BASE: this.#base, ...(from === undefined ? {} : { FROM: from }) };
    const plain = `${tag}-plain`;
    await this.#builder.build(join(dir, manifest.name), { t: plain, buildargs }, progress);
    const version = await this.#builder.firstLineOf(plain, manifest.version);
    await this.#builder.label(plain, { tag, labels: { [versionLabel]: version } });
    await this.#builder.remove(plain);
    return imageOf(await this.#builder.require(tag));
  }

  #tell(runtime: Runtime, line: string): void {
    runtime.progress = line;
    this.emit("changed", runtime.manifest.name);
  }

  async #manifestOf(folder: string): Promise<RuntimeManifest> {
    const where = `images/${folder}/runtime.json`;
    const text = await readFile(join(this.#options.dir, folder, "runtime.json"), "utf8");
    const manifest = parseAtDoor(runtimeManifestSchema, parseJson(text, where), where);
    if (manifest.name !== folder) throw new Fault("invalid", `${where} names another runtime`);
    return manifest;
  }

  async #find(manifest: RuntimeManifest): Promise<RuntimeImage | undefined> {
    if (manifest.from !== undefined && this.#referenceOf(manifest.from) === undefined) return undefined;
    const found = await this.#builder.find(await this.#tagOf(manifest));
    return found === undefined ? undefined : imageOf(found);
  }

  async #tagOf({ name, from }: RuntimeManifest): Promise<string> {
    const reference = from === undefined ? "" : (this.#referenceOf(from) ?? "");
    return `superos-${name}:${await folderHash(join(this.#options.dir, name), `${this.#base} ${reference}`)}`;
  }

  #referenceOf(from: NonNullable<RuntimeManifest["from"]>): string | undefined {
    return "image" in from ? from.image : this.#options.env[from.setting];
  }

  /** The image from elsewhere that a runtime is built from. Faults: `unavailable`, saying what is missing. */
  async #fromOf({ from }: RuntimeManifest, progress: Progress): Promise<string | undefined> {
    if (from === undefined) return undefined;
    const reference = this.#referenceOf(from);
    if (reference === undefined) throw new Fault("unavailable", "no image is configured", { hint: from.missing });
    try {
      if ((await this.#builder.find(reference)) === undefined) await this.#builder.pull(reference, progress);
    } catch (error) {
      const message = `${reference} is not here and cannot be pulled: ${toFault(error).message}`;
      throw new Fault("unavailable", message, { hint: from.missing, cause: error });
    }
    return reference;
  }

  async #provideDebian(): Promise<FoundImage> {
    const { progress, baseScript } = this.#options;
    try {
      await this.#builder.pull(debianImage, progress);
    } catch (error) {
      progress(`No registry answers (${error instanceof Error ? error.message : "unknown"})`);
      progress(`Building ${debianImage} from Debian's packages (about a minute)`);
      await this.#builder.import(baseScript, debianImage, progress);
    }
    return this.#builder.require(debianImage);
  }

  /** The name of the base's image. */
  async #provideBase(debian: FoundImage): Promise<string> {
    const { dir, progress } = this.#options;
    const folder = await mkdtemp(join(tmpdir(), "superos-base-"));
    try {
      await cp(join(dir, baseFolder), folder, { recursive: true });
      await copyAuthorities(join(folder, "ca"));
      const tag = `superos-${baseFolder}:${await folderHash(folder, debian.id)}`;
      if ((await this.#builder.find(tag)) !== undefined) return tag;
      progress("Building the base of all runtimes (about a minute)");
      await this.#builder.build(folder, { t: tag }, progress);
      return tag;
    } finally {
      await rm(folder, { recursive: true });
    }
  }
}

/** Whom the machine's administrator trusts besides the well-known ones, where Debian keeps that. */
const addedAuthorities = "/usr/local/share/ca-certificates";

async function copyAuthorities(to: string): Promise<void> {
  const names = await readdir(addedAuthorities).catch(() => []);
  for (const name of names.filter((each) => each.endsWith(".crt")))
    await cp(join(addedAuthorities, name), join(to, name));
}

const imageOf = ({ id, bytes, labels }: FoundImage): RuntimeImage => ({
  id,
  bytes,
  version: labels[versionLabel] ?? "unknown",
});
