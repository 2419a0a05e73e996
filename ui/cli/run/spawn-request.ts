import { type ProjectId, formatCapability, isQuotaKind, parseCapability } from "../../../kernel/abi/index.ts";
import { UsageError } from "../failure.ts";

/** From the options of `superos run` to a spawn request. Pure. */

export interface RunOptions {
  project?: string;
  runtime: string;
  cap: readonly string[];
  env: Readonly<Record<string, string>>;
  /** In milliseconds. */
  timeout?: number;
  cwd?: string;
  detach?: boolean;
}

/**
 * The capability table. With a project and nothing but quotas named, the program may read the project's files;
 * whoever names any other capability names them all.
 */
export function tableOf(options: Pick<RunOptions, "project" | "cap" | "timeout">): string[] {
  const kinds = options.cap.map((text) => parseCapability(text).kind);
  const table = [...options.cap];
  if (options.project !== undefined && kinds.every(isQuotaKind)) table.unshift("FS_READ:/project");
  if (options.timeout === undefined) return table;
  if (kinds.includes("TIME")) throw new UsageError("--timeout and --cap TIME: say the same thing; give one of them");
  return [...table, formatCapability({ kind: "TIME", amount: options.timeout })];
}

/** The body of `POST /processes`. */
export function spawnRequest(options: RunOptions, project: ProjectId | null, argv: readonly string[]) {
  const attached = options.detach !== true;
  return {
    project,
    runtime: options.runtime,
    argv,
    env: options.env,
    cwd: options.cwd ?? null,
    table: tableOf(options),
    stdin: attached,
    lossless: attached,
  };
}
