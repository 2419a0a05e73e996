import { EmptyState, Table, Text } from "@mantine/core";
import { IconArrowsSplit2 } from "@tabler/icons-react";
import type { ProcessView } from "../../../kernel/abi/index.ts";
import { useThreads } from "../api/queries.ts";
import { counted, readableMs } from "../parts/format-amount.ts";
import { Panel } from "../parts/panel.tsx";
import { hasEnded } from "../parts/process-facts.ts";
import { QueryView } from "../parts/query-view.tsx";

/** The threads of a process, as the host sees them now. */
export function ThreadsPane({ process }: { process: ProcessView }) {
  if (hasEnded(process)) {
    return (
      <EmptyState
        py="lg"
        icon={<IconArrowsSplit2 size={32} stroke={1.4} />}
        title="It has ended and has no threads any more"
      />
    );
  }
  return <Threads process={process} />;
}

/** As proc_pid_stat(5) names them. */
const states: Readonly<Record<string, string>> = {
  R: "runs",
  S: "waits",
  D: "waits for the disk",
  T: "stopped",
  t: "traced",
  Z: "ended, not reaped",
  I: "idle",
};

function Threads({ process }: { process: ProcessView }) {
  const query = useThreads(process.pid);
  return (
    <QueryView query={query}>
      {(threads) =>
        threads.length === 0 ? (
          <EmptyState
            py="lg"
            icon={<IconArrowsSplit2 size={32} stroke={1.4} />}
            title="No threads"
            description="It has not started yet."
          />
        ) : (
          <>
            <Text size="sm" c="dimmed" mb="xs">
              {counted(threads.length, "thread")}. The numbers are those inside the container.
            </Text>
            <Panel>
              <Table data-testid="thread-table" horizontalSpacing="xs">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th className="number" w={80}>
                      TID
                    </Table.Th>
                    <Table.Th className="number" w={80}>
                      Process
                    </Table.Th>
                    <Table.Th>Name</Table.Th>
                    <Table.Th w={160}>State</Table.Th>
                    <Table.Th className="number" w={90}>
                      CPU
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {threads.map((thread) => (
                    <Table.Tr key={thread.tid} data-testid="thread-row">
                      <Table.Td className="number mono">{thread.tid}</Table.Td>
                      <Table.Td className="number mono">{thread.process}</Table.Td>
                      <Table.Td className="mono clip" maw={220}>
                        {thread.name}
                      </Table.Td>
                      <Table.Td>{states[thread.state] ?? thread.state}</Table.Td>
                      <Table.Td className="number">{readableMs(thread.cpuMs)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Panel>
          </>
        )
      }
    </QueryView>
  );
}
