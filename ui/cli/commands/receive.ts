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
  #stood = false;

  constructor(cli: Cli, queue: { name: string; place: Place }, options: ReceiveOptions) {
    this.#cli = cli;
    this.#queue = queue;
    this.#options = options;
  }

  /** Prints up to `max`, or all that come; returns how many. What was written is acknowledged whatever comes after. */
  async run(): Promise<number> {
    try {
      return await this.#take();
    } finally {
      if (this.#written.length > 0) await this.#ask(0, 0);
    }
  }

  async #take(): Promise<number> {
    const { max, wait } = this.#options;
    const follow = this.#options.follow === true;
    const deadline = performance.now() + (follow ? Infinity : wait);
    let printed = 0;
    for (;;) {
      const left = printed > 0 && !follow ? 0 : Math.max(0, deadline - performance.now());
      const most = follow ? mostAtOnce : Math.min(mostAtOnce, max - printed);
      const deliveries = await this.#ask(most, Math.ceil(Math.min(sliceMs, left)));
      for (const delivery of deliveries) await this.#print(delivery);
      printed += deliveries.length;
      if (!follow && (printed >= max || (deliveries.length === 0 && left <= sliceMs))) return printed;
    }
  }

  async #ask(max: number, waitMs: number): Promise<Delivery[]> {
    const request = { max, waitMs, acknowledge: this.#written };
    const answer = await persist(() => receive(this.#cli, this.#queue, request), { stoodBefore: this.#stood });
    this.#stood = true;
    this.#written = [];
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

const notes = `
A message is acknowledged once it is written. Where it is left, or this command
ends before, it goes to another receiver when its time is over.

Exit code:
  0 when a message came, 1 when none did in time.`;

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
    .action(async (name: string, options: ReceiveOptions) => {
      const place = await placeOf(cli, options.project);
      const printed = await new Receiver(cli, { name, place }, options).run();
      if (printed === 0) cli.exitCode = exitCodes.no;
    });
  command.addHelpText("after", notes);
  withExamples(
    command,
    "superos ipc recv jobs --project site --wait 30s",
    'superos ipc recv jobs --project site -f | while read -r job; do echo "$job"; done',
    "superos ipc recv jobs -n 10 --leave --envelope",
  );
}
