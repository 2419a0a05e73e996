import { chmodSync } from "node:fs";
import { join } from "node:path";
import { listenIn } from "../net/listen-in.ts";
import type { ProcessEntry } from "../process/process-table.ts";
import { BodyBudget } from "./body-budget.ts";
import { type DoorOptions, makeDoor } from "./door.ts";
import { Pace } from "./pace.ts";
import type { Principal } from "./principal.ts";

/** Of connections, more than any program needs at once; what is beyond is closed. */
const connectionLimit = 128;
/** How much of one process's requests is held unparsed: two of the largest. */
const bodiesBytes = 8 << 20;

/** The door of one process, in whose name everything is that comes through it. Returns how to close it. */
export async function processDoor(
  options: Omit<DoorOptions, "callers" | "principal">,
  { pid, user }: ProcessEntry,
  dir: string,
): Promise<() => void> {
  const ended = new AbortController();
  const caller: Principal = {
    kind: "process",
    pid,
    user,
    name: user === null ? `process ${pid}` : `${user}, process ${pid}`,
    ended,
  };
  const server = makeDoor({
    ...options,
    callers: ["process", "principal"],
    principal: () => caller,
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
