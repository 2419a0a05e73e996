import type { Command } from "commander";
import { type Pid, type SlotId, capabilityUsage, syscalls } from "../../../kernel/abi/index.ts";
import { checkCapability, parsePid, parseSlot } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { exitCodes } from "../failure.ts";
import { count } from "../format/amounts.ts";
import { printable, toJson } from "../format/printable.ts";
import { type Loss, formatLoss, originOf, slotColumns } from "../format/slot.ts";
import { formatTable } from "../format/table.ts";
import { route } from "../http/client.ts";
import { listProcesses } from "../http/processes.ts";
import { withExamples } from "./examples.ts";

/**
 * The commands about what a process may do: caps, grant, revoke.
 *
 * Nothing is revoked before the person was told what goes with it; a script is told as well, and not asked.
 */

const pidHelp = "the process id, as superos ps lists it";
const holderHelp = "the id of a process or session, as superos tree lists it";

async function caps(cli: Cli, pid: Pid, options: { json?: boolean }): Promise<void> {
  const request = { method: "GET", path: route("processes", pid, "caps") } as const;
  const { slots } = await cli.client.call(request, syscalls.caps.response);
  const table = formatTable(slots, slotColumns, { columns: cli.stdout.columns });
  await cli.stdout.write(options.json === true ? toJson(slots) : table);
}

interface GrantOptions {
  seal?: boolean;
  json?: boolean;
}

async function grant(cli: Cli, given: { pid: Pid; capability: string }, options: GrantOptions): Promise<void> {
  const json = { capability: given.capability, delegable: options.seal !== true };
  const request = { method: "POST", path: route("processes", given.pid, "caps"), json } as const;
  const { slot } = await cli.client.call(request, syscalls.grant.response);
  if (options.json === true) return cli.stdout.write(toJson(slot));
  await cli.stdout.write(`${slot.slot}\n`);
  const what = `${printable(slot.capability)} from ${originOf(slot)}`;
  await cli.stderr.write(`Process ${slot.holder} holds ${what} as slot ${slot.slot}.\n`);
}

interface RevokeOptions {
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

async function describeLoss(cli: Cli, loss: Loss): Promise<string> {
  return formatLoss(loss, await listProcesses(cli.client, { all: true }), { columns: cli.stdout.columns });
}

async function revoke(cli: Cli, taken: { pid: Pid; slot: SlotId }, options: RevokeOptions): Promise<void> {
  const path = route("processes", taken.pid, "caps", taken.slot);
  const take = (preview: boolean): Promise<Loss> =>
    cli.client.call({ method: "DELETE", path, query: { preview } }, syscalls.revoke.response);
  const json = options.json === true;
  if (options.dryRun === true) {
    const loss = await take(true);
    return cli.stdout.write(json ? toJson(loss) : await describeLoss(cli, loss));
  }
  const asks = options.yes !== true && cli.prompt.possible;
  // What is asked about stands where the question does, wherever stdout goes.
  if (asks || !json) await cli[asks ? "stderr" : "stdout"].write(await describeLoss(cli, await take(true)));
  if (asks && !(await cli.prompt.confirm(`Revoke slot ${taken.slot} of process ${taken.pid}?`))) {
    cli.exitCode = exitCodes.no;
    return cli.stderr.write("Nothing was revoked.\n");
  }
  const done = await take(false);
  const told = `Revoked ${count(done.slots.length, "slot")}, ended ${count(done.ends.length, "process")}.\n`;
  await cli.stdout.write(json ? toJson(done) : told);
}

const grantNotes = `
Capabilities:
${Object.values(capabilityUsage)
  .map((text) => `  ${text}`)
  .join("\n")}

  What a container cannot be given while it runs, files and quotas, is refused as
  unsupported: name it when you start the process.`;

const revokeNotes = `
On a terminal it asks before it takes anything, and exits 1 when you decline.
Elsewhere it says what goes and takes it.`;

export function addCapability(program: Command, cli: Cli): void {
  const capsCommand = program
    .command("caps")
    .description("List the slots of a process: what it may do, where that came from, and what is left of it.")
    .argument("<pid>", holderHelp, parsePid)
    .option("--json", "print them as JSON")
    .action((pid: Pid, options: { json?: boolean }) => caps(cli, pid, options));
  capsCommand.addHelpText(
    "after",
    "\nFROM is the process and the slot it derives from, or root for what a project's\n" +
      "root holds by itself. DERIVED counts the slots that derive from it.",
  );
  withExamples(capsCommand, "superos caps 12", "superos caps 12 --json | jq -r '.[].capability'");

  const grantCommand = program
    .command("grant")
    .description("Hand a capability of your own to a running process, and print the slot it has it in.")
    .argument("<pid>", pidHelp, parsePid)
    .argument("<capability>", "the capability", checkCapability)
    .option("--seal", "the process may use it and cannot hand it on")
    .option("--json", "print the slot as JSON")
    .action((pid: Pid, capability: string, options: GrantOptions) => grant(cli, { pid, capability }, options));
  grantCommand.addHelpText("after", grantNotes);
  withExamples(grantCommand, "superos grant 12 NET_CONNECT:example.org:443", "superos grant 12 PROC_SPAWN --seal");

  const revokeCommand = program
    .command("revoke")
    .description("Take a slot away, with all that derives from it in any process, and say first what that is.")
    .argument("<pid>", holderHelp, parsePid)
    .argument("<slot>", "the slot, as superos caps lists it", parseSlot)
    .option("--dry-run", "only say what it would take, and which processes would end")
    .option("-y, --yes", "do not ask")
    .option("--json", "print what it took as JSON")
    .action((pid: Pid, slot: SlotId, options: RevokeOptions) => revoke(cli, { pid, slot }, options));
  revokeCommand.addHelpText("after", revokeNotes);
  withExamples(revokeCommand, "superos revoke 12 40 --dry-run", "superos revoke 12 40 --yes");
}
