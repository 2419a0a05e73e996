import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Pid, ProcessView } from "../../../kernel/abi/index.ts";
import { useApi } from "../api/api-context.tsx";
import { keys } from "../api/queries.ts";
import { useProjectRuns } from "../live/live-context.tsx";
import { hasEnded } from "../parts/process-facts.ts";
import { startRun } from "../run/start-run.ts";
import type { RunRequest } from "../run/start-run.ts";
import type { Workspace } from "./workspace.ts";

/** The project's runs, the one that is shown, and starting another. Unsaved files are saved first. */
export function useRuns(workspace: Workspace) {
  const api = useApi();
  const queries = useQueryClient();
  const all = useProjectRuns(workspace.project);
  const [chosen, setChosen] = useState<Pid | null>(null);
  const [last, setLast] = useState<ProcessView | null>(null);
  const start = useMutation({
    mutationFn: async (request: RunRequest) => {
      for (const path of workspace.dirtyPaths) await workspace.save(path);
      await startRun(api, request, (process) => {
        setLast(process);
        setChosen(process.pid);
      });
    },
  });

  // A program may have written files: when one ends they are read again.
  const ended = all.filter(hasEnded).length;
  const before = useRef(ended);
  useEffect(() => {
    const more = ended > before.current;
    before.current = ended;
    if (!more) return;
    void queries.invalidateQueries({ queryKey: keys.files(workspace.project) });
    void workspace.refreshClean();
  }, [ended, queries, workspace]);

  const started = last?.pid === chosen ? last : undefined;
  const shown = chosen === null ? all[0] : (all.find(({ pid }) => pid === chosen) ?? started);
  return {
    all,
    shown,
    /** The one that was started here last. */
    started: last?.pid,
    show: setChosen,
    start: start.mutate,
    busy: start.isPending,
    error: start.error,
  };
}
