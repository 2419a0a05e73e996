import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ProcessView } from "../../../kernel/abi/index.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys } from "../api/queries.ts";
import { wholeStdout } from "../output/whole-stdout.ts";
import { liveLimitChars, mayHaveResults, outputLimitBytes } from "./may-have-results.ts";
import { linesBegin, readResults } from "./read-results.ts";
import type { SqlRun } from "./result-schema.ts";

/** How often what is still being written is drawn anew. */
const everyMs = 250;

/** The tables that a process's output holds, as far as it has written them; null where there are none or they cannot be read. */
export function useResults(process: ProcessView): SqlRun | null {
  const api = useApi();
  const queries = useQueryClient();
  const queryKey = keys.results(process.pid);
  const { data } = useQuery({
    queryKey,
    enabled: mayHaveResults(process),
    staleTime: Infinity,
    structuralSharing: false,
    queryFn: async ({ signal }) => {
      let shown = 0;
      const onMore = (output: string): void => {
        const now = performance.now();
        if (output.length > liveLimitChars || !output.startsWith(linesBegin) || now - shown < everyMs) return;
        shown = now;
        queries.setQueryData(queryKey, readResults(output));
      };
      const chunks = api.chunks(paths.output(process.pid), signal);
      const text = await wholeStdout(chunks, { limitBytes: outputLimitBytes, onMore });
      const run = text === null ? null : readResults(text);
      // A program that was ended within its first statement says no more than its output does.
      return run?.ms === null && run.results.length === 0 && run.error === null ? null : run;
    },
  });
  return data ?? null;
}
