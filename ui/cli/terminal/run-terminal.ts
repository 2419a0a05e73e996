import type { Cli } from "../cli.ts";
import { exitCodes, UsageError } from "../failure.ts";
import { report } from "../run/attach.ts";
import { attachTerminal, type TerminalRequest } from "./attach-terminal.ts";
import { isTypedHere } from "./own-terminal.ts";

/** The end of a process's terminal here, as an exit code: the program's own, 0 for who detached, 129 for who hung up. */

/** As docker does: keys can only be typed at a terminal. */
export function requireTypedHere(what: string): void {
  if (isTypedHere()) return;
  throw new UsageError(
    `the input of ${what} is not a terminal`,
    "Run it from a terminal; without -t any input will do: superos run --help",
  );
}

export async function runTerminal(
  cli: Cli,
  request: TerminalRequest,
  /** Called when the terminal is gone, which is more than being left. */
  hungUp: () => Promise<void>,
): Promise<number> {
  const { pid } = request;
  const end = await attachTerminal(cli, request);
  switch (end.type) {
    case "outcome":
      return report(cli, pid, end.outcome);
    case "detached":
      await cli.stderr.write(`\nsuperos: detached; process ${pid} goes on: superos attach ${pid}\n`);
      return 0;
    case "gone":
      await hungUp();
      return exitCodes.hungUp;
    default:
      return end satisfies never;
  }
}
