import type { Command } from "commander";
import { type UserView, syscalls, userViewSchema } from "../../../kernel/abi/index.ts";
import { z } from "zod";
import { parseUserName } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { showMoment } from "../format/amounts.ts";
import { printable, toJson } from "../format/printable.ts";
import { type Column, formatTable } from "../format/table.ts";
import { route } from "../http/client.ts";
import { withExamples } from "./examples.ts";

/** `superos user`: the people of this SuperOS. A sign-in link is printed once, when it is made. */

const linked = z.strictObject({ signInUrl: z.string() });
const added = linked.extend({ user: userViewSchema });

const columns: readonly Column<UserView>[] = [
  { title: "NAME", of: (user) => user.name },
  { title: "ADMIN", of: (user) => (user.admin ? "yes" : "no") },
  { title: "CREATED", of: (user) => showMoment(user.createdAt) },
];

async function list(cli: Cli, options: { json?: boolean }): Promise<void> {
  const { users } = await cli.client.call({ method: "GET", path: "/users" }, syscalls.user_list.response);
  await cli.stdout.write(options.json === true ? toJson(users) : formatTable(users, columns));
}

/** The link alone on stdout, so that it can be piped to where it is sent from. */
async function tellLink(cli: Cli, signInUrl: string, before: string): Promise<void> {
  await cli.stdout.write(`${printable(signInUrl)}\n`);
  await cli.stderr.write(`${before} The link signs in once; who has it first is in.\n`);
}

async function add(cli: Cli, name: string, options: { admin?: boolean }): Promise<void> {
  const request = { method: "POST", path: "/users", json: { name, admin: options.admin === true } } as const;
  const { user, signInUrl } = await cli.client.call(request, added);
  await tellLink(cli, signInUrl, `Added ${user.admin ? "the admin" : "the user"} ${user.name}.`);
}

async function link(cli: Cli, name: string): Promise<void> {
  const { signInUrl } = await cli.client.call({ method: "POST", path: route("users", name, "link") }, linked);
  await tellLink(cli, signInUrl, `Made a sign-in link for ${name}.`);
}

async function remove(cli: Cli, name: string): Promise<void> {
  await cli.client.tell({ method: "DELETE", path: route("users", name) });
  await cli.stdout.write(`Removed the user ${name}, with their tokens and memberships.\n`);
}

export function addUser(program: Command, cli: Cli): void {
  const user = program
    .command("user")
    .description("Add, list and remove people, and make links by which they sign in.");
  withExamples(user, "superos user add anna", "superos user ls");

  const listCommand = user
    .command("ls")
    .description("List the users.")
    .option("--json", "print them as JSON")
    .action((options: { json?: boolean }) => list(cli, options));
  withExamples(listCommand, "superos user ls");

  const addCommand = user
    .command("add")
    .description("Add a user and print the link that signs them in, once. Only admins can.")
    .argument("<name>", "the user's name", parseUserName)
    .option("--admin", "they may manage users, and are owner of every project")
    .action((name: string, options: { admin?: boolean }) => add(cli, name, options));
  withExamples(addCommand, "superos user add anna", "superos user add berta --admin");

  const linkCommand = user
    .command("link")
    .description("Print a new link that signs a user in, once. Only admins can.")
    .argument("<name>", "the user's name", parseUserName)
    .action((name: string) => link(cli, name));
  withExamples(linkCommand, "superos user link anna");

  const removeCommand = user
    .command("rm")
    .description("Remove a user: they are signed out everywhere. What they started goes on. Only admins can.")
    .argument("<name>", "the user's name", parseUserName)
    .action((name: string) => remove(cli, name));
  withExamples(removeCommand, "superos user rm anna");
}
