import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { ProcessView } from "../../../kernel/abi/index.ts";
import { diagnosticsSchema } from "../../diagnostics/diagnostic.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys } from "../api/queries.ts";
import { useLiveConnection } from "../live/live-context.tsx";
import { hasEnded } from "../parts/process-facts.ts";

/**
 * What is wrong in the output of some processes. It is read again and again while a process runs, and when it has
 * ended; what the live connection tells of an end counts as read.
 */
interface Errors {
  diagnostics: readonly Diagnostic[];
  truncated: boolean;
  loading: boolean;
  error: unknown;
  readAgain: () => void;
}

/** A program that goes on after an error, such as a server, is looked at this often. */
const everyMs = 3_000;

export function useErrors(processes: readonly ProcessView[]): Errors {
  const api = useApi();
  const queries = useQueryClient();
  const { socket } = useLiveConnection();
  useEffect(() => {
    const told = (...[pid, raw]: [number, unknown]): void => {
      const found = diagnosticsSchema.safeParse(raw);
      if (found.success) queries.setQueryData(keys.diagnostics(pid, true), found.data);
    };
    socket.on("diagnostics", told);
    return () => void socket.off("diagnostics", told);
  }, [socket, queries]);
  const read = useQueries({
    queries: processes.map((process) => {
      const ended = hasEnded(process);
      return {
        queryKey: keys.diagnostics(process.pid, ended),
        staleTime: ended ? Infinity : 0,
        refetchInterval: ended ? false : everyMs,
        queryFn: ({ signal }: { signal: AbortSignal }) =>
          api.json(diagnosticsSchema, paths.diagnostics(process.pid), { signal }),
      };
    }),
  });
  return {
    diagnostics: read.flatMap(({ data }) => data?.diagnostics ?? []),
    truncated: read.some(({ data }) => data?.truncated === true),
    loading: read.some(({ isPending }) => isPending),
    error: read.find(({ isError, data }) => isError && data === undefined)?.error ?? null,
    readAgain: () => void queries.invalidateQueries({ queryKey: keys.allDiagnostics }),
  };
}
