import {
  type Capability,
  Fault,
  kernelPrefix,
  kernelTopics,
  messageLimitBytes,
  type Pid,
  type ProjectId,
  type QueueView,
} from "../abi/index.ts";
import type { Message } from "../ipc/queue.ts";
import type { QueueChannel } from "../ipc/queue-channel.ts";
import { queueFigures } from "../ipc/queues.ts";
import { type Scope, scopeOf } from "../ipc/topic-scope.ts";
import type { News } from "../ipc/topics.ts";
import { covers } from "../capability/covers.ts";
import type { ProcessTable } from "../process/process-table.ts";
import type { Authority } from "./authority.ts";
import type { Channels } from "./channels.ts";
import { type Handlers, unlessAnswered } from "./handler.ts";
import { type Principal, seesProcess } from "./principal.ts";
import type { Projects } from "./projects.ts";

/** The syscalls about queues and topics: each checks the caller's right to the channel at its use. */

type IpcCalls =
  | "queue_create"
  | "queue_remove"
  | "queue_list"
  | "queue_send"
  | "queue_receive"
  | "queue_dead"
  | "event_publish"
  | "event_subscribe";

export interface IpcCallOptions {
  channels: Channels;
  authority: Authority;
  projects: Projects;
  table: ProcessTable;
}

/** Where a call's channels are. */
interface Place {
  project: ProjectId | null;
  scope: Scope;
  root: Pid;
}

type End = "IPC_SEND" | "IPC_RECV";

