import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { Fault } from "../../kernel/abi/index.ts";
import { z } from "zod";
import type { Cli } from "./cli.ts";
import { addAttach } from "./commands/attach.ts";
import { addAudit } from "./commands/audit.ts";
import { addCapability } from "./commands/capability.ts";
import { addErrors } from "./commands/errors.ts";
import { addIpc } from "./commands/ipc.ts";
import { addMember } from "./commands/member.ts";
import { addOpen } from "./commands/open.ts";
import { addPipeline } from "./commands/pipeline.ts";
import { addProcess } from "./commands/process.ts";
import { addProject } from "./commands/project.ts";
import { addRun } from "./commands/run.ts";
import { addImages } from "./commands/images.ts";
import { addRuntimes } from "./commands/runtimes.ts";
import { addStatus } from "./commands/status.ts";
import { addToken } from "./commands/token.ts";
import { addTree } from "./commands/tree.ts";
import { addUsage } from "./commands/usage.ts";
import { addUser } from "./commands/user.ts";
import { withExamples } from "./commands/examples.ts";
import { checkout, resolveConnection } from "./config.ts";
import { BrokenPipe, GaveUp, UsageError, WriteFailure, exitCodes } from "./failure.ts";
import { printable } from "./format/printable.ts";
import { GatewayClient } from "./http/client.ts";
import { TerminalPrompt } from "./prompt.ts";
import { StdWriter } from "./stdio.ts";

/**
 * The superos command: a client of the gateway without any authority of its own.
 *
 * Every failure leaves here once, as text on stderr and an exit code: 2 for a wrong use, 125 for a fault, 141 when the
 * reader of the output has gone.
 */

// Each schema is used once or twice: compiling it would take longer than it saves.
z.config({ jitless: true });

function createCli(): Cli {
  const env = process.env;
  const stderr = new StdWriter(2);
  return {
    env,
    client: new GatewayClient(() => resolveConnection(env)),
    stdout: new StdWriter(1),
    stderr,
    prompt: new TerminalPrompt(stderr),
    exitCode: 0,
  };
}

function version(): string {
  const manifest = z.object({ version: z.string() });
  return manifest.parse(JSON.parse(readFileSync(`${checkout()}/package.json`, "utf8"))).version;
}

const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;

/** Points each command's usage errors at its own help. */
function pointAtHelp(command: Command): void {
  command.showHelpAfterError(`hint: ${pathOf(command)} --help`);
  for (const each of command.commands) pointAtHelp(each);
}

/** The whole grammar of the command, for parsing and for whoever compares the docs with it. */
export function buildProgram(cli: Cli = createCli()): Command {
  const program = new Command("superos")
    .description("Runs programs on SuperOS, each in its own container with exactly the capabilities you name.")
    .version(version(), "--version", "print the version")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`superos: ${text.replace(/^error: /, "")}`) });
  program.addHelpText(
    "after",
    "\nEnvironment:\n" +
      "  SUPEROS_URL, SUPEROS_TOKEN  the address of SuperOS and an API token, both or neither\n" +
      "  SUPEROS_HOME                where a SuperOS of this machine keeps its state (default: .superos)",
  );
  withExamples(program, "superos project import . --name site", "superos run --project site -- python3 main.py");
  addStatus(program, cli);
  addProject(program, cli);
  addRun(program, cli);
  addAttach(program, cli);
  addPipeline(program, cli);
  addProcess(program, cli);
  addErrors(program, cli);
  addUsage(program, cli);
  addTree(program, cli);
  addOpen(program, cli);
  addCapability(program, cli);
  addIpc(program, cli);
  addAudit(program, cli);
  addMember(program, cli);
  addUser(program, cli);
  addToken(program, cli);
  addImages(program, cli);
  addRuntimes(program, cli);
  pointAtHelp(program);
  return program;
}

function describeFault(fault: Fault): string {
  const missing =
    fault.missing === undefined || fault.message.includes(fault.missing)
      ? ""
      : `missing: ${printable(fault.missing)}\n`;
  return `superos: ${fault.code}: ${printable(fault.message)}\n${missing}hint: ${printable(fault.hint)}\n`;
}

async function fail(cli: Cli, text: string, code: number): Promise<number> {
  try {
    await cli.stderr.write(text);
    await cli.stderr.flush();
  } catch {
    // Nobody reads stderr; the exit code still tells.
  }
  return code;
}

/** Tells a failure on stderr and returns its exit code. */
async function report(cli: Cli, error: unknown, command: string): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  if (error instanceof GaveUp) return error.exitCode;
  if (error instanceof BrokenPipe) return exitCodes.brokenPipe;
  if (error instanceof WriteFailure) {
    const hint = "Make room there, or send the output elsewhere.";
    return fail(cli, `superos: unavailable: ${error.message}\nhint: ${hint}\n`, 125);
  }
  if (error instanceof Fault) return fail(cli, describeFault(error), 125);
  if (error instanceof UsageError) {
    return fail(cli, `superos: ${error.message}\nhint: ${error.hint ?? `${command} --help`}\n`, exitCodes.usage);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return fail(cli, `superos: internal: this is a defect of the superos command\n${text}\n`, 125);
}

/** Runs one command line (without node and script) with what it is handed, and returns the exit code. */
export async function runCommand(argv: readonly string[], cli: Cli): Promise<number> {
  let command = "superos";
  try {
    const program = buildProgram(cli);
    program.hook("preAction", (_, action) => {
      command = pathOf(action);
    });
    await program.parseAsync(argv, { from: "user" });
    await cli.stdout.flush();
    await cli.stderr.flush();
    return cli.exitCode;
  } catch (error) {
    return report(cli, error, command);
  }
}

export const main = (argv: readonly string[]): Promise<number> => runCommand(argv, createCli());
