import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import Docker from "dockerode";
import { z } from "zod";
import { Fault, parseAtDoor } from "../abi/index.ts";
import { atEngine } from "./engine-fault.ts";
import { parseJson } from "./parse-json.ts";

/**
 * Makes images: by pulling, from a script, from a folder.
 *
 * Every step tells what it does through `progress`, a line each. An error is a fault with the engine's own words.
 */

export type Progress = (line: string) => void;

/** The engine says `null` where there is none. */
const given = <S extends z.ZodType>(schema: S, none: z.output<S>) =>
  schema.nullish().transform((value) => value ?? none);

const imageSchema = z.object({
  Id: z.string(),
  Size: z.number(),
  Config: z.object({
    Labels: given(z.record(z.string(), z.string()), {}),
    Entrypoint: given(z.array(z.string()), []),
    Cmd: given(z.array(z.string()), []),
    WorkingDir: z.string().default(""),
    Volumes: given(z.record(z.string(), z.unknown()), {}),
  }),
});
export interface FoundImage {
  /** Content id. */
  id: string;
  bytes: number;
  labels: Readonly<Record<string, string>>;
  /** What it says of how it is run; whoever made the image says it. */
  config: Pick<z.output<typeof imageSchema>["Config"], "Entrypoint" | "Cmd" | "WorkingDir" | "Volumes">;
}

const progressSchema = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
  aux: z.object({ ID: z.string().optional() }).optional(),
});
type BuildOptions = { t?: string; buildargs?: Record<string, string>; labels?: Record<string, string> };

/** What a build of the engine said. */
interface Built {
  /** Content id; without one nothing was built. */
  id: string | undefined;
  lines: string[];
}

const keptLines = 1000;
/** Colours by which the engine marks what went to stderr. */
const colours = new RegExp(`${String.fromCodePoint(27)}\\[[0-9;]*m`, "g");

export class ImageBuilder {
  readonly #docker: Docker;

  constructor(docker: Docker = new Docker()) {
    this.#docker = docker;
  }

  async find(ref: string): Promise<FoundImage | undefined> {
    try {
      const found: unknown = await atEngine(`image ${ref}`, () => this.#docker.getImage(ref).inspect());
      const { Id: id, Size: bytes, Config: config } = parseAtDoor(imageSchema, found, "engine image");
      return { id, bytes, labels: config.Labels, config };
    } catch (error) {
      if (error instanceof Fault && error.code === "not_found") return undefined;
      throw error;
    }
  }

  async require(ref: string): Promise<FoundImage> {
    const found = await this.find(ref);
    if (found === undefined) throw new Fault("internal", `the image ${ref} is not there after it was made`);
    return found;
  }

  async pull(ref: string, progress: Progress): Promise<void> {
    progress(`Pulling ${ref}`);
    await this.#follow(await atEngine("pull", () => this.#docker.pull(ref)), progress);
  }

  /** From a root file system that a script writes to its stdout as a tar. */
  async import(script: string, ref: string, progress: Progress): Promise<void> {
    const writer = spawn("sh", [script], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise<number>((resolve, reject) => {
      writer.once("error", reject);
      writer.once("close", (code) => resolve(code ?? -1));
    });
    const [repo, tag] = ref.split(":");
    const imported = atEngine("import", () => this.#docker.importImage(writer.stdout, { repo, tag }));
    const [code, reply] = await Promise.all([ended, imported]);
    if (code !== 0) throw new Fault("unavailable", `${ref} could be neither pulled nor built`);
    await this.#follow(reply, progress);
  }

  /** From a folder with a Dockerfile. */
  async build(dir: string, options: BuildOptions, progress: Progress): Promise<void> {
    requireBuilt(await this.#build(dir, options, progress));
  }

  /** What a command says in the image of a name, its first line. It runs as a step of a build, and leaves no image. */
  async firstLineOf(image: string, argv: readonly string[]): Promise<string> {
    const made = await this.#buildText(`FROM ${image}\nRUN ${JSON.stringify(argv)}\n`, {});
    if (made.id !== undefined) await this.remove(made.id);
    const start = made.lines.findIndex((line) => line.includes("Running in"));
    const said = made.lines.slice(start + 1).find((line) => line !== "" && !line.startsWith("---> "));
    if (start === -1 || said === undefined || said.startsWith("Removing intermediate container"))
      throw new Fault("internal", `${argv.join(" ")} says nothing`);
    return said.slice(0, 100);
  }

  /** A file of an image. */
  read(image: string, path: string): Promise<Buffer> {
    return this.#within(image, async (container) => {
      const archive = await atEngine("read", async () => buffer(await container.getArchive({ path })));
      // One file: a header of 512 bytes, with the size in octal from byte 124, and the content.
      const size = Number.parseInt(archive.toString("ascii", 124, 136), 8);
      return archive.subarray(512, 512 + size);
    });
  }

  /** Which of these paths are links in an image, and where each leads in the end. */
  links(image: string, paths: readonly string[]): Promise<[path: string, target: string][]> {
    return this.#within(image, async (container) => {
      const links: [string, string][] = [];
      for (const path of paths) {
        const target = await linkTarget(container, path);
        if (target !== "") links.push([path, target]);
      }
      return links;
    });
  }

