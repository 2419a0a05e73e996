import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { engineGet, engineSocket } from "../setup/engine.ts";
import { finish } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { isAlive, text } from "./host-process.ts";

/**
 * A container engine of a test's own, which may be stopped and killed without anybody else noticing.
 *
 * It has a network namespace, state and socket of its own. What it leaves behind (shims, mounts, files) is found by its
 * directory and removed.
 */

const dockerd = ["/usr/sbin/dockerd", "/usr/bin/dockerd", "/usr/local/bin/dockerd"].find((path) => existsSync(path));

/** Why there can be none here; `undefined` where there can. */
export const noOwnEngine: string | undefined =
  process.geteuid?.() !== 0
    ? "only root can start a second engine"
    : dockerd === undefined
      ? "there is no dockerd on this machine"
      : undefined;

/** Of util-linux, which every system has. */
const withOwnNetwork = "unshare";

const tagsSchema = z.array(z.object({ RepoTags: z.array(z.string()).nullable() }));

const nameOf = (pid: number): string => text(`/proc/${pid}/comm`).trim();

export class OwnEngine {
  readonly #dir = mkdtempSync(join(tmpdir(), "superos-engine-"));
  #daemon: ChildProcess | undefined;

  get socket(): string {
    return join(this.#dir, "docker.sock");
  }

  get host(): string {
    return `unix://${this.socket}`;
  }

  get #runs(): boolean {
    return this.#daemon !== undefined && this.#daemon.exitCode === null && this.#daemon.signalCode === null;
  }

  /**
   * Starts it, or starts it again with the state that it had; one that runs is left alone. With `liveRestore` its containers
   * go on while it is gone.
   */
  async start({ liveRestore = false } = {}): Promise<void> {
    if (dockerd === undefined) throw new Error("there is no dockerd");
    if (this.#runs) return;
    rmSync(join(this.#dir, "dockerd.pid"), { force: true });
    writeFileSync(join(this.#dir, "config.json"), JSON.stringify({ "live-restore": liveRestore }));
    const own = ["data-root", "exec-root"].map((name) => `--${name}=${join(this.#dir, name)}`);
    const files = [`--pidfile=${join(this.#dir, "dockerd.pid")}`, `--config-file=${join(this.#dir, "config.json")}`];
    const network = ["--bridge=none", "--iptables=false"];
    const log = openSync(join(this.#dir, "log"), "a");
    // unshare becomes the daemon, so that its pid is the daemon's.
    this.#daemon = spawn(withOwnNetwork, ["--net", dockerd, "-H", this.host, ...own, ...files, ...network], {
      stdio: ["ignore", log, log],
      env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` },
    });
    closeSync(log);
    await waitFor(`the engine answers; its log: ${join(this.#dir, "log")}`, () => this.#answers());
  }

  async #answers(): Promise<boolean> {
    if (!this.#runs) throw new Error(readFileSync(join(this.#dir, "log"), "utf8").slice(-2000));
    await engineGet("/version", this.socket);
    return true;
  }

  /** Copies what the machine's engine has of the images that these tests use, with their tags. */
  async loadImages(): Promise<void> {
    const listed = tagsSchema.parse(await engineGet("/images/json"));
    const names = listed
      .flatMap(({ RepoTags: tags }) => tags ?? [])
      .filter((tag) => /^(debian:trixie-slim$|superos-(base|python):)/.test(tag));
    const query = names.map((name) => `names=${encodeURIComponent(name)}`).join("&");
    const load = request({
      socketPath: this.socket,
      method: "POST",
      path: "/images/load?quiet=1",
      headers: { "content-type": "application/x-tar" },
    });
    const loaded = once(load, "response");
    const get = request({ socketPath: engineSocket, path: `/images/get?${query}` }).end();
    const [archive] = await once(get, "response");
    await pipeline(archive, load);
    const [reply] = await loaded;
    reply.resume();
    await once(reply, "end");
    if (reply.statusCode !== 200) throw new Error(`the images were not loaded: ${reply.statusCode}`);
  }

  /** Stops it by a signal and waits until it is gone. */
  async stop(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const daemon = this.#daemon;
    if (daemon === undefined || !this.#runs) return;
    const gone = once(daemon, "exit");
    daemon.kill(signal);
    await gone;
    // Its containerd dies with it, but not at once; a next daemon must not take it for one that lives.
    const containerd = join(this.#dir, "exec-root", "containerd", "containerd.pid");
    await waitFor("its containerd is gone", () => !this.#left().some((pid) => nameOf(pid) === "containerd"));
    rmSync(containerd, { force: true });
  }

  /** Stops its clock, or lets it go on: it then takes connections and answers nothing. */
  freeze(frozen: boolean): void {
    this.#daemon?.kill(frozen ? "SIGSTOP" : "SIGCONT");
  }

  async remove(): Promise<void> {
    this.freeze(false);
    await this.stop("SIGTERM");
    for (const pid of this.#left()) process.kill(pid, "SIGKILL");
    await waitFor("its processes are gone", () => this.#left().length === 0);
    const mounts = readFileSync("/proc/self/mounts", "utf8")
      .split("\n")
      .flatMap((line) => line.split(" ")[1] ?? [])
      .filter((path) => path.startsWith(`${this.#dir}/`));
    for (const path of mounts.toReversed()) await finish("umount", ["--lazy", path]);
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** Processes that name its directory: its containerd and the shims. */
  #left(): number[] {
    return readdirSync("/proc")
      .flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []))
      .filter((pid) => pid !== process.pid && isAlive(pid) && this.#names(pid));
  }

  #names(pid: number): boolean {
    return /dockerd|containerd/.test(nameOf(pid)) && text(`/proc/${pid}/cmdline`).includes(this.#dir);
  }
}
