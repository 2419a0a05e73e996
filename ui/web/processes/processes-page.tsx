import { Button, EmptyState, Group, Switch, Text } from "@mantine/core";
import { IconListTree } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { Pid } from "../../../kernel/abi/index.ts";
import { useLive } from "../live/live-context.tsx";
import { counted } from "../parts/format-amount.ts";
import { Page } from "../parts/page.tsx";
import { RowsSkeleton } from "../parts/query-view.tsx";
import { useRouter } from "../router/router.tsx";
import { ProcessDrawer } from "./process-drawer.tsx";
import { ProcessTable } from "./process-table.tsx";
import { processRows } from "./process-tree.ts";

const pageRows = 300;

/** The process table as the kernel tells it, live. */
export function ProcessesPage({ selected }: { selected: Pid | null }) {
  const { navigate } = useRouter();
  const { processes, complete } = useLive();
  const [showEnded, setShowEnded] = useState(false);
  const [collapsed, setCollapsed] = useState<ReadonlySet<Pid>>(new Set());
  const [limit, setLimit] = useState(pageRows);
  const rows = useMemo(() => processRows(processes, { showEnded, collapsed }), [processes, showEnded, collapsed]);
  const toggle = (pid: Pid): void =>
    setCollapsed((before) => {
      const after = new Set(before);
      if (!after.delete(pid)) after.add(pid);
      return after;
    });

  return (
    <Page
      title="Processes"
      description="Every process of this instance under its parent, as the kernel sees it."
      actions={
        <Switch
          label="Show ended"
          checked={showEnded}
          onChange={(event) => setShowEnded(event.currentTarget.checked)}
          data-testid="show-ended"
        />
      }
    >
      <title>Processes - SuperOS</title>
      {processes.size === 0 ? (
        complete ? (
          <EmptyState
            py="xl"
            icon={<IconListTree size={40} stroke={1.4} />}
            title="No processes"
            description="Run something in a project, and it appears here."
          />
        ) : (
          <RowsSkeleton rows={8} />
        )
      ) : (
        <>
          <ProcessTable
            rows={rows.slice(0, limit)}
            collapsed={collapsed}
            selected={selected}
            onToggle={toggle}
            onSelect={(pid) => navigate({ page: "processes", pid })}
          />
          {rows.length > limit && (
            <Group justify="center" mt="md">
              <Text size="sm" c="dimmed">
                {counted(rows.length - limit, "more process", "more processes")}
              </Text>
              <Button variant="default" onClick={() => setLimit(limit + pageRows)}>
                Show more
              </Button>
            </Group>
          )}
        </>
      )}
      <ProcessDrawer pid={selected} onClose={() => navigate({ page: "processes", pid: null })} />
    </Page>
  );
}
