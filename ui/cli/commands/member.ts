import { Argument, type Command } from "commander";
import { type MemberView, type Role, roles, syscalls } from "../../../kernel/abi/index.ts";
import { parseUserName } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { toJson } from "../format/printable.ts";
import { type Column, formatTable } from "../format/table.ts";
import { route } from "../http/client.ts";
import { findProject } from "../http/projects.ts";
import { withExamples } from "./examples.ts";

/** `superos member`: who may do what in a project. */

const columns: readonly Column<MemberView>[] = [
  { title: "USER", of: (member) => member.user },
  { title: "ROLE", of: (member) => member.role },
];

async function list(cli: Cli, wanted: string, options: { json?: boolean }): Promise<void> {
  const project = await findProject(cli.client, wanted);
  const request = { method: "GET", path: route("projects", project.id, "members") } as const;
  const { members } = await cli.client.call(request, syscalls.member_list.response);
  await cli.stdout.write(options.json === true ? toJson(members) : formatTable(members, columns));
}

async function set(cli: Cli, wanted: string, given: { user: string; role: Role }): Promise<void> {
  const project = await findProject(cli.client, wanted);
  const path = route("projects", project.id, "members", given.user);
  await cli.client.tell({ method: "PUT", path, json: { role: given.role } });
  await cli.stdout.write(`${given.user} is ${given.role} in ${project.name} (${project.id}).\n`);
}

async function remove(cli: Cli, wanted: string, user: string): Promise<void> {
  const project = await findProject(cli.client, wanted);
  await cli.client.tell({ method: "DELETE", path: route("projects", project.id, "members", user) });
  await cli.stdout.write(`Removed ${user} from ${project.name} (${project.id}).\n`);
}

const notes = `
Roles:
  owner   everything in the project, its members and its removal
  editor  run, read, write, network
  runner  run, read, network
  viewer  read files and output; starts and signals nothing`;

export function addMember(program: Command, cli: Cli): void {
  const member = program.command("member").description("Say who may do what in a project.");
  member.addHelpText("after", notes);
  withExamples(member, "superos member set site anna editor", "superos member ls site");

  const listCommand = member
    .command("ls")
    .description("List a project's members with their roles.")
    .argument("<project>", "the project, by id or name")
    .option("--json", "print them as JSON")
    .action((project: string, options: { json?: boolean }) => list(cli, project, options));
  withExamples(listCommand, "superos member ls site");

  const setCommand = member
    .command("set")
    .description("Make a user a member, or give a member another role. Open sessions follow at once.")
    .argument("<project>", "the project, by id or name")
    .argument("<user>", "the user's name", parseUserName)
    .addArgument(new Argument("<role>", "the role").choices(roles))
    .action((project: string, user: string, role: Role) => set(cli, project, { user, role }));
  setCommand.addHelpText("after", notes);
  withExamples(setCommand, "superos member set site anna editor");

  const removeCommand = member
    .command("rm")
    .description("Remove a user from a project, with all that they may do there.")
    .argument("<project>", "the project, by id or name")
    .argument("<user>", "the user's name", parseUserName)
    .action((project: string, user: string) => remove(cli, project, user));
  withExamples(removeCommand, "superos member rm site anna");
}
