import { useEffect, useState } from "react";
import { Fault, toFault, topicEventSchema } from "../../../kernel/abi/index.ts";
import type { ProjectId, TopicEvent } from "../../../kernel/abi/index.ts";
import type { ApiClient } from "../api/api-client.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";

/**
 * What happens on topics, from when listening begins. The last ones are kept, newest first.
 *
 * A connection that breaks is opened again, and that something may be missing there is counted; a refusal ends it.
 */
const kept = 200;
const showEveryMs = 100;
const retryMs = 3_000;

export interface HeardEvent extends TopicEvent {
  /** Its number among those that were heard, for telling them apart. */
  number: number;
}

export interface Heard {
  events: readonly HeardEvent[];
  /** How many were heard, those that are not kept any more too. */
  count: number;
  missed: number;
  /** How often the connection was opened again. */
  breaks: number;
  state: "idle" | "connecting" | "listening" | "refused";
  fault: Fault | null;
}

export const nothingHeard: Heard = { events: [], count: 0, missed: 0, breaks: 0, state: "idle", fault: null };

/** What was heard, with more of it. Pure. */
export function hear(before: Heard, events: readonly TopicEvent[]): Heard {
  const numbered = events.map((event, at) => ({ ...event, number: before.count + at + 1 })).toReversed();
  return {
    ...before,
    events: [...numbered, ...before.events].slice(0, kept),
    count: before.count + events.length,
    missed: before.missed + events.reduce((sum, { missed }) => sum + missed, 0),
  };
}

const parse = (line: string): TopicEvent => topicEventSchema.parse(JSON.parse(line));

interface Listening {
  api: ApiClient;
  path: string;
  signal: AbortSignal;
  onOpen: () => void;
  onEvents: (events: readonly TopicEvent[]) => void;
}

async function listen({ api, path, signal, onOpen, onEvents }: Listening): Promise<void> {
  const lines = api.lines(path, signal, onOpen);
  for await (const some of lines) onEvents(some.map(parse));
  throw new Fault("unavailable", "the subscription was ended");
}

/** Listens while `topics` are named; with `null` it stops, and what was heard stays. */
export function useEvents(project: ProjectId, topics: readonly string[] | null): Heard & { clear: () => void } {
  const api = useApi();
  const [heard, setHeard] = useState(nothingHeard);
  const path = topics === null ? null : paths.events(project, topics);
  useEffect(() => {
    if (path === null) return undefined;
    const gone = new AbortController();
    const { signal } = gone;
    let again: ReturnType<typeof setTimeout> | undefined;
    const waiting: TopicEvent[] = [];
    const show = setInterval(() => {
      const some = waiting.splice(0);
      if (some.length > 0) setHeard((before) => hear(before, some));
    }, showEveryMs);
    const start = (): void => {
      setHeard((before) => ({ ...before, state: "connecting" }));
      const onOpen = (): void => setHeard((before) => ({ ...before, state: "listening", fault: null }));
      const onEvents = (events: readonly TopicEvent[]): void => void waiting.push(...events);
      listen({ api, path, signal, onOpen, onEvents }).catch((error: unknown) => {
        if (signal.aborted) return;
        const fault = toFault(error);
        const passes = fault.code === "unavailable" || fault.code === "exhausted";
        setHeard((before) => ({
          ...before,
          fault,
          state: passes ? "connecting" : "refused",
          breaks: before.breaks + (before.state === "listening" ? 1 : 0),
        }));
        if (passes) again = setTimeout(start, retryMs);
      });
    };
    start();
    return () => {
      gone.abort();
      clearInterval(show);
      clearTimeout(again);
      setHeard((before) => ({ ...hear(before, waiting), state: "idle", fault: null }));
    };
  }, [api, path]);
  return { ...heard, clear: () => setHeard(({ state, fault }) => ({ ...nothingHeard, state, fault })) };
}
