import type { Command } from "commander";
import { type Pid, portSchema } from "../../../kernel/abi/index.ts";
import { z } from "zod";
import { parsePid, parsePort } from "../arguments.ts";
import { openInBrowser } from "../browser.ts";
import type { Cli } from "../cli.ts";
import { printable, toJson } from "../format/printable.ts";
import { route } from "../http/client.ts";
import { withExamples } from "./examples.ts";

/** `superos open`: the web address of what a process serves on a port of its own. */

const opened = z.strictObject({ url: z.string(), port: portSchema });

interface Options {
  browser?: boolean;
  json?: boolean;
}

async function open(cli: Cli, wanted: { pid: Pid; port: number | undefined }, options: Options): Promise<void> {
  const path = route("processes", wanted.pid, "preview");
  const request = { method: "POST", path, json: { port: wanted.port ?? null } } as const;
  const preview = await cli.client.call(request, opened);
  await cli.stdout.write(options.json === true ? toJson(preview) : `${printable(preview.url)}\n`);
  if (options.browser === true) await openInBrowser(preview.url);
}

export function addOpen(program: Command, cli: Cli): void {
  const command = program
    .command("open")
    .description("Print the web address of what a process serves on its own port.")
    .argument("<pid>", "the process id, as superos ps lists it; it must hold NET_BIND", parsePid)
    .argument("[port]", "the port; needed when its NET_BIND names none", parsePort)
    .option("--browser", "open it in a browser, too")
    .option("--json", "print the address and the port as JSON")
    .action((pid: Pid, port: number | undefined, options: Options) => open(cli, { pid, port }, options));
  command.addHelpText(
    "after",
    "\nThe address lets one browser in, once, and within a minute; from then on that\n" +
      "browser may come back for as long as the process runs and keeps the port.",
  );
  withExamples(command, "superos open 12 --browser", 'curl -L -b "" "$(superos open 12 8080)"');
}
