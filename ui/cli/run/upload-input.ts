import type { Readable } from "node:stream";
import { Fault, type Pid, syscalls } from "../../../kernel/abi/index.ts";
import type { Cli } from "../cli.ts";
import { printable } from "../format/printable.ts";
import { route } from "../http/client.ts";

/**
 * Sends this command's standard input to the program, and its end.
 *
 * It must never hold up the exit: the caller aborts it once the program has ended, whatever input is left. Input that
 * the program does not take is no failure; input that a lost connection cut off is told, because it cannot be resumed.
 */
export async function uploadInput(cli: Cli, pid: Pid, signal: AbortSignal): Promise<void> {
  const path = route("processes", pid, "stdin");
  const contentType = "application/octet-stream";
  const request = { method: "POST", path, query: { end: true }, contentType, signal } as const;
  const input: Readable = process.stdin;
  try {
    await cli.client.send(request, input, syscalls.stdin.response);
  } catch (error) {
    if (signal.aborted || (error instanceof Fault && (error.code === "bad_state" || error.code === "not_found")))
      return;
    const reason = error instanceof Error ? printable(error.message) : "unknown";
    await cli.stderr.write(`superos: the input of process ${pid} was cut off: ${reason}\n`);
  } finally {
    input.destroy();
  }
}
