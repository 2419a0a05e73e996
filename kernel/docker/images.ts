import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import Docker from "dockerode";
import { z } from "zod";
import { Fault, parseAtDoor, type RuntimeManifest, runtimeManifestSchema } from "../abi/index.ts";
import { atEngine } from "./engine-fault.ts";
import { folderHash } from "./folder-hash.ts";

/**
 * Images: Debian, the base with what every box holds, and one for each runtime folder on top of that.
 *
 * An image is cached by the content of its folder and of what it is built from, so that it is built again exactly when one
 * of them changes. Long steps say what they do through `progress`. Containers are made from content ids, never from tags.
 */

export const debianImage = "debian:trixie-slim";

/** The folder of the base, which is no runtime: every other one is built from it. */
const baseFolder = "base";

export interface BuiltRuntime {
  manifest: RuntimeManifest;
  image: string;
  imageBytes: number;
}

export interface ImagesOptions {
  /** The folder `images/`. */
  dir: string;
  /** A script that writes Debian's root file system as a tar to stdout. */
  baseScript: string;
  progress: (line: string) => void;
}

/** One folder's image: what it is built from is part of what its tag stands for. */
interface Build {
  folder: string;
  title: string;
  salt: string;
  buildargs?: Record<string, string>;
}

const imageSchema = z.object({ Id: z.string(), Size: z.number() });
const progressSchema = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
});

export class Images {
  readonly #docker: Docker;
  readonly #options: ImagesOptions;

  constructor(options: ImagesOptions, docker: Docker = new Docker()) {
    this.#options = options;
    this.#docker = docker;
  }

  /** Every runtime with its image, built where it is missing. Faults: `invalid` manifests, failed builds. */
  async provide(): Promise<BuiltRuntime[]> {
    const debian = (await this.#find(debianImage)) ?? (await this.#provideDebian());
    const base = await this.#build({ folder: baseFolder, title: "the base of all runtimes", salt: debian.Id });
    const entries = await readdir(this.#options.dir, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    const built: BuiltRuntime[] = [];
    for (const folder of folders.toSorted()) {
      if (folder !== baseFolder) built.push(await this.#provideRuntime(folder, base.tag));
    }
    return built;
  }

  async #find(ref: string): Promise<z.infer<typeof imageSchema> | undefined> {
    try {
      const found: unknown = await atEngine(`image ${ref}`, () => this.#docker.getImage(ref).inspect());
      return parseAtDoor(imageSchema, found, "engine image");
    } catch (error) {
      if (error instanceof Fault && error.code === "not_found") return undefined;
      throw error;
    }
  }

  async #require(ref: string): Promise<z.infer<typeof imageSchema>> {
    const found = await this.#find(ref);
    if (found === undefined) throw new Fault("internal", `the image ${ref} is not there after it was made`);
    return found;
  }

  async #provideDebian(): Promise<z.infer<typeof imageSchema>> {
    const { progress, baseScript } = this.#options;
    progress(`Pulling ${debianImage}`);
    try {
      await this.#follow(await atEngine("pull", () => this.#docker.pull(debianImage)));
    } catch (error) {
      progress(`No registry answers (${error instanceof Error ? error.message : "unknown"})`);
      progress(`Building ${debianImage} from Debian's packages (about a minute)`);
      const script = spawn("sh", [baseScript], { stdio: ["ignore", "pipe", "inherit"] });
      const ended = new Promise<number>((resolve, reject) => {
        script.once("error", reject);
        script.once("close", (code) => resolve(code ?? -1));
      });
      const [repo, tag] = debianImage.split(":");
      const imported = atEngine("import", () => this.#docker.importImage(script.stdout, { repo, tag }));
      const [code, reply] = await Promise.all([ended, imported]);
      if (code !== 0) throw new Fault("unavailable", `${debianImage} could be neither pulled nor built`);
      await this.#follow(reply);
    }
    return this.#require(debianImage);
  }

  async #provideRuntime(folder: string, base: string): Promise<BuiltRuntime> {
    const dir = join(this.#options.dir, folder);
    const text = await readFile(join(dir, "runtime.json"), "utf8");
    const manifest = parseAtDoor(runtimeManifestSchema, parseJson(text, folder), `images/${folder}/runtime.json`);
    if (manifest.name !== folder) throw new Fault("invalid", `images/${folder}/runtime.json names another runtime`);
    const { image } = await this.#build({ folder, title: manifest.title, salt: base, buildargs: { BASE: base } });
    return { manifest, image: image.Id, imageBytes: image.Size };
  }

  /** The image of a folder, built where it is missing. Faults: failed builds. */
  async #build(wanted: Build): Promise<{ tag: string; image: z.infer<typeof imageSchema> }> {
    const { folder, title, salt, buildargs = {} } = wanted;
    const dir = join(this.#options.dir, folder);
    const tag = `superos-${folder}:${await folderHash(dir, salt)}`;
    const found = await this.#find(tag);
    if (found !== undefined) return { tag, image: found };
    this.#options.progress(`Building the image of ${title} (about a minute)`);
    const context = { context: dir, src: await readdir(dir) };
    const options = { t: tag, forcerm: true, buildargs };
    await this.#follow(await atEngine("build", () => this.#docker.buildImage(context, options)));
    return { tag, image: await this.#require(tag) };
  }

  /** Reads the engine's progress to its end. Faults: `internal` with the engine's error. */
  async #follow(stream: NodeJS.ReadableStream): Promise<void> {
    let failed: string | undefined;
    let rest = "";
    for await (const chunk of stream as Readable) {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) failed = this.#progressLine(line) ?? failed;
    }
    failed = this.#progressLine(rest) ?? failed;
    if (failed !== undefined) throw new Fault("internal", failed);
  }

  /** Shows one line of the engine's progress; returns the error that it tells of. */
  #progressLine(line: string): string | undefined {
    if (line.trim() === "") return undefined;
    const { stream, status, error } = parseAtDoor(progressSchema, parseJson(line, "progress"), "engine progress");
    const text = (stream ?? status ?? "").trim();
    if (/^(Step|Status:|Digest:)/.test(text)) this.#options.progress(`  ${text}`);
    return error;
  }
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Fault("invalid", `${what} is not JSON`);
  }
}
