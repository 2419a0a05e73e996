import { type ProcessView, syscalls } from "../../../kernel/abi/index.ts";
import type { GatewayClient } from "./client.ts";

/** The processes that the signed-in user may see: those that run, or with `all` every entry that is not reaped. */
export async function listProcesses(client: GatewayClient, query: { all: boolean }): Promise<ProcessView[]> {
  const answer = await client.call({ method: "GET", path: "/processes", query }, syscalls.list.response);
  return answer.processes;
}
