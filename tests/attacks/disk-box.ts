import { execFile } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { z } from "zod";
import { engineSocket } from "../setup/engine.ts";

/**
 * A small file system of its own, and containers that fill it.
 *
 * The containers are the engine's plain ones with the kernel's seccomp profile: what holds them is the watchdog alone.
 */

const run = promisify(execFile);
export const boxUser = 10_001;

/** A new ext4 on a loop device, mounted below the temporary directory. */
export class LoopDisk implements AsyncDisposable {
  readonly #home: string;
  readonly dir: string;

  private constructor(home: string) {
    this.#home = home;
    this.dir = join(home, "disk");
  }

  /** With `quota` it counts and bounds projects. */
  static async make(bytes: number, how: { type?: "ext4" | "xfs"; quota?: boolean } = {}): Promise<LoopDisk> {
    const { type = "ext4", quota = false } = how;
    const disk = new LoopDisk(mkdtempSync(join(tmpdir(), "superos-disk-")));
    const image = join(disk.#home, "image");
    try {
      mkdirSync(disk.dir);
      await run("truncate", ["-s", String(bytes), image]);
      // Without lazy initialisation nothing but the test writes to it.
      const ext4 = ["-q", "-F", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0"];
      if (quota && type === "ext4") ext4.push("-O", "quota,project");
      if (type === "ext4") await run("mkfs.ext4", [...ext4, image]);
      else await run("mkfs.xfs", ["-q", "-f", image]);
      await run("mount", ["-o", quota ? "loop,prjquota" : "loop", image, disk.dir]);
    } catch (error) {
      rmSync(disk.#home, { recursive: true, force: true });
      throw error;
    }
    return disk;
  }

  /** A directory that the containers may write. */
  directory(name: string): string {
    const dir = join(this.dir, name);
    mkdirSync(dir);
    chownSync(dir, boxUser, boxUser);
    return dir;
  }

  get usedBytes(): number {
    const { bsize, blocks, bfree } = statfsSync(this.dir);
    return (blocks - bfree) * bsize;
  }

  /** Removes a directory with all that is in it. */
  clear(dir: string): void {
    rmSync(dir, { recursive: true, force: true });
  }

  get totalBytes(): number {
    const { bsize, blocks } = statfsSync(this.dir);
    return bsize * blocks;
  }

  get availableBytes(): number {
    const { bsize, bavail } = statfsSync(this.dir);
    return bavail * bsize;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await run("umount", [this.dir]);
    } catch {
      // Something still has it open: it goes when that does.
      await run("umount", ["-l", this.dir]);
    }
    rmSync(this.#home, { recursive: true, force: true });
  }
}

/** Why there can be no such loop-mounted file system here; `undefined` where there can. */
export async function noLoopDisk(how: { type?: "ext4" | "xfs"; quota?: boolean } = {}): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "only root may mount a loop device";
  try {
    const disk = await LoopDisk.make((how.type === "xfs" ? 512 : 64) * 1024 ** 2, how);
    await disk[Symbol.asyncDispose]();
    return undefined;
  } catch (error) {
    const [, why = String(error)] = String(error).trim().split("\n");
    return `no ${how.quota === true ? "project quota of " : ""}${how.type ?? "ext4"} on a loop device: ${why.trim()}`;
  }
}

async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const headers = { "content-type": "application/json" };
  const asked = request({ socketPath: engineSocket, method, path, headers }, (reply) => {
    buffer(reply).then((bytes) => {
      if ((reply.statusCode ?? 500) < 400) resolve(bytes);
      else reject(new Error(`${method} ${path}: ${reply.statusCode} ${bytes.toString("utf8")}`));
    }, reject);
  });
  asked.once("error", reject);
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  const text = (await promise).toString("utf8");
  return text === "" ? undefined : JSON.parse(text);
}

const images = z.array(z.object({ Id: z.string(), RepoTags: z.array(z.string()).nullable() }));

/** The image that has Python, as the tests' set-up provides it. */
export async function pythonImage(): Promise<string> {
  const found = images
    .parse(await ask("GET", "/images/json"))
    .find(({ RepoTags: tags }) => tags?.some((tag) => tag.startsWith("superos-python:")));
  if (found === undefined) throw new Error("the image of the runtime python is missing");
  return found.Id;
}

const profile = readFileSync(join(import.meta.dirname, "..", "..", "docker", "seccomp.json"), "utf8");

/** Runs a Python program that can write one directory, in which it starts once it is let go. */
export class DiskBox implements AsyncDisposable {
  readonly #id: string;
  readonly #gate: string;
  readonly hostPid: number;

  private constructor(id: string, gate: string, hostPid: number) {
    this.#id = id;
    this.#gate = gate;
    this.hostPid = hostPid;
  }

  static async start(image: string, dir: string, program: string): Promise<DiskBox> {
    const gate = mkdtempSync(join(tmpdir(), "superos-gate-"));
    chmodSync(gate, 0o755);
    const made = await ask("POST", "/containers/create", {
      Image: image,
      Entrypoint: ["sh", "-c", 'while [ ! -e /gate/go ]; do sleep 0.02; done; exec "$@"', "gate"],
      Cmd: ["python3", "-c", program],
      User: `${boxUser}:${boxUser}`,
      WorkingDir: "/project",
      HostConfig: {
        Init: true,
        NetworkMode: "none",
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges", `seccomp=${profile}`],
        Memory: 2 * 1024 ** 3,
        PidsLimit: 256,
        Binds: [`${dir}:/project`, `${gate}:/gate:ro`],
        Ulimits: [{ Name: "nofile", Soft: 16_384, Hard: 16_384 }],
        LogConfig: { Type: "json-file", Config: { "max-size": "1m" } },
      },
    });
    const { Id: id } = z.object({ Id: z.string() }).parse(made);
    await ask("POST", `/containers/${id}/start`);
    const state = z.object({ State: z.object({ Pid: z.number() }) });
    return new DiskBox(id, gate, state.parse(await ask("GET", `/containers/${id}/json`)).State.Pid);
  }

  go(): void {
    writeFileSync(join(this.#gate, "go"), "");
  }

  async kill(): Promise<void> {
    await ask("POST", `/containers/${this.#id}/kill?signal=SIGKILL`);
  }

  /** Resolves with its exit code when it has ended. */
  async ended(): Promise<number> {
    return z.object({ StatusCode: z.number() }).parse(await ask("POST", `/containers/${this.#id}/wait`)).StatusCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await ask("DELETE", `/containers/${this.#id}?force=1&v=1`);
    rmSync(this.#gate, { recursive: true, force: true });
  }
}
