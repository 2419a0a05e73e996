import type { Command } from "commander";
import { segmentViewSchema, syscalls } from "../../../kernel/abi/index.ts";
import { parseChannelName, parseSize } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { segmentColumns } from "../format/channel.ts";
import { toJson } from "../format/printable.ts";
import { formatTable } from "../format/table.ts";
import { placeOf, projectNames } from "../http/channels.ts";
import { route } from "../http/client.ts";
import { withExamples } from "./examples.ts";

/** `superos ipc shm`: segments of shared memory. */

interface InProject {
  project?: string;
  json?: boolean;
}

const projectHelp = "the project it belongs to; without one it is your own";

async function list(cli: Cli, options: InProject): Promise<void> {
  const query = await placeOf(cli, options.project);
  const request = { method: "GET", path: "/segments", query } as const;
  const { segments } = await cli.client.call(request, syscalls.segment_list.response);
  if (options.json === true) return cli.stdout.write(toJson(segments));
  const columns = segmentColumns(await projectNames(cli), Date.now());
  await cli.stdout.write(formatTable(segments, columns, { columns: cli.stdout.columns }));
}

async function create(cli: Cli, json: { name: string; bytes: number }, options: InProject): Promise<void> {
  const query = await placeOf(cli, options.project);
  const view = await cli.client.call({ method: "POST", path: "/segments", query, json }, segmentViewSchema);
  await cli.stdout.write(options.json === true ? toJson(view) : `/run/superos/shm/${view.name}\n`);
}

export function addSegment(ipc: Command, cli: Cli): void {
  const shm = ipc.command("shm").description("List, make and remove segments of shared memory.");
  withExamples(shm, "superos ipc shm ls", "superos ipc shm create frame 64Mi --project site");

  const ls = shm
    .command("ls")
    .description("List the segments, with who has them mapped.")
    .option("--project <name-or-id>", "only this project's; without one all that you see")
    .option("--json", "print them as JSON")
    .action((options: InProject) => list(cli, options));
  withExamples(ls, "superos ipc shm ls", "superos ipc shm ls --json | jq '.[].bytes'");

  const createCommand = shm
    .command("create")
    .description("Make a segment, and print the path at which processes find it.")
    .argument("<segment>", "the segment's name", parseChannelName)
    .argument("<size>", "its size, like 64Mi", parseSize)
    .option("--project <name-or-id>", projectHelp)
    .option("--json", "print the segment as JSON")
    .action((name: string, bytes: number, options: InProject) => create(cli, { name, bytes }, options));
  createCommand.addHelpText(
    "after",
    "\nIts size counts against the memory of the project. A process maps it that is\n" +
      "started with SHM_MAP:segment:ro or SHM_MAP:segment:rw.",
  );
  withExamples(
    createCommand,
    "superos ipc shm create frame 64Mi --project site",
    'superos run --project site --cap SHM_MAP:frame:rw -- python3 -c \'open("/run/superos/shm/frame", "r+b")\'',
  );

  const rm = shm
    .command("rm")
    .description("Free a segment.")
    .argument("<segment>", "the segment's name", parseChannelName)
    .option("--project <name-or-id>", projectHelp)
    .action(async (name: string, options: InProject) => {
      const query = await placeOf(cli, options.project);
      await cli.client.tell({ method: "DELETE", path: route("segments", name), query });
    });
  withExamples(rm, "superos ipc shm rm frame --project site");
}
