import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { slackShare } from "./allowance.ts";
import { leastEntryBytes } from "./tree-size.ts";

/**
 * Bounds the files of a project by the file system's own project quota, where it has one.
 *
 * The bound is what is there, and what all its writers together have left: it can be passed by nobody, however late the
 * watchdog is, which tells the writers apart and ends them. It is a little above that, so that a single writer is ended
 * before it sees an error. Nobody is bounded while nobody writes. What fails here is logged: the watchdog goes on.
 */

const run = promisify(execFile);
const toolMs = 600_000;

/** A directory whose files are one project of the file system, under an id of its own; 0 is everything else. */
export interface ProjectTree {
  dir: string;
  id: number;
}

export interface QuotaWriter {
  limitBytes: number;
  /** What it may still grow, as last measured. */
  leftBytes(): Promise<number>;
}

type Log = (message: string, details?: Record<string, unknown>) => void;

const tools = ["chattr", "lsattr", "repquota", "setquota"] as const;
type Tool = (typeof tools)[number];

/** Where a program is; also where only root's PATH leads. */
function find(tool: Tool): string | undefined {
  const dirs = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
  return dirs
    .filter((dir) => dir.startsWith("/"))
    .map((dir) => join(dir, tool))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The programs that are missing here, of those that this needs. */
export const missingTools = (): Tool[] => tools.filter((tool) => find(tool) === undefined);

async function use(tool: Tool, args: readonly string[]): Promise<string> {
  const { stdout } = await run(find(tool) ?? tool, args, { timeout: toolMs, maxBuffer: 64 << 20 });
  return stdout;
}

export interface QuotaUsage {
  bytes: number;
  files: number;
}

/** What a project uses, of the lines of `repquota -P -n -O csv`; nothing is not listed. */
export function usageOf(id: number, report: string): QuotaUsage {
  for (const line of report.split("\n")) {
    const fields = line.split(",");
    if (fields[0] !== `#${id}`) continue;
    return { bytes: Number(fields[3]) * 1024, files: Number(fields[7]) };
  }
  return { bytes: 0, files: 0 };
}

/** Whether a line of `lsattr -p -d` says that what is made in a directory belongs to the project. */
export function inherits(id: number, line: string): boolean {
  const [, project, flags] = /^\s*(\d+)\s+(\S+)\s/.exec(line) ?? [];
  return project === String(id) && flags?.includes("P") === true;
}

/** The arguments that bound a project to so much more than it uses; nothing more to write, no bound. */
export function boundsFor(usage: QuotaUsage, writers: readonly { limitBytes: number; leftBytes: number }[]): string[] {
  if (writers.length === 0) return ["0", "0", "0", "0"];
  const more = writers.reduce((sum, { limitBytes, leftBytes }) => sum + leftBytes + (limitBytes * slackShare) / 4, 0);
  const blocks = Math.ceil((usage.bytes + more) / 1024);
  const files = usage.files + Math.ceil(more / leastEntryBytes);
  return ["0", String(blocks), "0", String(files)];
}

/** One project, with those that write to it; what is done to it is done in turn. */
export class ProjectQuota {
  readonly #tree: ProjectTree;
  readonly #mount: string;
  readonly #log: Log;
  readonly #writers = new Set<QuotaWriter>();
  #ready: Promise<boolean> = Promise.resolve(false);
  #turn: Promise<void> = Promise.resolve();

  constructor(tree: ProjectTree, mount: string, log: Log) {
    this.#tree = tree;
    this.#mount = mount;
    this.#log = log;
  }

  /** Before anybody can write to it, what lies in it is made the project's, by name. */
  prepare(): void {
    if (this.#writers.size === 0) this.#ready = this.#adopt().catch((error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): false {
    this.#log("a project has no quota of the file system", { dir: this.#tree.dir, error: String(error) });
    return false;
  }

  async #adopt(): Promise<boolean> {
    const { dir, id } = this.#tree;
    const isAdopted = async (): Promise<boolean> => inherits(id, await use("lsattr", ["-p", "-d", dir]));
    if (await isAdopted()) return true;
    // Links and pipes cannot be changed, nor files be told to hand on: both are an error that says nothing.
    const change = async (what: readonly string[]): Promise<unknown> =>
      use("chattr", ["-R", "-f", ...what, dir]).catch(() => undefined);
    await change(["+P"]);
    await change(["-p", String(id)]);
    if (!(await isAdopted())) throw new Error("chattr did not change the project");
    return true;
  }

  /** Bounds it with one more writer; resolves when that holds. */
  async enter(writer: QuotaWriter): Promise<void> {
    this.#writers.add(writer);
    await this.#renew();
  }

  /** Bounds it without a writer. */
  async leave(writer: QuotaWriter): Promise<void> {
    if (this.#writers.delete(writer)) await this.#renew();
  }

  /** Bounds it no more. */
  async clear(): Promise<void> {
    if (this.#writers.size === 0) return;
    this.#writers.clear();
    await this.#renew();
  }

  #renew(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#bound());
    return this.#turn;
  }

  async #bound(): Promise<void> {
    try {
      if (!(await this.#ready)) return;
      const { id } = this.#tree;
      const writers = [...this.#writers];
      const left = await Promise.all(writers.map((writer) => writer.leftBytes()));
      const usage = usageOf(id, await use("repquota", ["-P", "-n", "-O", "csv", this.#mount]));
      const bounds = boundsFor(
        usage,
        writers.map(({ limitBytes }, at) => ({ limitBytes, leftBytes: left[at] ?? limitBytes })),
      );
      await use("setquota", ["-P", String(id), ...bounds, this.#mount]);
    } catch (error) {
      this.#failed(error);
    }
  }
}
