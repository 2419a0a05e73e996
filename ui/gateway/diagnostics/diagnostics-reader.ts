import { setImmediate } from "node:timers/promises";
import { Fault } from "../../../kernel/abi/index.ts";
import type { KernelClient } from "../../../kernel/client/index.ts";
import { diagnosticLimit, diagnosticSteps, filesOf, type Diagnostics } from "../../diagnostics/index.ts";
import { findFiles, type ListFolder } from "./find-files.ts";
import { readTails, tailBytes } from "./output-tail.ts";

/**
 * A process's errors, from what the kernel keeps of its output and what its runtime's manifest says of its messages.
 *
 * Nothing is kept here: it is read with the asking session's rights, each time, so whoever may not read the output is
 * refused. A few are read at once and the others wait, so that many askers cost no more memory than a few.
 */

export interface Asking {
  /** The handle of the session that asks. */
  session: string;
  signal: AbortSignal;
}

const atOnce = 4;
const none: Diagnostics = { diagnostics: [], truncated: false };

export class DiagnosticsReader {
  readonly #client: KernelClient;
  readonly #waiting: (() => void)[] = [];
  #reading = 0;

  constructor(client: KernelClient) {
    this.#client = client;
  }

  /** Faults: those of `inspect` and `output`. */
  async read(pid: number, asking: Asking): Promise<Diagnostics> {
    await this.#turn();
    try {
      asking.signal.throwIfAborted();
      return await this.#read(pid, asking);
    } finally {
      this.#reading -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    if (this.#reading >= atOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#reading += 1;
  }

  async #read(pid: number, asking: Asking): Promise<Diagnostics> {
    const view = await this.#client.call("inspect", { pid }, asking);
    const from = {
      stdout: Math.max(0, view.output.stdoutBytes - tailBytes),
      stderr: Math.max(0, view.output.stderrBytes - tailBytes),
    };
    // Of what has ended the last bytes may be on their way still; then the stream ends after them.
    const follow = view.state.phase === "exited";
    // The output is opened in any case: whether the session may read it is not decided here.
    const stream = await this.#client.openStream("output", { pid, ...from, follow }, asking);
    try {
      const families = await this.#familiesOf(view.runtime, asking);
      if (families.length === 0) return none;
      const tails = await readTails(stream, { stdout: from.stdout > 0, stderr: from.stderr > 0 });
      const cwd = view.cwd ?? "/project";
      const loose = new Set<string>();
      // A terminal has one stream, and everything is in it.
      const how = { families, stdout: view.tty === null, loose };
      const around = { cwd, files: filesOf(view.argv, cwd) };
      const found = await parse(tails, { ...how, around }, asking.signal);
      if (loose.size === 0 || view.project === null) return found;
      const known = await findFiles(this.#lister(asking), view.project.id, loose);
      return known.length === 0 ? found : await parse(tails, { ...how, around: { ...around, known } }, asking.signal);
    } finally {
      stream.destroy();
    }
  }

  #lister(asking: Asking): ListFolder {
    return async (project, path) => {
      try {
        return (await this.#client.call("file_list", { project, path }, asking)).entries;
      } catch (error) {
        if (error instanceof Fault && (error.code === "denied" || error.code === "not_found")) return [];
        throw error;
      }
    };
  }

  async #familiesOf(runtime: string | null, asking: Asking): Promise<readonly string[]> {
    if (runtime === null) return [];
    const { runtimes } = await this.#client.call("runtime_list", {}, asking);
    return runtimes.find(({ name }) => name === runtime)?.errors ?? [];
  }
}

type Tails = Awaited<ReturnType<typeof readTails>>;
type How = Omit<Parameters<typeof diagnosticSteps>[0], "text">;

async function parse({ stdout, stderr }: Tails, how: How, signal: AbortSignal): Promise<Diagnostics> {
  const errors = await inTurns(diagnosticSteps({ ...how, text: stderr.text, stdout: false }), signal);
  const more = await inTurns(diagnosticSteps({ ...how, text: stdout.text }), signal);
  const all = [...errors.diagnostics, ...more.diagnostics];
  return {
    diagnostics: all.slice(0, diagnosticLimit),
    truncated: errors.truncated || more.truncated || all.length > diagnosticLimit || stdout.cut || stderr.cut,
  };
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
