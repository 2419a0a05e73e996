import { chmodSync } from "node:fs";
import { join } from "node:path";
import { listenIn } from "../net/listen-in.ts";
import type { Pid } from "../abi/index.ts";
import type { ProcessEntry } from "../process/process-table.ts";
import { BodyBudget } from "./body-budget.ts";
import { type DoorOptions, makeDoor } from "./door.ts";
import { Pace } from "./pace.ts";
import type { Principal } from "./principal.ts";

/** Of connections, more than any program needs at once; what is beyond is closed. */
const connectionLimit = 128;
/** How much of one process's requests is held unparsed: two of the largest. */
const bodiesBytes = 8 << 20;

export interface ProcessDoorOptions extends Omit<DoorOptions, "callers" | "principal"> {
  /** The process of this pid. Faults: `not_found` while there is none yet. */
  entry: (pid: Pid) => Pick<ProcessEntry, "user">;
}

/**
 * The door of one process, in whose name everything is that comes through it. It may be there before the process is.
 * Returns how to close it.
 */
export async function processDoor(options: ProcessDoorOptions, pid: Pid, dir: string): Promise<() => void> {
  const ended = new AbortController();
  let known: Principal | undefined;
  const caller = (): Principal => {
    if (known !== undefined) return known;
    const { user } = options.entry(pid);
    known = { kind: "process", pid, user, name: user === null ? `process ${pid}` : `${user}, process ${pid}`, ended };
    return known;
  };
  const server = makeDoor({
    ...options,
    callers: ["process", "principal"],
    principal: caller,
    pace: new Pace(options.now),
    bodies: new BodyBudget(bodiesBytes, options.bodies),
  });
  server.maxConnections = connectionLimit;
  server.headersTimeout = 10_000;
  const close = (): void => {
    ended.abort();
    server.close();
    server.closeAllConnections();
  };
  await listenIn(server, dir, "kernel.sock");
  try {
    chmodSync(join(dir, "kernel.sock"), 0o666);
    return close;
  } catch (error) {
    close();
    throw error;
  }
}
