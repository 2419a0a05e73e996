import { setImmediate } from "node:timers/promises";
import type { KernelClient } from "../../../kernel/client/index.ts";
import { diagnosticLimit, diagnosticSteps, filesOf, type Diagnostics } from "../../diagnostics/index.ts";
import { readTails, tailBytes } from "./output-tail.ts";

/**
 * A process's errors, from what the kernel keeps of its output and what its runtime's manifest says of its messages.
 *
 * Nothing is kept here: it is read with the asking session's rights, each time, so whoever may not read the output is
 * refused.
 */

export interface Asking {
  client: KernelClient;
  /** The handle of the session that asks. */
  session: string;
  signal: AbortSignal;
}

const none: Diagnostics = { diagnostics: [], truncated: false };

async function familiesOf(runtime: string | null, { client, session, signal }: Asking): Promise<readonly string[]> {
  if (runtime === null) return [];
  const { runtimes } = await client.call("runtime_list", {}, { session, signal });
  return runtimes.find(({ name }) => name === runtime)?.errors ?? [];
}

/** Lets every other request have its turn between two steps; whoever has gone costs no more. */
async function inTurns(steps: Generator<undefined, Diagnostics>, signal: AbortSignal): Promise<Diagnostics> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await setImmediate();
    signal.throwIfAborted();
  }
}

export async function diagnosticsOf(pid: number, asking: Asking): Promise<Diagnostics> {
  const { client, session, signal } = asking;
  const view = await client.call("inspect", { pid }, { session, signal });
  const ended = view.state.phase === "exited" || view.state.phase === "reaped";
  const from = {
    stdout: Math.max(0, view.output.stdoutBytes - tailBytes),
    stderr: Math.max(0, view.output.stderrBytes - tailBytes),
  };
  // The output is opened in any case: whether the session may read it is not decided here.
  const stream = await client.openStream("output", { pid, ...from, follow: ended }, { session, signal });
  const families = await familiesOf(view.runtime, asking).catch((error: unknown) => {
    stream.destroy();
    throw error;
  });
  if (families.length === 0) {
    stream.destroy();
    return none;
  }
  const { stdout, stderr } = await readTails(stream, { stdout: from.stdout > 0, stderr: from.stderr > 0 });
  const cwd = view.cwd ?? "/project";
  const around = { cwd, files: filesOf(view.argv, cwd) };
  // A terminal has one stream, and everything is in it.
  const onTerminal = view.tty !== null;
  const errors = await inTurns(diagnosticSteps({ text: stderr.text, families, around }), signal);
  const more = await inTurns(diagnosticSteps({ text: stdout.text, families, around, stdout: !onTerminal }), signal);
  const all = [...errors.diagnostics, ...more.diagnostics];
  return {
    diagnostics: all.slice(0, diagnosticLimit),
    truncated: errors.truncated || more.truncated || all.length > diagnosticLimit || stdout.cut || stderr.cut,
  };
}
