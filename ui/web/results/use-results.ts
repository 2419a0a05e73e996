import { useQuery } from "@tanstack/react-query";
import type { ProcessView } from "../../../kernel/abi/index.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys } from "../api/queries.ts";
import { wholeStdout } from "../output/whole-stdout.ts";
import { mayHaveResults, outputLimitBytes } from "./may-have-results.ts";
import { readResults } from "./read-results.ts";
import type { SqlRun } from "./result-schema.ts";

/** The tables that a process's output holds, once it has ended; null where there are none or they cannot be read. */
export function useResults(process: ProcessView): SqlRun | null {
  const api = useApi();
  const { data } = useQuery({
    queryKey: keys.results(process.pid),
    enabled: mayHaveResults(process),
    staleTime: Infinity,
    structuralSharing: false,
    queryFn: async ({ signal }) => {
      const text = await wholeStdout(api.chunks(paths.output(process.pid), signal), outputLimitBytes);
      const run = text === null ? null : readResults(text);
      // A program that was ended within its first statement says no more than its output does.
      return run?.ms === null && run.results.length === 0 && run.error === null ? null : run;
    },
  });
  return data ?? null;
}
