import type { Role } from "../../../kernel/abi/index.ts";

/** What each role lets a person do in a project, in plain words. */
export const roleTexts: Readonly<Record<Role, string>> = {
  owner: "Everything in the project, its members and its removal.",
  editor: "Runs things, changes files, uses the network.",
  runner: "Runs things and uses the network; changes no files.",
  viewer: "Reads files and output; starts and stops nothing.",
};
