import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { containersWith } from "./engine.ts";

/**
 * A whole SuperOS for one test file: its own home, port and instance, on the machine's engine.
 *
 * It is started as people start it and is stopped by its own Ctrl-C; what it left behind is then a failure that
 * `leftovers` shows. Nothing that it did not start is touched.
 */

export const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const cliFile = z.object({ url: z.string(), token: z.string() });
const listed = z.object({ processes: z.array(z.object({ pid: z.number() })) });
const upTimeoutMs = 120_000;

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  stderr: string;
}

export interface CliOptions {
  input?: Buffer | string;
  env?: Readonly<Record<string, string>>;
  /** Called with the process as soon as it runs, for signals and early input. */
  started?: (child: ChildProcess) => void;
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Runs a command to its end. */
export async function finish(command: string, args: readonly string[], options: CliOptions = {}): Promise<Finished> {
  const child = spawn(command, args, { env: { ...process.env, ...options.env }, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => undefined);
  options.started?.(child);
  if (options.input !== undefined || options.started === undefined) child.stdin.end(options.input ?? "");
  const ended = once(child, "close");
  const [stdout, stderr] = await Promise.all([buffer(child.stdout), buffer(child.stderr)]);
  await ended;
  return { code: child.exitCode, signal: child.signalCode, stdout, stderr: stderr.toString("utf8") };
}

export class Instance {
  readonly home: string;
  readonly port: number;
  readonly url: string;
  readonly token: string;
  readonly signInUrl: string;
  readonly kernel: ChildProcess;
  readonly #log: { text: string };

  private constructor(started: {
    home: string;
    port: number;
    kernel: ChildProcess;
    log: { text: string };
    line: string;
  }) {
    this.home = started.home;
    this.port = started.port;
    this.kernel = started.kernel;
    this.#log = started.log;
    const { url, token } = cliFile.parse(JSON.parse(readFileSync(join(started.home, "cli.json"), "utf8")));
    this.url = url;
    this.token = token;
    this.signInUrl = /http\S+\/signin#code=\S+/.exec(started.line)?.[0] ?? "";
  }

  /** Starts one and waits until it is up. With `home`, that of an earlier one is used again. */
  static async start(
    options: { home?: string; port?: number; env?: Readonly<Record<string, string>> } = {},
  ): Promise<Instance> {
    const home = options.home ?? mkdtempSync(join(tmpdir(), "superos-test-"));
    const port = options.port ?? (await freePort());
    const kernel = spawn(process.execPath, [join(checkout, "kernel", "main.ts")], {
      env: { ...process.env, ...options.env, SUPEROS_HOME: home, SUPEROS_PORT: String(port) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const log = { text: "" };
    kernel.stderr.on("data", (chunk: Buffer) => (log.text += chunk.toString("utf8")));
    const line = await new Promise<string>((resolve, reject) => {
      let out = "";
      const late = setTimeout(() => reject(new Error(`not up in time:\n${log.text}`)), upTimeoutMs);
      kernel.stdout.on("data", (chunk: Buffer) => {
        out += chunk.toString("utf8");
        if (!out.includes("\n")) return;
        clearTimeout(late);
        resolve(out.trim());
      });
      kernel.once("close", (code) => reject(new Error(`the kernel ended with ${code}:\n${log.text}`)));
    });
    return new Instance({ home, port, kernel, log, line });
  }

  get log(): string {
    return this.#log.text;
  }

  /** This instance's label on containers. */
  get label(): string {
    const { instance } = z
      .object({ instance: z.string() })
      .parse(JSON.parse(readFileSync(join(this.home, "instance.json"), "utf8")));
    return `superos.instance=${instance}`;
  }

  /** Runs the superos command against this instance. */
  cli(args: readonly string[], options: CliOptions = {}): Promise<Finished> {
    const env = { SUPEROS_HOME: this.home, NO_COLOR: "1", ...options.env };
    return finish(process.execPath, [join(checkout, "ui", "cli", "superos.mjs"), ...args], { ...options, env });
  }

  /** A request to the HTTP API with the local token. */
  api(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${this.token}`, ...Object.fromEntries(new Headers(init.headers)) };
    return fetch(`${this.url}${path}`, { ...init, headers });
  }

  /** A request with a JSON body. */
  post(path: string, body: unknown): Promise<Response> {
    return this.api(path, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });
  }

  /** Stops it as Ctrl-C does; returns its exit code. The home stays. */
  async stop(): Promise<number | null> {
    if (this.kernel.exitCode === null && this.kernel.signalCode === null) {
      const closed = once(this.kernel, "close");
      this.kernel.kill("SIGINT");
      await closed;
    }
    return this.kernel.exitCode;
  }

  /** Stops it and removes its home. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.home, { recursive: true, force: true });
  }

  /**
   * Containers of this instance that the engine knows, running or not; while it runs without its embryos, which are those
   * of no process that there is or was.
   */
  async containers(socket?: string): Promise<string[]> {
    const found = await containersWith(this.label, socket);
    if (this.kernel.exitCode !== null || this.kernel.signalCode !== null) return found.map(({ Id: id }) => id);
    const reply = await this.api("/api/v1/processes?all=true");
    const { processes } = listed.parse(await reply.json());
    const pids = new Set(processes.map(({ pid }) => String(pid)));
    return found.flatMap(({ Id: id, Labels: labels }) => (pids.has(labels["superos.pid"] ?? "") ? [id] : []));
  }
}
