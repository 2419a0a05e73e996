import { spawn } from "node:child_process";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { once } from "node:events";
import { checkout, finish } from "../tests/setup/instance.ts";

/**
 * Programs without SuperOS: in a plain container of their own each time, and as the bare tool in one that runs already.
 *
 * The bare tool is started by `starter.c`, which runs inside and takes the time there, so that no `docker exec` is in it.
 */

/** What a box of the same program has: the same image, quotas, files and user. */
export interface Plain {
  image: string;
  argv: readonly string[];
  cwd: string;
  /** The project's files on the host. */
  filesDir: string;
  uid: number;
  quotas: { cpus: string; memory: string; pids: string };
}

export interface Took {
  firstByteMs: number;
  /** How much it wrote. */
  bytes: number;
}

function optionsOf({ cwd, filesDir, uid, quotas }: Plain): string[] {
  const { cpus, memory, pids } = quotas;
  const limits = ["--cpus", cpus, "--memory", memory, "--memory-swap", memory, "--pids-limit", pids];
  const files = ["-v", `${filesDir}:/project:ro`, "-w", cwd, "--read-only", "--tmpfs", "/tmp"];
  return ["run", "--rm", "--init", "--network", "none", "--user", `${uid}:${uid}`, ...limits, ...files];
}

/** `docker run`, from its start to the program's first byte. */
export async function dockerRun(plain: Plain): Promise<Took> {
  const from = performance.now();
  const child = spawn("docker", [...optionsOf(plain), plain.image, ...plain.argv], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let firstByteMs: number | undefined;
  let bytes = 0;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    firstByteMs ??= performance.now() - from;
    bytes += chunk.length;
  }
  if (firstByteMs === undefined) throw new Error(`docker run ${plain.argv.join(" ")} printed nothing`);
  return { firstByteMs, bytes };
}

/** Compiles the starter, static, with the compiler of an image. */
export async function buildStarter(image: string, folder: string): Promise<void> {
  const input = readFileSync(join(checkout, "bench", "starter.c"));
  const compiler = ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-D_GNU_SOURCE", "-x", "c", "-o"];
  const run = ["run", "--rm", "-i", "--network", "none", "-v", `${folder}:/out`, image];
  const { code, stderr } = await finish("docker", [...run, ...compiler, "/out/starter", "-"], { input });
  if (code !== 0) throw new Error(`the starter was not compiled: ${stderr}`);
  // Other users start it.
  chmodSync(folder, 0o755);
}

/** A container in which a program is started again and again. */
export class BareTool implements AsyncDisposable {
  readonly #argv: readonly string[];
  readonly #child;
  readonly #lines: AsyncIterator<string>;

  /** `folder` has the starter. */
  constructor(plain: Plain, folder: string) {
    const options = ["-i", "-v", `${folder}:/starter:ro`, plain.image, "/starter/starter"];
    this.#argv = plain.argv;
    this.#child = spawn("docker", [...optionsOf(plain), ...options, ...plain.argv], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.stdin.on("error", () => undefined);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async run(): Promise<Took> {
    this.#child.stdin.write("x");
    const { value, done } = await this.#lines.next();
    const [microseconds, bytes] = done === true ? [] : value.split(" ").map(Number);
    if (microseconds === undefined || bytes === undefined || microseconds < 0)
      throw new Error(`${this.#argv.join(" ")} printed nothing in its container`);
    return { firstByteMs: microseconds / 1000, bytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "close");
    this.#child.stdin.end();
    await ended;
  }
}
