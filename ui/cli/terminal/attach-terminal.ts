import { setTimeout as sleep } from "node:timers/promises";
import { Fault, type Outcome, type Pid, type TerminalSize } from "../../../kernel/abi/index.ts";
import type { Cli } from "../cli.ts";
import { BrokenPipe } from "../failure.ts";
import { count } from "../format/amounts.ts";
import { printable } from "../format/printable.ts";
import { route } from "../http/client.ts";
import { copyOutput, type OutputSink } from "../http/output.ts";
import { DetachKeys } from "./detach-keys.ts";
import { OwnTerminal, sizeHere } from "./own-terminal.ts";
import { TypedInput } from "./typed-input.ts";

/**
 * This command's terminal as that of a process, until the process ends, the keys that detach are typed, or the terminal is
 * gone.
 */

/** How long a program gets to see that a size is another. */
const betweenSizesMs = 100;

export type TerminalEnd = { type: "outcome"; outcome: Outcome } | { type: "detached" } | { type: "gone" };

export interface TerminalRequest {
  pid: Pid;
  /** How much of the output is not shown, because it was there before. */
  from: number;
  detachKeys: readonly number[];
  /** The size that it has. */
  size: TerminalSize;
  /** Whether the program must be made to draw its screen again. */
  redraw: boolean;
  /** Signals to this command that are the end of its terminal. */
  goneOn: readonly NodeJS.Signals[];
}

/** A raw terminal needs the carriage's return, too. */
const terminalSink = (cli: Cli): OutputSink => ({
  write: (_stream, data) => cli.stdout.write(data),
  gap: (_stream, bytes) => cli.stderr.write(`superos: ${count(bytes, "byte")} were dropped under the OUT quota\r\n`),
});

async function setSize(cli: Cli, pid: Pid, size: TerminalSize): Promise<void> {
  await cli.client.tell({ method: "PUT", path: route("processes", pid, "tty"), json: size });
}

/** A size that could not be set is set by the next change; most often the process has just ended. */
function setSizeSoon(cli: Cli, pid: Pid, { size, redraw }: { size: TerminalSize; redraw: boolean }): void {
  const set = async (): Promise<void> => {
    if (redraw) {
      await setSize(cli, pid, { ...size, rows: size.rows === 1 ? 2 : size.rows - 1 });
      await sleep(betweenSizesMs);
    }
    await setSize(cli, pid, size);
  };
  set().catch(() => undefined);
}

export async function attachTerminal(cli: Cli, request: TerminalRequest): Promise<TerminalEnd> {
  const { pid, from, redraw } = request;
  const { promise: left, resolve: leave, reject: refuse } = Promise.withResolvers<TerminalEnd>();
  const ended = new AbortController();
  const input = new TypedInput(cli, pid, refuse);
  const keys = new DetachKeys(request.detachKeys);
  const gone = (): void => leave({ type: "gone" });
  using own = new OwnTerminal({
    typed: (typed) => {
      const { data, detach } = keys.take(typed);
      if (!input.write(data)) {
        own.pause();
        void input.room().then(() => own.resume());
      }
      if (detach) leave({ type: "detached" });
    },
    size: (size) => setSizeSoon(cli, pid, { size, redraw: false }),
    gone,
  });
  for (const signal of request.goneOn) process.on(signal, gone);
  const size = sizeHere();
  if (redraw || size.rows !== request.size.rows || size.columns !== request.size.columns) {
    setSizeSoon(cli, pid, { size, redraw });
  }
  let end: TerminalEnd | undefined;
  try {
    const shown = copyUntilEnd(cli, { pid, from, signal: ended.signal });
    shown.catch(() => undefined);
    end = await Promise.race([left, shown]);
    return end;
  } catch (error) {
    if (error instanceof BrokenPipe) return { type: "gone" };
    throw error;
  } finally {
    ended.abort();
    input.close();
    for (const signal of request.goneOn) process.off(signal, gone);
    const tidy = end?.type === "outcome" && end.outcome.kind === "code";
    if (!tidy) await cli.stdout.write(own.cleanUp).catch(() => undefined);
  }
}

async function copyUntilEnd(
  cli: Cli,
  { pid, from, signal }: { pid: Pid; from: number; signal: AbortSignal },
): Promise<TerminalEnd> {
  const asked = { pid, follow: true, lossless: false, stoodBefore: true, signal, from: { stdout: from, stderr: 0 } };
  try {
    const outcome = await copyOutput(cli.client, asked, terminalSink(cli));
    if (outcome !== undefined) return { type: "outcome", outcome };
    throw new Fault("internal", `the output of process ${pid} ended without an outcome`);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "unavailable") throw error;
    throw new Fault("unavailable", `lost process ${pid}, which may still run: ${printable(error.message)}`, {
      hint: `Once SuperOS answers again: superos attach ${pid}`,
      cause: error,
    });
  }
}
