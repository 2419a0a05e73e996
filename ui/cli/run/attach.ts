import type { IncomingMessage } from "node:http";
import { Fault, type Outcome, type Pid, describeOutcome, exitCodeOf } from "../../../kernel/abi/index.ts";
import type { Cli } from "../cli.ts";
import { BrokenPipe, WriteFailure } from "../failure.ts";
import { printable } from "../format/printable.ts";
import { copyOutput } from "../http/output.ts";
import { sendSignal } from "./signals.ts";
import { outputSink } from "./sink.ts";
import { uploadInput } from "./upload-input.ts";
import { tellWait } from "./wait-notice.ts";

/**
 * This command's input and output as those of one process, or of several of which the first reads and all write.
 *
 * Who reads the output decides: when that reader goes, the processes are killed, as a pipe's writer would be.
 */

async function copyUntilEnd(
  cli: Cli,
  pid: Pid,
  how: { opened: IncomingMessage | undefined; signal: AbortSignal },
): Promise<Outcome> {
  const request = { pid, follow: true, lossless: true, stoodBefore: true, ...how };
  try {
    const outcome = await copyOutput(cli.client, request, outputSink(cli));
    if (outcome !== undefined) return outcome;
    throw new Fault("internal", `the output of process ${pid} ended without an outcome`);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "unavailable") throw error;
    throw new Fault("unavailable", `lost process ${pid}, which may still run: ${error.message}`, {
      hint: `Once SuperOS answers again: superos logs ${pid} -f`,
      cause: error,
    });
  }
}

/** Tells how it ended where the exit code alone would not; returns the exit code. */
export async function report(cli: Cli, pid: Pid, outcome: Outcome): Promise<number> {
  if (outcome.kind === "fault") throw new Fault(outcome.code, outcome.message);
  if (outcome.kind !== "code" && outcome.kind !== "signal") {
    await cli.stderr.write(`superos: process ${pid}: ${printable(describeOutcome(outcome))}\n`);
  }
  return exitCodeOf(outcome);
}

export interface Attached {
  pids: readonly [Pid, ...Pid[]];
  waits: boolean;
  /** The output of the first, where it is open already. */
  opened?: IncomingMessage;
}

/** Copies until all have ended, and returns how. The first, which gets the input, also stands for whether they wait. */
export async function attach(cli: Cli, { pids, waits, opened }: Attached): Promise<Outcome[]> {
  const [first] = pids;
  const ended = new AbortController();
  // Output is asked for first: it is what somebody waits for.
  const outcomes = Promise.all(
    pids.map((pid) => copyUntilEnd(cli, pid, { signal: ended.signal, opened: pid === first ? opened : undefined })),
  );
  const input = uploadInput(cli, first, ended.signal);
  const notice = waits ? tellWait(cli, first, ended.signal) : undefined;
  try {
    return await outcomes;
  } catch (error) {
    if (error instanceof BrokenPipe || error instanceof WriteFailure) {
      await Promise.all(pids.map((pid) => sendSignal(cli, pid, "SIGKILL")));
    }
    throw error;
  } finally {
    ended.abort();
    await Promise.all([input, notice]);
  }
}
