import {
  Fault,
  type ProjectId,
  type SyscallResponse,
  type TopicEvent,
  syscalls,
  topicEventSchema,
} from "../../../kernel/abi/index.ts";
import type { Cli } from "../cli.ts";
import { chunksOf, route } from "./client.ts";
import { findProject, listProjects } from "./projects.ts";

/** The gateway's routes of queues, topics and segments, for the channels of one project, of the user, or of all. */

/** The query that says whose a channel is: a project's, or without one the user's own. */
export type Place = { project?: ProjectId };

export async function placeOf(cli: Cli, wanted: string | undefined): Promise<Place> {
  return wanted === undefined ? {} : { project: (await findProject(cli.client, wanted)).id };
}

/** What projects are called, by their ids. */
export async function projectNames(cli: Cli): Promise<Map<string, string>> {
  return new Map((await listProjects(cli.client)).map(({ id, name }) => [id, name]));
}

export interface Receive {
  max: number;
  waitMs: number;
  acknowledge: readonly number[];
  signal: AbortSignal;
}

export function receive(
  cli: Cli,
  queue: { name: string; place: Place },
  { signal, ...json }: Receive,
): Promise<SyscallResponse<"queue_receive">> {
  const path = route("queues", queue.name, "receive");
  const request = { method: "POST", path, query: queue.place, json, signal } as const;
  return cli.client.call(request, syscalls.queue_receive.response, { unbounded: true });
}

function parseEvent(line: string): TopicEvent {
  try {
    return topicEventSchema.parse(JSON.parse(line));
  } catch (error) {
    throw new Fault("internal", "the gateway sent something that is no event", { cause: error });
  }
}

/** What happens on topics, until the connection ends. Calls `standing` once it stands. */
export async function* eventsOf(
  cli: Cli,
  query: Place & { topics: string },
  standing: () => void,
): AsyncGenerator<TopicEvent> {
  const response = await cli.client.open({ method: "GET", path: "/events", query });
  standing();
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunksOf(response, "the subscription")) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") yield parseEvent(line);
  }
}
