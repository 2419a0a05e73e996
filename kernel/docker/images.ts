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
 * Images: the shared base, and one for each runtime folder.
 *
 * An image is cached by the content of its folder and of its base, so that it is built again exactly when one of them
 * changes. Long steps say what they do through `progress`. Containers are made from content ids, never from tags.
 */

export const baseImage = "debian:trixie-slim";

export interface BuiltRuntime {
  manifest: RuntimeManifest;
  image: string;
  imageBytes: number;
}

export interface ImagesOptions {
  /** The folder `images/`. */
  dir: string;
  /** A script that writes the base's root file system as a tar to stdout. */
  baseScript: string;
  progress: (line: string) => void;
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
    const base = (await this.#find(baseImage)) ?? (await this.#provideBase());
    const entries = await readdir(this.#options.dir, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    const built: BuiltRuntime[] = [];
    for (const folder of folders.toSorted()) built.push(await this.#provideRuntime(folder, base.Id));
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

  async #provideBase(): Promise<z.infer<typeof imageSchema>> {
    const { progress, baseScript } = this.#options;
    progress(`Pulling ${baseImage}`);
    try {
      await this.#follow(await atEngine("pull", () => this.#docker.pull(baseImage)));
    } catch (error) {
      progress(`No registry answers (${error instanceof Error ? error.message : "unknown"})`);
      progress(`Building ${baseImage} from Debian's packages (about a minute)`);
      const script = spawn("sh", [baseScript], { stdio: ["ignore", "pipe", "inherit"] });
      const ended = new Promise<number>((resolve, reject) => {
        script.once("error", reject);
        script.once("close", (code) => resolve(code ?? -1));
      });
      const [repo, tag] = baseImage.split(":");
      const imported = atEngine("import", () => this.#docker.importImage(script.stdout, { repo, tag }));
      const [code, reply] = await Promise.all([ended, imported]);
      if (code !== 0) throw new Fault("unavailable", `${baseImage} could be neither pulled nor built`);
      await this.#follow(reply);
    }
    return this.#require(baseImage);
  }

  async #provideRuntime(folder: string, base: string): Promise<BuiltRuntime> {
    const dir = join(this.#options.dir, folder);
    const text = await readFile(join(dir, "runtime.json"), "utf8");
    const manifest = parseAtDoor(runtimeManifestSchema, parseJson(text, folder), `images/${folder}/runtime.json`);
    if (manifest.name !== folder) throw new Fault("invalid", `images/${folder}/runtime.json names another runtime`);
    const tag = `superos-${folder}:${await folderHash(dir, base)}`;
    let image = await this.#find(tag);
    if (image === undefined) {
      this.#options.progress(`Building the image of ${manifest.title} (about a minute)`);
      const context = { context: dir, src: await readdir(dir) };
      await this.#follow(await atEngine("build", () => this.#docker.buildImage(context, { t: tag, forcerm: true })));
      image = await this.#require(tag);
    }
    return { manifest, image: image.Id, imageBytes: image.Size };
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