export function ipcCalls({ channels, authority, projects, table }: IpcCallOptions): Handlers<IpcCalls> {
  const { queues, topics } = channels;

  /** A process's channels are those of its own project; a session names one. Faults: `denied`, `not_found`. */
  function placeOf(caller: Principal, asked: ProjectId | null | undefined): Place {
    if (caller.kind === "process") {
      const { project, user } = table.get(caller.pid);
      if (asked !== undefined && asked !== project) {
        throw new Fault("denied", "a process's channels are those of its own project", {
          hint: "Leave the project out.",
        });
      }
      return { project, scope: scopeOf({ project, user }), root: projects.rootFor(project) };
    }
    const project = asked ?? null;
    if (project !== null) projects.visible(caller, project);
    return { project, scope: scopeOf({ project, user: caller.user }), root: projects.rootFor(project) };
  }

  const right = (kind: End, channel: string): Capability => ({ kind, channel });
  const requireRight = (caller: Principal, { root }: Place, [kind, channel]: [kind: End, channel: string]): void =>
    void authority.require(caller, right(kind, channel), root);
  const holds = (caller: Principal, { root }: Place, [kind, channel]: [kind: End, channel: string]): boolean =>
    authority.slots.find(caller.pid, right(kind, channel), { root }) !== undefined;
  const holdsEnd = (caller: Principal, place: Place, channel: string): boolean =>
    holds(caller, place, ["IPC_SEND", channel]) || holds(caller, place, ["IPC_RECV", channel]);

  /** The live processes of a place that the caller sees, with what they may send to and receive from. */
  function endsOf(caller: Principal, { scope, root }: Place): { pid: Pid; ends: Capability[] }[] {
    const own = table.running().filter((entry) => scopeOf(entry) === scope && seesProcess(caller, entry, table));
    return own.map(({ pid }) => {
      const held = authority.slots.held(pid, root).map(({ capability }) => capability);
      return { pid, ends: held.filter(({ kind }) => kind === "IPC_SEND" || kind === "IPC_RECV") };
    });
  }

  function viewOf(channel: QueueChannel, { project }: Place, processes: ReturnType<typeof endsOf>): QueueView {
    const { name } = channel.identity;
    const who = (kind: End): Pid[] =>
      processes.flatMap(({ pid, ends }) => (ends.some((end) => covers(end, right(kind, name))) ? [pid] : []));
    return { ...queueFigures(channel), project, senders: who("IPC_SEND"), receivers: who("IPC_RECV") };
  }

  return {
    queue_create: async ({ request, caller }) => {
      const { name, limits } = request;
      const place = placeOf(caller, request.project);
      for (const kind of ["IPC_SEND", "IPC_RECV"] as const) requireRight(caller, place, [kind, name]);
      const channel = await queues.create(place.scope, name, { limits, by: caller.pid });
      return viewOf(channel, place, endsOf(caller, place));
    },

    queue_remove: async ({ request, caller }) => {
      const place = placeOf(caller, request.project);
      requireRight(caller, place, ["IPC_RECV", request.name]);
      const channel = queues.get(place.scope, request.name);
      if (caller.kind === "process" && channel.identity.createdBy !== caller.pid) {
        throw new Fault("denied", `process ${caller.pid} did not make the queue ${request.name}`, {
          hint: "A queue is removed by the process that made it, or by a session.",
        });
      }
      await queues.remove(channel, `by process ${caller.pid}`);
      return {};
    },

    queue_list: async ({ request, caller }) => {
      const everywhere = caller.kind === "session" && request.project === undefined;
      const asked = everywhere ? [null, ...projects.list(caller).map(({ id }) => id)] : [request.project];
      const views = asked.flatMap((project) => {
        const place = placeOf(caller, project);
        const own = queues.list(place.scope).filter(({ identity }) => holdsEnd(caller, place, identity.name));
        if (own.length === 0) return [];
        const processes = endsOf(caller, place);
        return own.map((channel) => viewOf(channel, place, processes));
      });
      return { queues: views };
    },

    queue_send: async ({ request, caller }) => {
      const place = placeOf(caller, request.project);
      requireRight(caller, place, ["IPC_SEND", request.name]);
      await queues.send(queues.get(place.scope, request.name), request.messages, caller.pid);
      return { sent: request.messages.length };
    },

    queue_receive: async ({ request, caller, signal }) => {
      const { name, max, waitMs, acknowledge } = request;
      const place = placeOf(caller, request.project);
      const may = (): void => requireRight(caller, place, ["IPC_RECV", name]);
      may();
      const order = { receiver: caller.pid, max, waitMs, acknowledge, may, signal };
      const { deliveries, late, unsent } = await queues.receive(queues.get(place.scope, name), order);
      unlessAnswered(signal, unsent);
      return {
        deliveries: deliveries.map(({ delivery, message }) => ({
          delivery,
          message: contentOf(message),
          from: message.from,
          sentAt: message.sentAt,
          deliveries: message.deliveries,
        })),
        late,
      };
    },

    queue_dead: async ({ request, caller }) => {
      const place = placeOf(caller, request.project);
      requireRight(caller, place, ["IPC_RECV", request.name]);
      const { letters } = queues.get(place.scope, request.name).queue;
      return {
        letters: letters.map(({ message, at, reason }) => ({
          message: contentOf(message),
          from: message.from,
          sentAt: message.sentAt,
          deliveries: message.deliveries,
          at,
          reason,
        })),
      };
    },

    event_publish: async ({ request, caller }) => {
      const { topic, data } = request;
      const place = placeOf(caller, request.project);
      if (topic.startsWith(kernelPrefix)) {
        throw new Fault("denied", `nobody but the kernel publishes on ${topic}`, {
          hint: "Choose a name of your own.",
        });
      }
      requireRight(caller, place, ["IPC_SEND", topic]);
      if (Buffer.byteLength(JSON.stringify(data)) > messageLimitBytes)
        throw new Fault("invalid", `the event is longer than ${messageLimitBytes} bytes`);
      return { heard: topics.publish(place.scope, topic, { from: caller.pid, data }) };
    },

    event_subscribe: async ({ request, caller }) => {
      const place = placeOf(caller, request.project);
      const named = [...new Set(request.topics)];
      const unknown = named.find((topic) => topic.startsWith(kernelPrefix) && !isKernelTopic(topic));
      if (unknown !== undefined) {
        throw new Fault("not_found", `the kernel has no topic ${unknown}`, {
          hint: `Its topics are ${kernelTopics.join(", ")}.`,
        });
      }
      const may = (): void => {
        for (const topic of named) requireRight(caller, place, ["IPC_RECV", topic]);
      };
      may();
      const sees = sightOf(caller, place);
      const headers = { "content-type": "application/x-ndjson" };
      return {
        stream: topics.subscribe({ scope: place.scope, topics: named, subscriber: caller.pid, may, sees }),
        headers,
      };
    },
  };

  /** What of the kernel's own events a subscriber is told. */
  function sightOf(caller: Principal, place: Place): (news: News) => boolean {
    const shown = new Set<Pid>();
    return (news) => {
      switch (news.topic) {
        case "kernel.process": {
          const { pid } = news;
          // Nobody can be asked whether it was to be seen.
          if (news.reaped) return shown.delete(pid);
          const entry = table.has(pid) ? table.get(pid) : undefined;
          if (entry === undefined || !seesProcess(caller, entry, table)) return false;
          if (caller.kind === "session" && entry.project !== place.project) return false;
          shown.add(pid);
          return true;
        }
        case "kernel.project":
          return news.project === place.project;
        case "kernel.channel":
          return news.scope === place.scope && holdsEnd(caller, place, news.channel);
        default:
          return news satisfies never;
      }
    };
  }
}

const contentOf = ({ text }: Message): NonNullable<unknown> | null => JSON.parse(text);
const isKernelTopic = (topic: string): boolean => (kernelTopics as readonly string[]).includes(topic);
