import { existsSync, rmSync } from "node:fs";
import { z } from "zod";
import { createLog } from "../client/log.ts";
import { socketName } from "./message.ts";
import { SpoolerServer } from "./server.ts";

/**
 * The spooler: takes what programs write from their FIFOs to disk, and outlives the kernel that started it.
 *
 * It runs as the kernel's user in a session of its own, listens in its working directory, which only that user can
 * enter, and does nothing but what a kernel of its own instance orders. It parses no byte of a program's output.
 */

const { SUPEROS_INSTANCE: instance, SUPEROS_SPOOL_DIR: spoolDir } = z
  .object({ SUPEROS_INSTANCE: z.string().min(1), SUPEROS_SPOOL_DIR: z.string().startsWith("/") })
  .parse(process.env);
const log = createLog("spooler");

const done = (why: string): void => {
  log("info", "ends", { why });
  rmSync(socketName, { force: true });
  // What was just answered is written first.
  setTimeout(() => process.exit(0), 50);
};

// What a terminal sends to those who started the kernel in it is not for the spooler.
for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);

const server = new SpoolerServer({ instance, spoolDir, log, reachable: () => existsSync(socketName), done });
// The directory's mode keeps others out; the socket's says so again.
process.umask(0o177);
rmSync(socketName, { force: true });
server.listener.listen(socketName, () => {
  process.umask(0o077);
  log("info", "listens", { pid: process.pid, instance });
});
