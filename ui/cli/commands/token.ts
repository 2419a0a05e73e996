import type { Command } from "commander";
import { Fault, type TokenView, syscalls } from "../../../kernel/abi/index.ts";
import type { Cli } from "../cli.ts";
import { showMoment } from "../format/amounts.ts";
import { printable, toJson } from "../format/printable.ts";
import { type Column, formatTable } from "../format/table.ts";
import { route } from "../http/client.ts";
import { withExamples } from "./examples.ts";

/** `superos token`: the API tokens of the signed-in user. A secret is printed once, when it is made. */

const columns: readonly Column<TokenView>[] = [
  { title: "ID", of: (token) => token.id },
  { title: "CREATED", of: (token) => showMoment(token.createdAt) },
  { title: "LAST USED", of: (token) => (token.lastUsedAt === null ? "never" : showMoment(token.lastUsedAt)) },
  { title: "NAME", of: (token) => token.name },
];

async function list(cli: Cli): Promise<TokenView[]> {
  const answer = await cli.client.call({ method: "GET", path: "/tokens" }, syscalls.token_list.response);
  return answer.tokens;
}

async function create(cli: Cli, name: string): Promise<void> {
  const request = { method: "POST", path: "/tokens", json: { name } } as const;
  const { token, secret } = await cli.client.call(request, syscalls.token_create.response);
  await cli.stdout.write(`${printable(secret)}\n`);
  await cli.stderr.write(
    `Made the token "${printable(token.name)}" (${printable(token.id)}). It is not shown again.\n`,
  );
}

async function remove(cli: Cli, wanted: string): Promise<void> {
  const tokens = await list(cli);
  const token = tokens.find((each) => each.id === wanted) ?? tokens.find((each) => each.name === wanted);
  if (token === undefined) {
    throw new Fault("not_found", `no token ${JSON.stringify(wanted)}`, { hint: "List them with: superos token ls" });
  }
  await cli.client.tell({ method: "DELETE", path: route("tokens", token.id) });
  await cli.stdout.write(`Removed the token "${printable(token.name)}" (${printable(token.id)}).\n`);
}

export function addToken(program: Command, cli: Cli): void {
  const token = program.command("token").description("Make, list and remove API tokens.");
  withExamples(token, "superos token create --name ci");

  const createCommand = token
    .command("create")
    .description("Make an API token and print its secret, once.")
    .requiredOption("--name <name>", "what the token is for; unique")
    .action((options: { name: string }) => create(cli, options.name));
  withExamples(createCommand, "superos token create --name ci", "SUPEROS_TOKEN=$(superos token create --name ci)");

  const listCommand = token
    .command("ls")
    .description("List the API tokens, without their secrets.")
    .option("--json", "print them as JSON")
    .action(async (options: { json?: boolean }) => {
      const tokens = await list(cli);
      const table = formatTable(tokens, columns, { columns: cli.stdout.columns });
      await cli.stdout.write(options.json === true ? toJson(tokens) : table);
    });
  withExamples(listCommand, "superos token ls");

  const removeCommand = token
    .command("rm")
    .description("Remove an API token; who uses it is signed out.")
    .argument("<id-or-name>", "the token's id or name")
    .action((wanted: string) => remove(cli, wanted));
  withExamples(removeCommand, "superos token rm ci");
}