  /** Looks into an image by a container that never starts. */
  async #within<T>(image: string, look: (container: Docker.Container) => Promise<T>): Promise<T> {
    const spec = { Image: image, Entrypoint: ["none"], NetworkDisabled: true };
    const container = await atEngine("create", () => this.#docker.createContainer(spec));
    try {
      return await look(container);
    } finally {
      await atEngine("remove", () => container.remove({ force: true, v: true }));
    }
  }

  /** The image of a name with labels, by another name. */
  async label(image: string, options: { tag: string; labels: Record<string, string> }): Promise<void> {
    const { tag, labels } = options;
    requireBuilt(await this.#buildText(`FROM ${image}\n`, { t: tag, labels }));
  }

  async #buildText(dockerfile: string, options: BuildOptions): Promise<Built> {
    const dir = await mkdtemp(join(tmpdir(), "superos-image-"));
    try {
      await writeFile(join(dir, "Dockerfile"), dockerfile);
      return await this.#build(dir, options, () => undefined);
    } finally {
      await rm(dir, { recursive: true });
    }
  }

  async #build(dir: string, options: BuildOptions, progress: Progress): Promise<Built> {
    const context = { context: dir, src: await readdir(dir) };
    const stream = await atEngine("build", () => this.#docker.buildImage(context, { ...options, forcerm: true }));
    return this.#follow(stream, progress);
  }

  /** Removes a name, and the image where nothing else holds it. */
  async remove(image: string): Promise<void> {
    await atEngine("remove image", () => this.#docker.getImage(image).remove()).catch(() => undefined);
  }

  /** Reads the engine's progress to its end. Faults: `internal` with the engine's error. */
  async #follow(stream: NodeJS.ReadableStream, progress: Progress): Promise<Built> {
    const made: Built = { id: undefined, lines: [] };
    let failed: string | undefined;
    const read = (text: string): void => {
      if (text.trim() === "") return;
      const {
        stream: said,
        status,
        error,
        aux,
      } = parseAtDoor(progressSchema, parseJson(text, "the engine's progress"), "engine progress");
      made.id = aux?.ID ?? made.id;
      failed = error ?? failed;
      for (const part of (said ?? status ?? "").split("\n")) {
        const line = part.replaceAll(colours, "").trim();
        if (line === "") continue;
        if (made.lines.push(line) > keptLines) made.lines.shift();
        if (/^(Step|Status:|Digest:)/.test(line)) progress(`  ${briefly(line)}`);
      }
    };
    let rest = "";
    for await (const chunk of stream as Readable) {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) read(line);
    }
    read(rest);
    if (failed !== undefined) throw new Fault("internal", failed, { cause: made.lines.slice(-60).join("\n") });
    return made;
  }
}

const replySchema = z.object({ "x-docker-container-path-stat": z.string() });
const statSchema = z.object({ linkTarget: z.string() });

/** Empty for what is no link, or not there. */
async function linkTarget(container: Docker.Container, path: string): Promise<string> {
  try {
    const reply: unknown = await atEngine(`stat ${path}`, () => container.infoArchive({ path }));
    const headers: unknown = typeof reply === "object" && reply !== null && "headers" in reply ? reply.headers : {};
    const { "x-docker-container-path-stat": text } = parseAtDoor(replySchema, headers, "engine stat");
    const stat = parseJson(Buffer.from(text, "base64").toString("utf8"), "the engine's stat");
    return parseAtDoor(statSchema, stat, "engine stat").linkTarget;
  } catch (error) {
    if (error instanceof Fault && error.code === "not_found") return "";
    throw error;
  }
}

const shownChars = 100;

/** Steps are told by how they begin. */
function briefly(line: string): string {
  const text = line.replaceAll(/\s+/g, " ");
  return text.length <= shownChars ? text : `${text.slice(0, shownChars - 1)}…`;
}

function requireBuilt({ id }: Built): void {
  if (id === undefined) throw new Fault("internal", "the engine built no image");
}
