import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { Fault, type QueueView, queueLimitsSchema, queueViewSchema, syscalls } from "../../../kernel/abi/index.ts";
import { parseAmount, parseChannelName, parseSize, parseTimeout } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { errnoOf, UsageError } from "../failure.ts";
import { count } from "../format/amounts.ts";
import { letterColumns, queueColumns } from "../format/channel.ts";
import { toJson } from "../format/printable.ts";
import { formatTable } from "../format/table.ts";
import { placeOf, projectNames } from "../http/channels.ts";
import { route } from "../http/client.ts";
import { batchesOf, parseMessage } from "../run/messages.ts";
import { withExamples } from "./examples.ts";
import { addReceive } from "./receive.ts";

/** The queues of `superos ipc`: ls, create, rm, send, recv, dead. */

export const projectOption = [
  "--project <name-or-id>",
  "the project it belongs to; without one it is your own",
] as const;
const nameHelp = "the queue's name";

interface InProject {
  project?: string;
}

async function list(cli: Cli, options: InProject & { json?: boolean }): Promise<void> {
  const query = await placeOf(cli, options.project);
  const { queues } = await cli.client.call({ method: "GET", path: "/queues", query }, syscalls.queue_list.response);
  if (options.json === true) return cli.stdout.write(toJson(queues));
  const columns = queueColumns(await projectNames(cli));
  await cli.stdout.write(formatTable(queues, columns, { columns: cli.stdout.columns }));
}

interface CreateOptions extends InProject {
  maxMessages?: number;
  maxBytes?: number;
  ackWithin?: number;
  maxDeliveries?: number;
  schema?: string;
  json?: boolean;
}

async function readSchema(file: string): Promise<QueueView["schema"]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new Fault("not_found", `cannot read ${JSON.stringify(file)} (${errnoOf(error) ?? "unknown"})`, {
      hint: "Name a file with a JSON Schema.",
    });
  }
  const result = queueLimitsSchema.shape.schema.safeParse(parseMessage(text, { text: false, what: file }));
  if (result.success && result.data !== null) return result.data;
  throw new UsageError(`${file} is not a JSON Schema, which is an object`);
}

async function create(cli: Cli, name: string, options: CreateOptions): Promise<void> {
  const limits = {
    maxMessages: options.maxMessages,
    maxBytes: options.maxBytes,
    acknowledgeMs: options.ackWithin,
    maxDeliveries: options.maxDeliveries,
    schema: options.schema === undefined ? undefined : await readSchema(options.schema),
  };
  const query = await placeOf(cli, options.project);
  const request = { method: "POST", path: "/queues", query, json: { name, limits } } as const;
  const view = await cli.client.call(request, queueViewSchema);
  await cli.stdout.write(options.json === true ? toJson(view) : `${view.name}\n`);
}

async function remove(cli: Cli, name: string, options: InProject): Promise<void> {
  const query = await placeOf(cli, options.project);
  await cli.client.tell({ method: "DELETE", path: route("queues", name), query });
}

/** What refuses a whole batch for one message of it. */
const refusals: readonly string[] = ["exhausted", "invalid"];

interface SendOptions extends InProject {
  text?: boolean;
  json?: boolean;
}

async function send(cli: Cli, given: { name: string; typed: string }, options: SendOptions): Promise<void> {
  const text = options.text === true;
  const batches =
    given.typed === "-"
      ? batchesOf(process.stdin, { text })
      : [[parseMessage(given.typed, { text, what: "the message" })]];
  const query = await placeOf(cli, options.project);
  const path = route("queues", given.name, "messages");
  const post = async (messages: readonly unknown[]): Promise<number> => {
    const request = { method: "POST", path, query, json: { messages } } as const;
    return (await cli.client.call(request, syscalls.queue_send.response)).sent;
  };
  let sent = 0;
  try {
    for await (const messages of batches) {
      try {
        sent += await post(messages);
      } catch (error) {
        if (messages.length === 1 || !(error instanceof Fault) || !refusals.includes(error.code)) throw error;
        // Of these none was sent. Each line is a message of its own: those before the one that is refused count.
        for (const message of messages) sent += await post([message]);
      }
    }
  } catch (error) {
    if (sent > 0) await cli.stderr.write(`superos: ${count(sent, "message")} had been sent before:\n`);
    throw error;
  }
  await cli.stdout.write(options.json === true ? toJson({ sent }) : `Sent ${count(sent, "message")}.\n`);
}

