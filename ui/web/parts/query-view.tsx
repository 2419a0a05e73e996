import { Skeleton, Stack } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { FaultAlert } from "./fault-alert.tsx";

/** The three faces of every read: still loading, failed with what to do, or here. */
interface QueryViewProps<T> {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
  loading?: ReactNode;
}

export function QueryView<T>({ query, children, loading }: QueryViewProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) {
    return <FaultAlert error={query.error} title="This could not be loaded" onRetry={() => void query.refetch()} />;
  }
  return loading ?? <RowsSkeleton />;
}

export function RowsSkeleton({ rows = 5, height = 36 }: { rows?: number; height?: number }) {
  return (
    <Stack gap="xs" aria-busy aria-label="Loading" role="status">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} />
      ))}
    </Stack>
  );
}
