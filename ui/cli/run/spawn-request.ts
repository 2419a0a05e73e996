import {
  type ProjectId,
  type TerminalSize,
  formatCapability,
  isQuotaKind,
  parseCapability,
} from "../../../kernel/abi/index.ts";
import { UsageError } from "../failure.ts";

/** From the options of `superos run` to a spawn request. Pure. */

export interface RunOptions {
  project?: string;
  runtime: string;
  /** Another image, in the place of a runtime. */
  image?: string;
  cap: readonly string[];
  /** Capabilities that it may use and not hand on. */
  seal: readonly string[];
  env: Readonly<Record<string, string>>;
  /** In milliseconds. */
  timeout?: number;
  cwd?: string;
  /** The endpoint by which others of the project reach its NET_BIND. */
  name?: string;
  engineRuntime?: string;
  /** Whether it ends with the session. */
  tied?: boolean;
  /** Whether it makes way for what somebody waits for. */
  bg?: boolean;
  detach?: boolean;
  /** Whether its input stays open when it is detached. */
  interactive?: boolean;
  /** The size of the terminal that it gets. */
  terminal?: TerminalSize;
}

/**
 * The capabilities that it may hand on; the sealed ones come beside them. With a project and nothing but quotas named, the program may read the project's files;
 * whoever names any other capability names them all.
 */
export function tableOf(options: Pick<RunOptions, "project" | "cap" | "seal" | "timeout">): string[] {
  const kinds = [...options.cap, ...options.seal].map((text) => parseCapability(text).kind);
  const table = [...options.cap];
  if (options.project !== undefined && kinds.every(isQuotaKind)) table.unshift("FS_READ:/project");
  if (options.timeout === undefined) return table;
  if (kinds.includes("TIME"))
    throw new UsageError("--timeout and TIME: as a capability say the same thing; give one of them");
  return [...table, formatCapability({ kind: "TIME", amount: options.timeout })];
}

/** The body of `POST /processes`. */
export function spawnRequest(options: RunOptions, project: ProjectId | null, argv: readonly string[]) {
  const attached = options.detach !== true;
  return {
    project,
    ...(options.image === undefined ? { runtime: options.runtime } : { image: options.image }),
    argv,
    env: options.env,
    cwd: options.cwd ?? null,
    table: tableOf(options),
    sealed: options.seal,
    name: options.name ?? null,
    tied: options.tied === true,
    engineRuntime: options.engineRuntime ?? null,
    stdin: options.terminal === undefined && (attached || options.interactive === true),
    lossless: attached && options.terminal === undefined,
    tty: options.terminal ?? null,
    class: options.bg === true ? "background" : "foreground",
  };
}