async function dead(cli: Cli, name: string, options: InProject & { json?: boolean }): Promise<void> {
  const query = await placeOf(cli, options.project);
  const request = { method: "GET", path: route("queues", name, "dead"), query } as const;
  const { letters } = await cli.client.call(request, syscalls.queue_dead.response);
  const table = formatTable(letters, letterColumns, { columns: cli.stdout.columns });
  await cli.stdout.write(options.json === true ? toJson(letters) : table);
}

const lsNotes = `
DEPTH and BYTES are what is in it and what fits. DELIVERED are with a receiver
that has not acknowledged them; DEAD were given up (superos ipc dead). WAITING
counts the calls that wait for a message; SENDERS and RECEIVERS are the processes
that may.`;

const sendNotes = `
A message is JSON, at most 256 KiB, or with --text the text as it is. For - each
line of the standard input is a message. A queue that is full refuses: exhausted.`;

export function addQueue(ipc: Command, cli: Cli): void {
  const ls = ipc
    .command("ls")
    .description("List the queues, with what is in them and who uses them.")
    .option("--project <name-or-id>", "only this project's; without one all that you see")
    .option("--json", "print them as JSON")
    .action((options: InProject & { json?: boolean }) => list(cli, options));
  ls.addHelpText("after", lsNotes);
  withExamples(ls, "superos ipc ls", "superos ipc ls --project site --json | jq '.[].depth'");

  const createCommand = ipc
    .command("create")
    .description("Make a queue: messages in their order, each for one receiver.")
    .argument("<queue>", nameHelp, parseChannelName)
    .option(...projectOption)
    .option("--max-messages <n>", "how many messages it holds (10000)", parseAmount(1, 100_000))
    .option("--max-bytes <size>", "how much it holds (16Mi)", parseSize)
    .option("--ack-within <time>", "when a message goes to another receiver (30s)", parseTimeout)
    .option("--max-deliveries <n>", "after how many receivers a message is dead (5)", parseAmount(1, 100))
    .option("--schema <file>", "a JSON Schema that every message must satisfy")
    .option("--json", "print the queue as JSON")
    .action((name: string, options: CreateOptions) => create(cli, name, options));
  withExamples(
    createCommand,
    "superos ipc create jobs --project site",
    "superos ipc create jobs --max-messages 100 --ack-within 5m --schema job.schema.json",
  );

  const rm = ipc
    .command("rm")
    .description("Remove a queue, with what is in it.")
    .argument("<queue>", nameHelp, parseChannelName)
    .option(...projectOption)
    .action((name: string, options: InProject) => remove(cli, name, options));
  withExamples(rm, "superos ipc rm jobs --project site");

  const sendCommand = ipc
    .command("send")
    .description("Send a message to a queue, or each line of the standard input.")
    .argument("<queue>", nameHelp, parseChannelName)
    .argument("[message]", "the message, or - for the standard input", "-")
    .option(...projectOption)
    .option("--text", "send the text as it is, instead of reading it as JSON")
    .option("--json", "print how many were sent as JSON")
    .action((name: string, typed: string, options: SendOptions) => send(cli, { name, typed }, options));
  sendCommand.addHelpText("after", sendNotes);
  withExamples(
    sendCommand,
    "superos ipc send jobs --project site '{\"page\": 1}'",
    "seq 100 | superos ipc send jobs --project site",
    "superos ipc send log --text 'hello there'",
  );

  addReceive(ipc, cli);

  const deadCommand = ipc
    .command("dead")
    .description("List the last messages of a queue that were given up, newest first, and why.")
    .argument("<queue>", nameHelp, parseChannelName)
    .option(...projectOption)
    .option("--json", "print them as JSON")
    .action((name: string, options: InProject & { json?: boolean }) => dead(cli, name, options));
  withExamples(deadCommand, "superos ipc dead jobs --project site", "superos ipc dead jobs --json | jq '.[].message'");
}
