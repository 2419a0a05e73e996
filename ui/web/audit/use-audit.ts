import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import type { AuditRow } from "../../../kernel/abi/index.ts";
import { auditAnswer, auditVerdictAnswer } from "../api/answers.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys } from "../api/queries.ts";

const pageRows = 200;

/** The audit log from its newest row, a page at a time. */
export function useAudit() {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: keys.audit,
    initialPageParam: Number.MAX_SAFE_INTEGER,
    queryFn: async ({ pageParam, signal }): Promise<{ rows: AuditRow[] }> => {
      const { rows } = await api.json(auditAnswer, paths.audit(pageParam, pageRows), { signal });
      return { rows: rows.toReversed() };
    },
    getNextPageParam: ({ rows }) => (rows.length < pageRows ? undefined : rows.at(-1)?.seq),
  });
}

/** Asks the kernel to recompute the chain; asked anew each time, for the verdict is about that moment. */
export function useVerify() {
  const api = useApi();
  return useMutation({ mutationFn: () => api.json(auditVerdictAnswer, paths.auditVerify) });
}
