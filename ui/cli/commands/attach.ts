import { type Command, Option } from "commander";
import { Fault, type Pid, processViewSchema } from "../../../kernel/abi/index.ts";
import { parseKeys, parsePid } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { route } from "../http/client.ts";
import { usualDetachKeys } from "../terminal/detach-keys.ts";
import { requireTypedHere, runTerminal } from "../terminal/run-terminal.ts";
import { withExamples } from "./examples.ts";

/** `superos attach`: the terminal of a process that runs already. Leaving it, or losing one's own, leaves the process alone. */

export const detachKeysOption = (): Option =>
  new Option("--detach-keys <keys>", "the keys that leave its terminal")
    .argParser(parseKeys)
    .default(usualDetachKeys, "ctrl-p,ctrl-q");

async function attach(cli: Cli, pid: Pid, options: { detachKeys: readonly number[] }): Promise<void> {
  const { tty, output } = await cli.client.call({ method: "GET", path: route("processes", pid) }, processViewSchema);
  if (tty === null) {
    throw new Fault("bad_state", `process ${pid} has no terminal`, { hint: `Read its output: superos logs ${pid} -f` });
  }
  requireTypedHere("attach");
  const { detachKeys } = options;
  const goneOn = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
  const request = { pid, from: output.stdoutBytes, detachKeys, size: tty, redraw: true, goneOn };
  cli.exitCode = await runTerminal(cli, request, () => Promise.resolve());
}

export function addAttach(program: Command, cli: Cli): void {
  const command = program
    .command("attach")
    .description("Make your terminal that of a process that was started with -t, and exit as it does.")
    .argument("<pid>", "the process id, as superos ps lists it", parsePid)
    .addOption(detachKeysOption())
    .action((pid: Pid, options: { detachKeys: readonly number[] }) => attach(cli, pid, options));
  command.addHelpText(
    "after",
    "\nSeveral may be attached: all see it and all may type, and it has the size of whoever\n" +
      "came or changed theirs last. Ctrl-p Ctrl-q leaves it running.",
  );
  withExamples(command, "superos attach 12", "superos attach 12 --detach-keys ctrl-]");
}
