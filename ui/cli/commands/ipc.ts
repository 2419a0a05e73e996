import type { Command } from "commander";
import { addQueue } from "./queue.ts";
import { addSegment } from "./segment.ts";
import { addTopic } from "./topic.ts";
import { withExamples } from "./examples.ts";
import type { Cli } from "../cli.ts";

/** `superos ipc`: what processes talk through, of a project or of your own. */
export function addIpc(program: Command, cli: Cli): void {
  const ipc = program.command("ipc").description("Use what processes talk through: queues, topics and shared memory.");
  addQueue(ipc, cli);
  addTopic(ipc, cli);
  addSegment(ipc, cli);
  ipc.addHelpText(
    "after",
    "\nA channel belongs to the project that --project names, or else to you. What you\n" +
      "may do with it is in your table: IPC_SEND, IPC_RECV and SHM_MAP.",
  );
  withExamples(ipc, "superos ipc ls", "superos ipc send jobs --project site '{\"page\": 1}'");
}
