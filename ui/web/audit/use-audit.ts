import { useInfiniteQuery } from "@tanstack/react-query";
import type { AuditRow } from "../../../kernel/abi/index.ts";
import { auditAnswer } from "../api/answers.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys } from "../api/queries.ts";
import { findLast } from "./find-last.ts";

/** The audit log from its newest row, a window of numbers at a time. A window is `(after, upTo]`. */
interface Window {
  after: number;
  upTo: number;
}

const windowRows = 200;

export function useAudit() {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: keys.audit,
    initialPageParam: null as Window | null,
    queryFn: async ({ pageParam, signal }): Promise<{ window: Window; rows: AuditRow[] }> => {
      const read = async (after: number, limit: number): Promise<AuditRow[]> =>
        (await api.json(auditAnswer, paths.audit(after, limit), { signal })).rows;
      const upTo = pageParam?.upTo ?? (await findLast(async (seq) => (await read(seq, 1)).length > 0));
      const window = pageParam ?? { after: Math.max(0, upTo - windowRows), upTo };
      const rows = window.upTo === 0 ? [] : await read(window.after, window.upTo - window.after);
      return { window, rows: rows.filter((row) => row.seq <= window.upTo).toReversed() };
    },
    getNextPageParam: ({ window }): Window | undefined =>
      window.after === 0 ? undefined : { after: Math.max(0, window.after - windowRows), upTo: window.after },
  });
}
