import type { Command } from "commander";

/** Adds the examples at the end of a command's help; each command has at least one. */
export function withExamples(command: Command, ...examples: string[]): Command {
  const title = examples.length === 1 ? "Example:" : "Examples:";
  return command.addHelpText("after", `\n${title}\n${examples.map((text) => `  ${text}`).join("\n")}`);
}
