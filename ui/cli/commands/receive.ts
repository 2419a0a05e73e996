import { type Command, Option } from "commander";
import type { Delivery } from "../../../kernel/abi/index.ts";
import { parseAmount, parseChannelName, parseTimeout } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { exitCodes } from "../failure.ts";
import { count } from "../format/amounts.ts";
import { messageLine } from "../format/channel.ts";
import { toJsonLine } from "../format/printable.ts";
import { persist } from "../http/backoff.ts";
import { type Place, placeOf, receive } from "../http/channels.ts";
import { withExamples } from "./examples.ts";

/**
 * `superos ipc recv`: messages of a queue to the standard output, one a line.
 *
 * A message is acknowledged once it was written, together with the request for the next: what this command did not get
 * rid of goes to another receiver.
 */

interface ReceiveOptions {
  project?: string;
  max: number;
  wait: number;
  follow?: boolean;
  leave?: boolean;
  raw?: boolean;
  envelope?: boolean;
}

/** The longest that one request waits; proxies cut what is quiet for longer. */
const sliceMs = 30_000;
const mostAtOnce = 100;

class Receiver {
  readonly #cli: Cli;
  readonly #queue: { name: string; place: Place };
  readonly #options: ReceiveOptions;
  /** Deliveries that were written and not acknowledged yet. */
  #written: number[] = [];
  /** Of these, those whose acknowledgement was sent and may have arrived: that it is late then says nothing. */
  #unanswered: ReadonlySet<number> = new Set();
  #stood = false;

  constructor(cli: Cli, queue: { name: string; place: Place }, options: ReceiveOptions) {
    this.#cli = cli;
    this.#queue = queue;
    this.#options = options;
  }

  /** Prints up to `max`, or all that come; returns how many. What was written is acknowledged whatever comes after. */
  async run(interrupted: AbortSignal): Promise<number> {
    try {
      return await this.#take(interrupted);
    } finally {
      if (this.#written.length > 0) await this.#ask({ max: 0, waitMs: 0, signal: new AbortController().signal });
    }
  }

  async #take(signal: AbortSignal): Promise<number> {
    const { max, wait } = this.#options;
    const follow = this.#options.follow === true;
    const deadline = performance.now() + (follow ? Infinity : wait);
    let printed = 0;
    while (!signal.aborted) {
      const left = printed > 0 && !follow ? 0 : Math.max(0, deadline - performance.now());
      const most = follow ? mostAtOnce : Math.min(mostAtOnce, max - printed);
      const waitMs = Math.ceil(Math.min(sliceMs, left));
      const deliveries = await this.#ask({ max: most, waitMs, signal }).catch((error: unknown): Delivery[] => {
        if (signal.aborted) return [];
        throw error;
      });
      for (const delivery of deliveries) await this.#print(delivery);
      printed += deliveries.length;
      if (!follow && (printed >= max || (deliveries.length === 0 && left <= sliceMs))) break;
    }
    return printed;
  }

  async #ask(how: { max: number; waitMs: number; signal: AbortSignal }): Promise<Delivery[]> {
    const request = { ...how, acknowledge: this.#written };
    const { signal } = how;
    const answer = await persist(
      async () => {
        const before = this.#unanswered;
        this.#unanswered = new Set([...before, ...this.#written]);
        const { deliveries, late } = await receive(this.#cli, this.#queue, request);
        return { deliveries, late: late.filter((delivery) => !before.has(delivery)) };
      },
      { stoodBefore: this.#stood, signal },
    );
    this.#stood = true;
    this.#written = [];
    this.#unanswered = new Set();
    if (answer.late.length > 0) {
      const late = count(answer.late.length, "message");
      await this.#cli.stderr.write(`superos: ${late} took too long to write, and may come to another receiver too\n`);
    }
    return answer.deliveries;
  }

  async #print(delivery: Delivery): Promise<void> {
    const { envelope, raw, leave } = this.#options;
    const line = envelope === true ? toJsonLine(delivery) : messageLine(delivery, { raw: raw === true });
    await this.#cli.stdout.write(line);
    await this.#cli.stdout.flush();
    if (leave !== true) this.#written.push(delivery.delivery);
  }
}

/** The first Ctrl-C ends the waiting, so that what was written is still acknowledged; the second ends the command. */
async function receiveInto(cli: Cli, name: string, options: ReceiveOptions): Promise<void> {
  const place = await placeOf(cli, options.project);
  const interrupted = new AbortController();
  const stop = (code: number) => (): void => interrupted.abort(code);
  const signals = { SIGINT: stop(exitCodes.interrupted), SIGTERM: stop(exitCodes.terminated) };
  for (const [signal, handler] of Object.entries(signals)) process.once(signal, handler);
  try {
    const printed = await new Receiver(cli, { name, place }, options).run(interrupted.signal);
    if (interrupted.signal.aborted) cli.exitCode = Number(interrupted.signal.reason);
    else if (printed === 0) cli.exitCode = exitCodes.no;
  } finally {
    for (const [signal, handler] of Object.entries(signals)) process.off(signal, handler);
  }
}

const notes = `
A message is acknowledged once it is written. Where it is left, or this command
ends before, it goes to another receiver when its time is over.

Exit code:
  0 when a message came, 1 when none did in time, 130 when it was interrupted.`;

export function addReceive(ipc: Command, cli: Cli): void {
  const command = ipc
    .command("recv")
    .description("Take messages from a queue and print them, one a line.")
    .argument("<queue>", "the queue's name", parseChannelName)
    .option("--project <name-or-id>", "the project it belongs to; without one it is your own")
    .option("-n, --max <n>", "how many at most", parseAmount(1, 1_000_000), 1)
    .addOption(new Option("--wait <time>", "how long to wait for the first").default(0, "0s").argParser(parseTimeout))
    .option("-f, --follow", "go on until interrupted")
    .option("--leave", "do not acknowledge them")
    .addOption(new Option("--raw", "print a text as it is, without quotes").conflicts("envelope"))
    .option("--envelope", "print each with its sender, its times and its delivery")
    .action((name: string, options: ReceiveOptions) => receiveInto(cli, name, options));
  command.addHelpText("after", notes);
  withExamples(
    command,
    "superos ipc recv jobs --project site --wait 30s",
    'superos ipc recv jobs --project site -f | while read -r job; do echo "$job"; done',
    "superos ipc recv jobs -n 10 --leave --envelope",
  );
}
