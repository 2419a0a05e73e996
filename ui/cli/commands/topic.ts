import type { Command } from "commander";
import { Fault, kernelTopics, syscalls } from "../../../kernel/abi/index.ts";
import { parseAmount, parseChannelName } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { count } from "../format/amounts.ts";
import { toJson, toJsonLine } from "../format/printable.ts";
import { persist } from "../http/backoff.ts";
import { eventsOf, placeOf } from "../http/channels.ts";
import { route } from "../http/client.ts";
import { parseMessage } from "../run/messages.ts";
import { withExamples } from "./examples.ts";

/** The topics of `superos ipc`: publish and subscribe. An event is for whoever listens then, and kept for nobody. */

interface InProject {
  project?: string;
}

interface PublishOptions extends InProject {
  text?: boolean;
  json?: boolean;
}

const projectHelp = "the project it belongs to; without one it is your own";

async function publish(cli: Cli, given: { topic: string; typed: string }, options: PublishOptions): Promise<void> {
  const data = parseMessage(given.typed, { text: options.text === true, what: "the event" });
  const query = await placeOf(cli, options.project);
  const request = { method: "POST", path: route("topics", given.topic, "events"), query, json: { data } } as const;
  const { heard } = await cli.client.call(request, syscalls.event_publish.response);
  await cli.stdout.write(options.json === true ? toJson({ heard }) : `Heard by ${count(heard, "subscriber")}.\n`);
}

interface SubscribeOptions extends InProject {
  max?: number;
}

async function subscribe(cli: Cli, topics: readonly string[], options: SubscribeOptions): Promise<void> {
  const query = { ...(await placeOf(cli, options.project)), topics: topics.join(",") };
  let heard = 0;
  let tried = false;
  const most = options.max ?? Infinity;
  await persist(
    async (standing) => {
      if (tried) await cli.stderr.write("superos: the subscription broke off; what happened meanwhile is not told\n");
      tried = true;
      for await (const event of eventsOf(cli, query, standing)) {
        if (event.missed > 0) await cli.stderr.write(`superos: ${count(event.missed, "event")} were missed\n`);
        await cli.stdout.write(toJsonLine(event));
        await cli.stdout.flush();
        heard += 1;
        if (heard >= most) return;
      }
      throw new Fault("unavailable", "the subscription was ended", { hint: "See superos status." });
    },
    { stoodBefore: false },
  );
}

export function addTopic(ipc: Command, cli: Cli): void {
  const publishCommand = ipc
    .command("publish")
    .description("Tell whoever listens to a topic.")
    .argument("<topic>", "the topic's name", parseChannelName)
    .argument("<data>", "what to tell, as JSON")
    .option("--project <name-or-id>", projectHelp)
    .option("--text", "tell the text as it is, instead of reading it as JSON")
    .option("--json", "print how many heard it as JSON")
    .action((topic: string, typed: string, options: PublishOptions) => publish(cli, { topic, typed }, options));
  withExamples(publishCommand, "superos ipc publish build.done --project site '{\"ok\": true}'");

  const collect = (text: string, before: readonly string[] = []): string[] => [...before, parseChannelName(text)];
  const subscribeCommand = ipc
    .command("subscribe")
    .description("Print what happens on topics, one JSON event a line, until interrupted.")
    .argument("<topic...>", "the topics' names", collect)
    .option("--project <name-or-id>", projectHelp)
    .option("-n, --max <n>", "end after so many", parseAmount(1, 1_000_000))
    .action((topics: string[], options: SubscribeOptions) => subscribe(cli, topics, options));
  subscribeCommand.addHelpText("after", `\nSuperOS itself tells on ${kernelTopics.join(", ")}.`);
  withExamples(
    subscribeCommand,
    "superos ipc subscribe build.done --project site",
    "superos ipc subscribe kernel.process --project site | jq .data.phase",
  );
}
