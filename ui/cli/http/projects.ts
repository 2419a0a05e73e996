import { Fault, type ProjectView, syscalls } from "../../../kernel/abi/index.ts";
import type { GatewayClient } from "./client.ts";

/** The projects of the signed-in user, and one of them by what a person typed. */

export async function listProjects(client: GatewayClient): Promise<ProjectView[]> {
  const answer = await client.call({ method: "GET", path: "/projects" }, syscalls.project_list.response);
  return answer.projects;
}

/** By id, else by name. Faults: `not_found`. */
export async function findProject(client: GatewayClient, wanted: string): Promise<ProjectView> {
  const projects = await listProjects(client);
  const found = projects.find((each) => each.id === wanted) ?? projects.find((each) => each.name === wanted);
  if (found !== undefined) return found;
  throw new Fault("not_found", `no project ${JSON.stringify(wanted)}`, {
    hint: "List them with: superos project ls. Import one with: superos project import DIR",
  });
}
