import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { nameFromFolder } from "./commands/project.ts";
import { buildProgram } from "./main.ts";

function leaves(command: Command, path = ""): [string, Command][] {
  const name = path === "" ? command.name() : `${path} ${command.name()}`;
  if (command.commands.length === 0) return [[name, command]];
  return command.commands.flatMap((each) => leaves(each, name));
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

describe("the command's grammar", () => {
  it("is this and no more", () => {
    expect(leaves(buildProgram()).map(([name]) => name)).toEqual([
      "superos status",
      "superos project import",
      "superos project ls",
      "superos project export",
      "superos project set",
      "superos project rm",
      "superos run",
      "superos attach",
      "superos pipeline",
      "superos ps",
      "superos inspect",
      "superos logs",
      "superos kill",
      "superos nice",
      "superos wait",
      "superos errors",
      "superos stats",
      "superos threads",
      "superos tree",
      "superos open",
      "superos caps",
      "superos grant",
      "superos revoke",
      "superos ipc ls",
      "superos ipc create",
      "superos ipc rm",
      "superos ipc send",
      "superos ipc recv",
      "superos ipc dead",
      "superos ipc publish",
      "superos ipc subscribe",
      "superos ipc shm ls",
      "superos ipc shm create",
      "superos ipc shm rm",
      "superos audit verify",
      "superos member ls",
      "superos member set",
      "superos member rm",
      "superos user ls",
      "superos user add",
      "superos user link",
      "superos user rm",
      "superos token create",
      "superos token ls",
      "superos token rm",
      "superos images build",
      "superos runtimes",
    ]);
  });

  it("explains each command and option, and shows an example of each command", () => {
    for (const [name, command] of leaves(buildProgram())) {
      expect(command.description(), name).not.toBe("");
      for (const option of command.options) expect(option.description, `${name} ${option.flags}`).not.toBe("");
      expect(helpOf(command), name).toMatch(/\nExamples?:\n {2}.*superos /);
    }
  });
});

describe("a project's name", () => {
  it("is made from the folder's, as near as the grammar allows", () => {
    expect(
      ["/a/site", "/a/My Site (2)", "/a/.config", "/a/Café", "/", "/a/漢字", `/a/${"x".repeat(80)}`].map(
        nameFromFolder,
      ),
    ).toEqual(["site", "My-Site-2", "config", "Cafe", undefined, undefined, "x".repeat(63)]);
  });
});
