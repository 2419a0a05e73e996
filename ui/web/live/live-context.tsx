import { useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { ReactNode } from "react";
import type { Pid, ProcessView, ProjectId, ProjectView } from "../../../kernel/abi/index.ts";
import { keys } from "../api/queries.ts";
import { usePerson, useSessionStore } from "../session/session-context.tsx";
import { authorityMark, rightsMark } from "./live-marks.ts";
import { LiveConnection } from "./live-connection.ts";
import type { LiveView } from "./live-connection.ts";

/** Keeps one LiveConnection open for as long as somebody is signed in, and hands its state to every component. */
const LiveContext = createContext<LiveConnection | null>(null);

export function LiveProvider({ children }: { children: ReactNode }) {
  const session = useSessionStore();
  const [connection] = useState(() => new LiveConnection(() => void session.refresh()));
  useEffect(() => {
    connection.open();
    return () => connection.close();
  }, [connection]);
  return (
    <LiveContext value={connection}>
      <FreshQueries />
      {children}
    </LiveContext>
  );
}

export function useLiveConnection(): LiveConnection {
  const connection = useContext(LiveContext);
  if (connection === null) throw new Error("no LiveProvider above this component");
  return connection;
}

export function useLive(): LiveView {
  const connection = useLiveConnection();
  return useSyncExternalStore(connection.subscribe, connection.view);
}

export function useProcess(pid: Pid | null): ProcessView | undefined {
  const { processes } = useLive();
  return pid === null ? undefined : processes.get(pid);
}

/** The containers of a project, newest first. */
export function useProjectRuns(project: ProjectId): readonly ProcessView[] {
  const { processes } = useLive();
  return useMemo(
    () =>
      [...processes.values()]
        .filter((process) => process.kind === "container" && process.project?.id === project)
        .toSorted((a, b) => b.pid - a.pid),
    [processes, project],
  );
}

/** What was read once is read again when the kernel says that it changed, and after a lost connection. */
function FreshQueries() {
  const queries = useQueryClient();
  const session = useSessionStore();
  const { user } = usePerson();
  const { processes, projects, status, link, complete } = useLive();
  const known = fingerprint([...projects.values()]);
  useEffect(() => {
    const read = queries.getQueryData<readonly ProjectView[]>(keys.projects);
    if (!complete || read === undefined || fingerprint(read) === known) return;
    void queries.invalidateQueries({ queryKey: keys.projects });
  }, [queries, known, complete]);
  useEffect(() => {
    if (status !== null) queries.setQueryData(keys.status, status);
  }, [queries, status]);
  const authority = useMemo(() => authorityMark(processes), [processes]);
  useEffect(() => void queries.invalidateQueries({ queryKey: keys.allCaps }), [queries, authority]);
  const rights = useMemo(() => rightsMark({ processes, projects, user }), [processes, projects, user]);
  const rightsBefore = useRef<string | null>(null);
  useEffect(() => {
    if (!complete) return;
    // What signing in answered is as new as the first state that is told whole.
    if (rightsBefore.current !== null && rightsBefore.current !== rights) {
      void session.refreshRights();
      void queries.invalidateQueries({ queryKey: keys.allMembers });
    }
    rightsBefore.current = rights;
  }, [session, queries, rights, complete]);
  useEffect(() => {
    // Somebody may have changed the person's role while they looked elsewhere.
    const seen = (): void => {
      if (document.visibilityState === "visible") void session.refreshRights();
    };
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, [session]);
  const wasLost = useRef(false);
  useEffect(() => {
    if (link === "connected" && wasLost.current) {
      void queries.invalidateQueries();
      void session.refreshRights();
    }
    wasLost.current = link === "lost";
  }, [queries, session, link]);
  return null;
}

const fingerprint = (projects: readonly ProjectView[]): string =>
  projects
    .map(({ id, files, bytes }) => `${id} ${files} ${bytes}`)
    .toSorted()
    .join(", ");
