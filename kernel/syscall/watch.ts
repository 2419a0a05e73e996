import { Readable } from "node:stream";
import type { KernelEvent, Pid, ProjectId, Status } from "../abi/index.ts";
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import type { ProcessEntry, ProcessTable } from "../process/process-table.ts";
import type { Projects } from "./projects.ts";
import type { Views } from "./views.ts";
import { seesProcess, type SessionRecord } from "./principal.ts";

/**
 * Kernel state as a stream of events: first what is, then what changes, each a line of JSON.
 *
 * A watcher that does not read is cut off at `bufferLimitBytes`; it may come back and gets the present state again.
 */

const bufferLimitBytes = 8 << 20;

export interface WatchOptions {
  table: ProcessTable;
  lifecycle: Lifecycle;
  projects: Projects;
  views: Views;
  status: () => Promise<Status>;
  /** Calls back when the status changes; returns how to stop that. */
  onStatus: (changed: () => void) => () => void;
}

export async function watch(options: WatchOptions, session: SessionRecord, signal: AbortSignal): Promise<Readable> {
  const { table, lifecycle, projects } = options;
  const stream = new Readable({ read: () => undefined });
  let over = false;
  const send = (event: KernelEvent): void => {
    if (over || stream.destroyed) return;
    if (stream.readableLength > bufferLimitBytes) stream.destroy();
    else stream.push(`${JSON.stringify(event)}\n`);
  };
  // What this watcher was told of.
  const shown = new Set<Pid>();
  const told = new Map<ProjectId, () => void>();
  const sendProcess = (entry: ProcessEntry): void => {
    if (!seesProcess(session, entry, table)) return;
    shown.add(entry.pid);
    send({ type: "process", process: options.views.brief(entry) });
  };
  const onReaped = (pid: Pid): void => {
    if (shown.delete(pid)) send({ type: "reaped", pid });
  };
  const forget = (id: ProjectId): void => {
    told.get(id)?.();
    if (told.delete(id)) send({ type: "project_removed", id });
  };
  /** What comes into the session's sight comes with its processes, and what goes out of it takes them along. */
  const meet = (id: ProjectId): void => {
    const ended = session.projects.get(id)?.ended.signal;
    if (ended === undefined || told.has(id)) return;
    const ofProject = (): ProcessEntry[] => table.all().filter(({ project }) => project === id);
    const unseen = (): void => {
      for (const { pid } of ofProject()) onReaped(pid);
      forget(id);
    };
    ended.addEventListener("abort", unseen, { once: true });
    told.set(id, () => ended.removeEventListener("abort", unseen));
    for (const { pid } of ofProject()) if (!shown.has(pid)) sendProcess(lifecycle.current(pid));
  };
  const sendProject = async (id: ProjectId): Promise<void> => {
    if (!session.projects.has(id)) return;
    const project = await projects.view(id).catch(() => undefined);
    if (project === undefined || !session.projects.has(id)) return;
    send({ type: "project", project });
    meet(id);
  };
  const onProject = (id: ProjectId): void => void sendProject(id);
  const onRemoved = forget;
  const sendStatus = async (): Promise<void> => send({ type: "status", status: await options.status() });

  const ended = (): void => {
    if (session.ended.signal.aborted) send({ type: "session_closed" });
    over = true;
    stream.push(null);
  };
  // Nothing that changes while the rest is told is missed, and nothing listens for longer than the stream lives.
  lifecycle.on("changed", sendProcess);
  lifecycle.on("reaped", onReaped);
  projects.on("changed", onProject);
  projects.on("removed", onRemoved);
  const stopStatus = options.onStatus(() => void sendStatus());
  signal.addEventListener("abort", ended);
  stream.once("close", () => {
    lifecycle.off("changed", sendProcess);
    lifecycle.off("reaped", onReaped);
    projects.off("changed", onProject);
    projects.off("removed", onRemoved);
    for (const stop of told.values()) stop();
    stopStatus();
    signal.removeEventListener("abort", ended);
  });
  for (const { pid } of table.all()) sendProcess(lifecycle.current(pid));
  await Promise.all(projects.list(session).map(({ id }) => sendProject(id)));
  // The status comes after the rest: it tells a watcher that the present state is complete.
  await sendStatus();
  if (signal.aborted) ended();
  return stream;
}
